"""NTC thermistor in a voltage divider: temperature in degrees Celsius over an ADC.

Beta equation: 1/T = 1/T0 + ln(R/R0)/B, with T in kelvin and R0 the resistance at T0 = 25 degrees
(for example Vishay NTCLE100E3 data sheet 29049).
"""

import math

_KELVIN = 273.15
_T0_K = 298.15
_FULL_SCALE = 65535
_EDGE = 650  # 1 % of full scale: closer to a rail, the wire is cut or shorted


class Ntc:
    """supply - fixed resistor - ADC pin - NTC - ground.

    ``adc`` is a MicroPython ``machine.ADC``; resistances in ohms, ``beta`` in kelvin.
    """

    def __init__(self, *, adc, fixed_ohm: float, nominal_ohm: float, beta: float) -> None:
        if min(fixed_ohm, nominal_ohm, beta) <= 0:
            raise ValueError("fixed_ohm, nominal_ohm and beta must be above 0")
        self._adc = adc
        self._fixed_ohm = fixed_ohm
        self._nominal_ohm = nominal_ohm
        self._beta = beta

    def read(self) -> float:
        raw = self._adc.read_u16()
        if raw < _EDGE:
            raise OSError("NTC: shorted to ground")
        if raw > _FULL_SCALE - _EDGE:
            raise OSError("NTC: not connected")
        ohm = self._fixed_ohm * raw / (_FULL_SCALE - raw)
        return 1 / (1 / _T0_K + math.log(ohm / self._nominal_ohm) / self._beta) - _KELVIN
