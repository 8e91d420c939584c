"""A wire with one DS18B20 on it, at 25 degrees."""

_SCRATCHPAD = b"\x90\x01\x4b\x46\x7f\xff\x0c\x10\x00"  # 400 sixteenths


class OneWire:
    def __init__(self, pin):
        self._pin = pin

    def scan(self):
        return [bytearray(b"\x28\xff\x01\x02\x03\x04\x05\x06")]

    def reset(self):
        return True

    def readbit(self):
        return 1

    def select_rom(self, rom):
        """It is the only one."""

    def writebyte(self, value):
        """It converts at once."""

    def readinto(self, buffer):
        buffer[:] = _SCRATCHPAD

    def crc8(self, data):
        return 0
