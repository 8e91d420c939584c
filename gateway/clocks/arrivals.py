"""Readings of a board without a clock: when they were measured, by when and how they came. Pure."""

from typing import Final

from contract.messages import UNSEQUENCED, Item, Stamp

# So many at once are a message or two, more a second are a backlog.
_BURST: Final = 25.0
_BACKLOG_PER_S: Final = 150.0
_ALIKE: Final = 2.0  # messages that come this much later than usual are as usual still


class Arrivals:
    """How one board's messages come."""

    __slots__ = ("_behind", "_burst", "_every_ms", "_step_ms")

    def __init__(self) -> None:
        self._burst = 0.0
        self._behind = self._every_ms = self._step_ms = 0

    def stamp(self, reading: Item, *, now_ms: int, took_ms: int, behind: int) -> None:
        """Give a reading the time of its receipt: it is no younger than that.

        Args:
            reading: one without a time.
            now_ms: when it came.
            took_ms: how long after the one before.
            behind: how many items of its message come behind it.
        """
        if behind or self._behind:
            self._spread(reading, max(0, took_ms), behind)
        else:
            self._every_ms = took_ms
        reading.time_ms = now_ms - behind * self._step_ms
        waited = self._has_waited(reading, max(0, took_ms))
        reading.stamp = Stamp.WAITED if waited else Stamp.RECEIPT

    def _spread(self, reading: Item, took_ms: int, behind: int) -> None:
        """Readings of one message were measured one after the other, since the message before.

        Unless that one came far longer ago than usual: then nobody knows when.
        """
        is_first = behind != self._behind - 1
        self._behind = behind
        if not is_first:
            return
        step_ms = took_ms // (behind + 1)
        if reading.period_ms:
            self._step_ms = min(step_ms, reading.period_ms)
        else:
            self._step_ms = step_ms if took_ms <= _ALIKE * self._every_ms else 0
        self._every_ms = took_ms

    def _has_waited(self, reading: Item, took_ms: int) -> bool:
        """Whether readings come faster than they can have been measured: a leaky bucket."""
        if reading.epoch == UNSEQUENCED:  # who counts nothing keeps nothing
            return False
        per_s = 2_000.0 / reading.period_ms if reading.period_ms else _BACKLOG_PER_S
        self._burst = max(0.0, self._burst - took_ms * per_s / 1000.0) + 1.0
        return self._burst > _BURST
