"""MPU-6050: vibration velocity in mm/s RMS from its accelerometer, over I2C.

InvenSense RM-MPU-6000A-00 rev. 4.2: the chip samples at 500 Hz into its own FIFO of 1,024 bytes,
so that nothing is missed between two readings; registers by the numbers of that map. When the FIFO
is full the oldest bytes go: the chip's temperature is taken in too, unread, because samples of
eight bytes stay whole then, and those of six would be torn. A reading is about all that was since
the reading before, and read less often than every 0.25 s, about the last 0.2 s.
"""

from firmware.device.sensors.accelerometer import Accelerometer

_SAMPLE_RATE_DIVIDER = 0x19
_CONFIG = 0x1A
_ACCEL_CONFIG = 0x1C
_FIFO_ENABLE = 0x23
_USER_CONTROL = 0x6A
_POWER = 0x6B
_FIFO_COUNT = 0x72
_FIFO = 0x74
_WHO_AM_I = 0x75

_IDENTITY = 0x68
_SAMPLE_HZ = 500
_COUNTS_A_G = 4096  # at the range of +-8 g
_SAMPLE_BYTES = 8  # three axes, then the temperature
_FIFO_BYTES = 1024
_SET_UP = (
    (_POWER, 0x01),  # awake, on the gyroscope's clock
    (_CONFIG, 0x01),  # low-pass at 184 Hz: below half of the sample rate
    (_SAMPLE_RATE_DIVIDER, 0x01),  # 1 kHz / (1 + 1)
    (_ACCEL_CONFIG, 0x10),  # +-8 g
)
_FILL = 0x88  # with the accelerometer's three axes and the temperature
_STOP = 0x00
_RESET_FIFO = 0x44
_RUN_FIFO = 0x40


class Mpu6050(Accelerometer):
    """``i2c`` is a MicroPython ``machine.I2C``, at 400 kHz to read 1,024 bytes in 24 ms."""

    def __init__(self, *, i2c, address: int = 0x68) -> None:
        super().__init__(i2c=i2c, address=address, sample_hz=_SAMPLE_HZ)

    def _configure(self) -> None:
        if self._i2c.readfrom_mem(self._address, _WHO_AM_I, 1)[0] != _IDENTITY:
            raise OSError("MPU-6050: what answers at this address is none")
        for register, value in _SET_UP:
            self._write(register, value)
        self._begin()

    def _begin(self) -> None:
        """With an empty FIFO."""
        for register, value in (
            (_USER_CONTROL, _RESET_FIFO),
            (_USER_CONTROL, _RUN_FIFO),
            (_FIFO_ENABLE, _FILL),
        ):
            self._write(register, value)

    def _collect(self) -> list[tuple[float, ...]]:
        high, low = self._i2c.readfrom_mem(self._address, _FIFO_COUNT, 2)
        count = high << 8 | low
        if count >= _FIFO_BYTES:
            return self._collect_last()
        return self._take(count - count % _SAMPLE_BYTES)

    def _collect_last(self) -> list[tuple[float, ...]]:
        """All of a full FIFO; what it would overwrite while it is read would tear a sample."""
        self._velocity.interrupt()
        self._write(_FIFO_ENABLE, _STOP)
        samples = self._take(_FIFO_BYTES)
        self._begin()
        return samples

    def _take(self, count: int) -> list[tuple[float, ...]]:
        return _samples(self._i2c.readfrom_mem(self._address, _FIFO, count) if count else b"")


def _samples(data: bytes) -> list[tuple[float, ...]]:
    return [
        tuple([_signed(data[at + 2 * axis], data[at + 2 * axis + 1]) for axis in range(3)])
        for at in range(0, len(data), _SAMPLE_BYTES)
    ]


def _signed(high: int, low: int) -> float:
    counts = high << 8 | low
    return (counts - 0x10000 if counts & 0x8000 else counts) / _COUNTS_A_G
