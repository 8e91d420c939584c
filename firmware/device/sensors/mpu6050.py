"""MPU-6050: vibration velocity in mm/s RMS from its accelerometer, over I2C.

InvenSense RM-MPU-6000A-00 rev. 4.2: the chip samples at 500 Hz into its own FIFO of 1,024 bytes,
so that nothing is missed between two readings; registers by the numbers of that map.
"""

from firmware.device.sensors.vibration import VelocityRms

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
_SAMPLE_BYTES = 6
_FIFO_BYTES = 1024
_SET_UP = (
    (_POWER, 0x01),  # awake, on the gyroscope's clock
    (_CONFIG, 0x01),  # low-pass at 184 Hz: below half of the sample rate
    (_SAMPLE_RATE_DIVIDER, 0x01),  # 1 kHz / (1 + 1)
    (_ACCEL_CONFIG, 0x10),  # +-8 g
    (_FIFO_ENABLE, 0x08),  # the accelerometer's three axes
)
_RESET_FIFO = 0x44
_RUN_FIFO = 0x40


class Mpu6050:
    """``i2c`` is a MicroPython ``machine.I2C``, at 400 kHz to read 600 bytes in time."""

    def __init__(self, *, i2c, address: int = 0x68) -> None:
        self._i2c = i2c
        self._address = address
        self._ready = False
        self._velocity = VelocityRms(sample_hz=_SAMPLE_HZ)

    def read(self) -> float:
        """Over all samples since the reading before."""
        if not self._ready:
            self._configure()
        high, low = self._i2c.readfrom_mem(self._address, _FIFO_COUNT, 2)
        count = high << 8 | low
        if count >= _FIFO_BYTES:  # full: samples were overwritten and the rest may be torn
            self._clear()
            raise OSError("MPU-6050: read too seldom, its FIFO was full")
        whole = count - count % _SAMPLE_BYTES
        data = self._i2c.readfrom_mem(self._address, _FIFO, whole) if whole else b""
        return self._velocity.add(_samples(data))

    def _configure(self) -> None:
        if self._i2c.readfrom_mem(self._address, _WHO_AM_I, 1)[0] != _IDENTITY:
            raise OSError("MPU-6050: what answers at this address is none")
        for register, value in _SET_UP:
            self._write(register, value)
        self._clear()
        self._ready = True

    def _clear(self) -> None:
        self._write(_USER_CONTROL, _RESET_FIFO)
        self._write(_USER_CONTROL, _RUN_FIFO)

    def _write(self, register: int, value: int) -> None:
        self._i2c.writeto_mem(self._address, register, bytes((value,)))


def _samples(data: bytes) -> list[tuple[float, ...]]:
    return [
        tuple([_signed(data[at + 2 * axis], data[at + 2 * axis + 1]) for axis in range(3)])
        for at in range(0, len(data), _SAMPLE_BYTES)
    ]


def _signed(high: int, low: int) -> float:
    counts = high << 8 | low
    return (counts - 0x10000 if counts & 0x8000 else counts) / _COUNTS_A_G
