"""DS18B20: temperature in degrees Celsius over 1-Wire.

Maxim/Analog DS18B20 data sheet 19-7487: commands p. 11, scratchpad p. 8, conversion times p. 8;
family code p. 9.
"""

_FAMILY = 0x28
_CONVERT = 0x44
_READ_SCRATCHPAD = 0xBE
_CONVERSION_MS = 750  # at 12 bits, the power-on resolution
_FRESH_MS = 2000  # a conversion begun longer ago is of another time
_SHORTED = "DS18B20: the data wire is shorted to ground"
_NEAR_C = 5.0
_POWER_ON_C = 85.0  # what the scratchpad holds until the first conversion has ended


class Ds18b20:
    """The first DS18B20 on a bus.

    ``bus`` is a MicroPython ``onewire.OneWire``; ``ticks_ms`` counts milliseconds and only grows.
    """

    def __init__(self, *, bus, ticks_ms) -> None:
        self._bus = bus
        self._ticks_ms = ticks_ms
        self._rom = None
        self._started_ms = 0
        self._celsius = None

    def read(self) -> float:
        """The last finished conversion, at most 750 ms and one reading old."""
        if self._rom is None:
            self._find()
        elif self._ticks_ms() - self._started_ms >= _CONVERSION_MS:
            self._celsius = self._fetch()
            self._convert()
        if self._celsius is None:
            raise OSError("DS18B20: the first conversion has not ended")
        return self._celsius

    def prepare(self) -> None:
        """Begin a conversion for a reading that follows within a second.

        Without it a board that reads once an hour would tell what was an hour ago.
        """
        if self._rom is None:
            self._find()
        elif self._ticks_ms() - self._started_ms >= _FRESH_MS:
            self._celsius = self._fetch()
            self._convert()

    def _find(self) -> None:
        self._celsius = None  # from before it went is not from now
        if self._bus.reset() and not self._bus.readbit():  # nobody may speak yet
            raise OSError(_SHORTED)
        roms = [rom for rom in self._bus.scan() if rom[0] == _FAMILY]
        if not roms:
            raise OSError("DS18B20: nothing answers; check the wire and its 4.7 kOhm resistor")
        self._rom = roms[0]
        self._convert()

    def _select(self) -> None:
        if not self._bus.reset():
            self._rom = None
            raise OSError("DS18B20: gone from the bus")
        self._bus.select_rom(self._rom)

    def _convert(self) -> None:
        self._select()
        self._bus.writebyte(_CONVERT)
        self._started_ms = self._ticks_ms()

    def _fetch(self) -> float:
        self._select()
        self._bus.writebyte(_READ_SCRATCHPAD)
        scratchpad = bytearray(9)
        self._bus.readinto(scratchpad)
        if not any(scratchpad):  # whose check sum is right; byte 4 of a true one is not 0
            self._rom = None
            raise OSError(_SHORTED)
        if self._bus.crc8(scratchpad):
            raise OSError("DS18B20: the check sum is wrong; is the wire long or near a motor?")
        sixteenths = scratchpad[0] | scratchpad[1] << 8
        if sixteenths & 0x8000:
            sixteenths -= 0x10000
        celsius = sixteenths / 16
        if celsius == _POWER_ON_C and not self._is_near(celsius):
            self._convert()
            raise OSError("DS18B20: it lost power during the conversion")
        return celsius

    def _is_near(self, celsius: float) -> bool:
        """Whether a true temperature can have become this one since the last conversion."""
        return self._celsius is not None and abs(celsius - self._celsius) <= _NEAR_C
