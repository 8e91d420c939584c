"""Pulses on a pin in, a counter out: flow meters, S0 outputs of energy meters, pieces on a belt.

A pulse counts when it ends, if until then the pin has stood for ``debounce_ms``: neither a contact
that bounces as it closes and opens nor a spike of a motor nearby is a pulse. So a pulse, and the
pause after it, must be longer than that.

The count is no less after a restart than what was kept of it (counts.py), and never more than
there were pulses. MicroPython calls an interrupt's handler between two instructions, and none while
it writes to flash (some 40 ms): a pulse that begins and ends meanwhile is lost, not made up.
"""


class Pulses:
    """``pin`` is a MicroPython ``machine.Pin``, ``edges`` its ``Pin.IRQ_FALLING | IRQ_RISING``.

    ``ticks_us`` and ``ticks_diff`` are those of MicroPython's ``time``, which wrap. A pulse is
    ``numerator / denominator`` units: integers, so that a count of years is exact where floats have
    32 bits. ``decimals`` is how many the value has.
    """

    def __init__(
        self,
        *,
        pin,
        edges: int,
        ticks_us,
        ticks_diff,
        counts,
        name: str,
        numerator: int = 1,
        denominator: int = 1,
        decimals: int = 0,
        active_low: bool = True,
        debounce_ms: float = 5.0,
    ) -> None:
        if numerator < 1 or denominator < 1 or debounce_ms <= 0:
            raise ValueError("units of a pulse and debounce_ms must be above 0")
        self._ticks_us = ticks_us
        self._ticks_diff = ticks_diff
        self._counts = counts
        self._name = name
        self._numerator = numerator * 10**decimals
        self._denominator = denominator
        self._decimals = decimals
        self._active = 0 if active_low else 1
        self._debounce_us = int(debounce_ms * 1000)
        self._pulses = 0
        self._kept = counts.of(name)
        self._edge_us = ticks_us()
        self._stood = pin.value()
        pin.irq(handler=self._edge, trigger=edges)

    def _edge(self, pin) -> None:
        """A level has ended; what comes after it is seen at the next edge."""
        now_us = self._ticks_us()
        if self._stood == self._active:
            stood_us = self._ticks_diff(now_us, self._edge_us)
            # Negative: it stood for 9 minutes or more, and the ticks have wrapped.
            if stood_us >= self._debounce_us or stood_us < 0:
                self._pulses += 1
        self._edge_us = now_us
        self._stood = pin.value()

    def tend(self) -> None:
        self._counts.note(self._name, self._kept + self._pulses)

    def read(self) -> tuple[int, int]:
        """Units of the last decimal, and how many decimals there are."""
        self.tend()
        return (self._kept + self._pulses) * self._numerator // self._denominator, self._decimals
