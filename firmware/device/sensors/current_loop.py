"""4-20 mA loop of a transmitter: any quantity, over a shunt and an ADC.

NAMUR NE 43 keeps 3.8 to 20.5 mA for measurements; below 3.6 and above 21 mA the transmitter, or a
wire that is cut or shorted, says that there is none. 100 ohms make 2.1 V of 21 mA: as much as any
of the chips measures.
"""

from firmware.device.sensors.analogue import AtLimit, Line, volts

_FROM_MA, _TO_MA = 4.0, 20.0
_LOW_MA, _HIGH_MA = 3.6, 21.0  # NE 43


class CurrentLoop:
    """``adc`` is a MicroPython ``machine.ADC``, ``reference_v`` its full scale.

    ``low`` and ``high`` are the quantity at 4 and at 20 mA, in its channel's unit.
    """

    def __init__(
        self, *, adc, shunt_ohm: float, low: float, high: float, reference_v: float = 3.3
    ) -> None:
        if shunt_ohm <= 0:
            raise ValueError("shunt_ohm must be above 0")
        self._adc = adc
        self._shunt_ohm = shunt_ohm
        self._reference_v = reference_v
        self._line = Line(from_signal=_FROM_MA, to_signal=_TO_MA, low=low, high=high)

    def read(self) -> float:
        try:
            current_ma = volts(self._adc, self._reference_v) / self._shunt_ohm * 1000
        except AtLimit:
            raise OSError(_ABOVE % "more than the ADC can tell") from None
        if current_ma < _LOW_MA:
            raise OSError(
                "current loop: %.2f mA is a fault of the loop (NE 43: below 3.6 mA); is a wire cut,"
                " or the transmitter without power?" % current_ma
            )
        if current_ma > _HIGH_MA:
            raise OSError(_ABOVE % ("%.2f mA" % current_ma))
        return self._line.value(current_ma)


_ABOVE = "current loop: %s is a fault of the loop (NE 43: above 21 mA); what does the sensor say?"
