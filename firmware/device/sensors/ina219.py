"""INA219: current in amperes from the voltage over a shunt, over I2C.

Texas Instruments SBOS448G: registers p. 18, shunt voltage register p. 21 (10 uV a bit, signed),
bus voltage register p. 23 (OVF is bit 0).
"""

_CONFIGURATION = 0x00
_SHUNT_VOLTAGE = 0x01
_VOLTS_A_BIT = 0.00001
# 32 V range, +-320 mV over the shunt, both ADCs averaging 16 samples (8.5 ms), continuous.
_SETTING = 0x3E67
_REVERSED_V = -0.001  # five times what offset and noise can be: 10 mA over 0.1 ohm
_CERTAIN = 5


class Ina219:
    """``i2c`` is a MicroPython ``machine.I2C``; breakout boards carry a shunt of 0.1 ohm.

    A current that is clearly negative is measured the wrong way round; ``say`` is told so, once.
    A little below 0 at rest is the chip's accuracy, and reported as it is.
    """

    def __init__(self, *, i2c, address: int = 0x40, shunt_ohm: float = 0.1, say=None) -> None:
        if shunt_ohm <= 0:
            raise ValueError("shunt_ohm must be above 0")
        self._i2c = i2c
        self._address = address
        self._shunt_ohm = shunt_ohm
        self._ready = False
        self._say = say
        self._negative = 0  # readings in a row

    def read(self) -> float:
        if not self._ready:
            self._configure()
        data = self._i2c.readfrom_mem(self._address, _SHUNT_VOLTAGE, 2)
        bits: int = data[0] << 8 | data[1]
        if bits & 0x8000:
            bits -= 0x10000
        volts = bits * _VOLTS_A_BIT
        self._notice(volts)
        return volts / self._shunt_ohm

    def _notice(self, volts: float) -> None:
        self._negative = self._negative + 1 if volts < _REVERSED_V else 0
        if self._negative == _CERTAIN and self._say is not None:
            self._say("INA219: the current is negative: are VIN+ and VIN- swapped?")
            self._say = None

    def _configure(self) -> None:
        setting = bytes((_SETTING >> 8, _SETTING & 0xFF))
        self._i2c.writeto_mem(self._address, _CONFIGURATION, setting)
        if bytes(self._i2c.readfrom_mem(self._address, _CONFIGURATION, 2)) != setting:
            raise OSError("INA219: what answers at this address is none")
        self._ready = True
