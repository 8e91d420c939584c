"""What analogue inputs share: the mean voltage at a pin, and a line from volts to a unit."""

_FULL_SCALE = 65535
_SAMPLES = 32  # the ADC's noise is some mV: a mean quiets it


class AtLimit(OSError):
    """The ADC shows the most it can: the voltage is that or any higher one."""


def volts(adc, reference_v: float) -> float:
    """The mean voltage at the pin of ``adc``, a MicroPython ``machine.ADC``.

    Raises:
        AtLimit: it is beyond what the ADC can tell.
    """
    total = 0
    for _ in range(_SAMPLES):
        total += adc.read_u16()
    mean = total / _SAMPLES
    if mean >= _FULL_SCALE:
        raise AtLimit("the ADC is at its limit")
    return mean * reference_v / _FULL_SCALE


class Line:
    """``low`` at ``from_signal`` and ``high`` at ``to_signal``, straight between and beyond."""

    def __init__(self, *, from_signal: float, to_signal: float, low: float, high: float) -> None:
        if from_signal >= to_signal or low == high:
            raise ValueError("a range must not be empty, and its signal must rise")
        self._from = from_signal
        self._span = to_signal - from_signal
        self._low = low
        self._units = high - low

    def share(self, signal: float) -> float:
        """Where ``signal`` is: 0 at the lower end, 1 at the upper."""
        return (signal - self._from) / self._span

    def value(self, signal: float) -> float:
        return self._low + self.share(signal) * self._units
