"""ADXL345: vibration velocity in mm/s RMS from its accelerometer, over I2C.

Analog Devices ADXL345 data sheet rev. E: registers p. 22 to 27, 3.9 mg a bit in full resolution.
At 100 Hz, vibration above 50 Hz is not seen. (The MPU-6050 sees up to 184 Hz.) Its FIFO holds the
last 32 samples: a reading is about all that was since the reading before, and read less often than
every 0.3 s, about the last 0.27 s.
"""

from firmware.device.sensors.accelerometer import Accelerometer

_DEVICE_ID = 0x00
_RATE = 0x2C
_POWER = 0x2D
_FORMAT = 0x31
_DATA = 0x32
_FIFO_CONTROL = 0x38
_FIFO_STATUS = 0x39

_IDENTITY = 0xE5
_SAMPLE_HZ = 100
_G_A_COUNT = 0.0039
_SAMPLE_BYTES = 6
_SET_UP = (
    (_RATE, 0x0A),  # 100 Hz
    (_FORMAT, 0x0B),  # full resolution, +-16 g
    (_FIFO_CONTROL, 0x80),  # stream: the oldest sample goes when it is full
    (_POWER, 0x08),  # measure
)
_ENTRIES = 0x3F
_FULL = 32


class Adxl345(Accelerometer):
    """``i2c`` is a MicroPython ``machine.I2C``."""

    def __init__(self, *, i2c, address: int = 0x53) -> None:
        super().__init__(i2c=i2c, address=address, sample_hz=_SAMPLE_HZ)

    def _configure(self) -> None:
        if self._i2c.readfrom_mem(self._address, _DEVICE_ID, 1)[0] != _IDENTITY:
            raise OSError("ADXL345: what answers at this address is none")
        for register, value in _SET_UP:
            self._write(register, value)

    def _collect(self) -> list[tuple[float, ...]]:
        entries = self._i2c.readfrom_mem(self._address, _FIFO_STATUS, 1)[0] & _ENTRIES
        if entries >= _FULL:
            self._velocity.interrupt()
        return [self._sample() for _ in range(entries)]

    def _sample(self) -> tuple[float, ...]:
        """One entry; the six bytes must be read at once, which takes it out of the FIFO."""
        data = self._i2c.readfrom_mem(self._address, _DATA, _SAMPLE_BYTES)
        return tuple([_signed(data[2 * axis], data[2 * axis + 1]) for axis in range(3)])


def _signed(low: int, high: int) -> float:
    counts = high << 8 | low
    return (counts - 0x10000 if counts & 0x8000 else counts) * _G_A_COUNT
