"""0-10 V signal of a transmitter: any quantity, over a divider and an ADC.

IEC 60381-2 has 0-10 V among the voltages for process control. The divider brings 10 V below what
the ADC measures: 30 kOhm above and 10 kOhm below make a quarter.
"""

from firmware.device.sensors.analogue import AtLimit, Line, volts

_BEYOND = 0.05  # of the range: a transmitter's own overshoot; what is further out is no measurement


class VoltageInput:
    """``adc`` is a MicroPython ``machine.ADC``, ``reference_v`` its full scale.

    Args:
        divider: voltage at the pin over the transmitter's, 1 without a divider.
        low, high: the quantity at ``from_v`` and ``to_v``, in its channel's unit.
    """

    def __init__(
        self,
        *,
        adc,
        divider: float,
        low: float,
        high: float,
        from_v: float = 0.0,
        to_v: float = 10.0,
        reference_v: float = 3.3,
    ) -> None:
        if not 0 < divider <= 1:
            raise ValueError("divider must be above 0, and 1 at most")
        self._adc = adc
        self._divider = divider
        self._reference_v = reference_v
        self._line = Line(from_signal=from_v, to_signal=to_v, low=low, high=high)

    def read(self) -> float:
        """A cut wire is told where the range begins above 0 V; else it shows the lower end."""
        try:
            signal_v = volts(self._adc, self._reference_v) / self._divider
        except AtLimit:
            raise OSError("voltage input: the ADC is at its limit; check the divider") from None
        share = self._line.share(signal_v)
        if share < -_BEYOND:
            raise OSError("voltage input: %.2f V is below its range; is a wire cut?" % signal_v)
        if share > 1 + _BEYOND:
            raise OSError("voltage input: %.2f V is above its range" % signal_v)
        return self._line.value(signal_v)
