"""ACS712: direct current in amperes from a Hall sensor, over an ADC.

Allegro ACS712 data sheet rev. 15: the output rests at half the supply and moves by 185 (5 A type),
100 (20 A) or 66 mV (30 A) an ampere, p. 2. Its supply is 5 V: a divider brings the output below
the ADC's reference, and is part of the scale here.
"""

_FULL_SCALE = 65535
_EDGE = 650  # 1 % of full scale: the output never rests so low, but a cut wire does
_SAMPLES = 32  # the sensor's own noise is 21 mV peak to peak, p. 5: a mean quiets it


class Acs712:
    """``adc`` is a MicroPython ``machine.ADC``.

    Args:
        reference_v: the ADC's full scale.
        divider: voltage at the pin over voltage at the sensor, 1 without a divider.
        volts_per_ampere: 0.185, 0.1 or 0.066.
        zero_v: the sensor's output without current; measure it, parts differ.
    """

    def __init__(
        self,
        *,
        adc,
        volts_per_ampere: float,
        reference_v: float = 3.3,
        divider: float = 0.667,
        zero_v: float = 2.5,
    ) -> None:
        if volts_per_ampere <= 0 or not 0 < divider <= 1 or reference_v <= 0:
            raise ValueError("volts_per_ampere, divider (to 1) and reference_v must be above 0")
        self._adc = adc
        self._volts_per_ampere = volts_per_ampere
        self._volts_a_step = reference_v / _FULL_SCALE / divider
        self._zero_v = zero_v

    def read(self) -> float:
        """The magnitude: which way round the wire was put through is of no account."""
        total = 0
        for _ in range(_SAMPLES):
            total += self._adc.read_u16()
        mean = total / _SAMPLES
        if mean >= _FULL_SCALE:
            raise OSError("ACS712: the ADC is at its limit; check the divider")
        if mean < _EDGE:
            raise OSError("ACS712: no voltage; check the wire from OUT, and its 5 V")
        return abs(mean * self._volts_a_step - self._zero_v) / self._volts_per_ampere
