"""Tachometer wire of a fan: revolutions a minute from pulses on a pin.

A PC fan's open-collector output gives two pulses a revolution (Intel, 4-Wire PWM Controlled Fans
Specification 1.3, section 2.1.3); the pin needs a pull-up.
"""

_US_A_MINUTE = 60000000
_STALE_US = 60000000


class Tachometer:
    """Counts falling edges in an interrupt and divides by the time between two readings.

    ``pin`` is a MicroPython ``machine.Pin``, ``falling`` its ``Pin.IRQ_FALLING``; ``ticks_us``
    counts microseconds and only grows.
    """

    def __init__(self, *, pin, falling: int, ticks_us, pulses_per_turn: int = 2) -> None:
        if pulses_per_turn < 1:
            raise ValueError("pulses_per_turn must be 1 or more")
        self._ticks_us = ticks_us
        self._pulses_per_turn = pulses_per_turn
        self._count = 0
        self._seen = 0
        self._since_us = ticks_us()
        pin.irq(handler=self._pulse, trigger=falling)

    def _pulse(self, _pin) -> None:
        # An interrupt may not allocate: counting in small integers does not.
        self._count += 1

    def prepare(self) -> None:
        """A reading follows within a second: an hour's mean would not be of now, so begin anew."""
        count, now_us = self._count, self._ticks_us()
        if now_us - self._since_us < 0 or now_us - self._since_us > _STALE_US:
            self._seen, self._since_us = count, now_us

    def read(self) -> float:
        """The mean since the reading before; of a board that reads rarely, of the last second."""
        count, now_us = self._count, self._ticks_us()
        pulses: int = count - self._seen
        elapsed_us: int = now_us - self._since_us
        if elapsed_us <= 0:
            raise OSError("tachometer: read twice in the same instant")
        self._seen, self._since_us = count, now_us
        return pulses * _US_A_MINUTE / (elapsed_us * self._pulses_per_turn)
