"""When the next reading is due: a fixed grid of time at any rate from one an hour to 100 a second.

Pure: the time is passed in, in microseconds that only grow.
"""

HIGHEST_HZ = 100.0
_LOWEST_HZ = 0.0002777  # a little below 1/3600, which no float is exactly
_LONGEST_US = 3600000000
_LOOK_US = 1000000  # whoever waits for long looks up that often: the rate may have changed
_EARLY_US = 1000  # by which timers of hosts wake up too early


class Cadence:
    """The grid of one board."""

    def __init__(self) -> None:
        self.period_us = 0
        self._last_us = 0

    def set_rate(self, rate_hz: float) -> None:
        """Readings a second; the next is due a new period after the last.

        Raises:
            ValueError: no board reads so often, or so rarely.
        """
        if not _LOWEST_HZ <= rate_hz <= HIGHEST_HZ:
            raise ValueError("rate_hz must be 1/3600 to %g" % HIGHEST_HZ)
        self.period_us = min(int(1000000 / rate_hz), _LONGEST_US)

    def start(self, now_us: int, dice: float) -> None:
        """Boards that start together do not read together; none lets people wait for an hour.

        ``dice`` is 0 to 1. A slow board leaves its sensors time to ``prepare``.
        """
        period_us = self.period_us
        slow = period_us > _LOOK_US
        wait_us = int((1 + dice) * _LOOK_US) if slow else int(dice * period_us)
        self._last_us = now_us + wait_us - period_us

    def imminent(self, now_us: int) -> bool:
        """Whether the next reading of a slow board is a second away, or less."""
        left_us = self._last_us + self.period_us - now_us
        return self.period_us > _LOOK_US and left_us <= _LOOK_US

    def wait_s(self, now_us: int) -> float:
        """How long to sleep before asking whether a reading is ``due``."""
        left_us = self._last_us + self.period_us - now_us
        if left_us > _LOOK_US:
            # A board sleeps whole milliseconds: for less than one it would spin.
            left_us = min(max(left_us - _LOOK_US, _EARLY_US), _LOOK_US)
        return max(0, left_us) / 1000000

    def due(self, now_us: int) -> float:
        """Seconds since the last reading where one is due now, else 0.

        After a long sleep of the host the grid begins anew: readings that were missed are not made.
        """
        due_us = self._last_us + self.period_us
        if due_us - now_us >= _EARLY_US:
            return 0.0
        if now_us - due_us > self.period_us:
            due_us = now_us
        elapsed_us, self._last_us = due_us - self._last_us, due_us
        return elapsed_us / 1000000


def told_ms(rate_hz: float, nominal_hz: float) -> int:
    """How often readings say they are taken, in whole ms; 0: nothing, it is the nominal rate."""
    period_ms = _period_ms(rate_hz)
    return 0 if period_ms == _period_ms(nominal_hz) else period_ms


def _period_ms(rate_hz: float) -> int:
    return min(round(1000 / rate_hz), _LONGEST_US // 1000)
