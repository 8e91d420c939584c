"""A signal through the board's own drivers, over chips as data sheets have them, with noise."""

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from firmware.device.sensors.acs712 import Acs712
from firmware.device.sensors.adxl345 import Adxl345
from firmware.device.sensors.ds18b20 import Ds18b20
from firmware.device.sensors.ina219 import Ina219
from firmware.device.sensors.mpu6050 import Mpu6050
from firmware.device.sensors.ntc import Ntc
from firmware.device.sensors.tachometer import Tachometer
from inference.windows.features import FloatArray
from tests.firmware.device.sensors.buses import (
    Adc,
    Adxl345Chip,
    I2c,
    Ina219Chip,
    Mpu6050Chip,
    OneWire,
    Pin,
)

_BOARDS: Final = Path(__file__).parents[2] / "docs" / "boards.md"
_WAVE_HZ: Final = 25.0
_MM_S2_A_G: Final = 9806.65

# Sets the signal at a time, in seconds, and reads the sensor.
Reader = Callable[[float, float], float]


def named() -> dict[str, str]:
    """The channel of every driver that docs/boards.md names."""
    rows = re.findall(r"^\| (\w+) \| `(\w+)` \|", _BOARDS.read_text(), flags=re.MULTILINE)
    return {driver: channel for channel, driver in rows}


def seen(driver: str, time_s: FloatArray, true: FloatArray, rng: np.random.Generator) -> FloatArray:
    """What ``driver`` reports of ``true`` at each time; NaN where it has nothing to report."""
    read = _READERS[driver](rng, float(time_s[1] - time_s[0]))
    found = np.full(len(time_s), np.nan)
    for at, (now_s, value) in enumerate(zip(time_s.tolist(), true.tolist(), strict=True)):
        try:
            found[at] = read(now_s, value)
        except OSError:
            continue
    return found


def _ds18b20(rng: np.random.Generator, _period_s: float) -> Reader:
    now_ms = [0]
    bus = OneWire(lambda: now_ms[0])
    driver = Ds18b20(bus=bus, ticks_ms=lambda: now_ms[0])

    def read(now_s: float, celsius: float) -> float:
        now_ms[0] = round(1000 * now_s)
        bus.celsius = celsius + rng.normal(0.0, 0.03)
        return driver.read()

    return read


class _NoisyAdc(Adc):
    """Twelve bits."""

    def __init__(self, rng: np.random.Generator, *, noise: float) -> None:
        super().__init__(0.5)
        self._rng, self._noise = rng, noise

    def read_u16(self) -> int:
        return round((self.share + self._rng.normal(0.0, self._noise)) * 4095) * 65535 // 4095


def _ntc(rng: np.random.Generator, _period_s: float) -> Reader:
    adc = _NoisyAdc(rng, noise=1.5 / 4095)
    driver = Ntc(adc=adc, fixed_ohm=10_000, nominal_ohm=10_000, beta=3950)

    def read(_now_s: float, celsius: float) -> float:
        ohm = 10_000 * math.exp(3950 * (1 / (celsius + 273.15) - 1 / 298.15))
        adc.share = ohm / (ohm + 10_000)
        return driver.read()

    return read


def _tachometer(rng: np.random.Generator, period_s: float) -> Reader:
    pin, now_us, turned = Pin(), [round(-1e6 * period_s)], [0.0, 0.0]
    driver = Tachometer(pin=pin, falling=Pin.IRQ_FALLING, ticks_us=lambda: now_us[0])

    def read(now_s: float, rpm: float) -> float:
        turned[0] += 2.0 * rpm * (1.0 + rng.normal(0.0, 0.03)) / 60.0 * period_s
        pin.pulse(math.floor(turned[0]) - math.floor(turned[1]))
        turned[1] = turned[0]
        now_us[0] = round(1e6 * now_s)
        return driver.read()

    return read


def _ina219(rng: np.random.Generator, _period_s: float) -> Reader:
    chip = Ina219Chip(0.0)
    driver = Ina219(i2c=I2c(chip, 0x40))

    def read(_now_s: float, amperes: float) -> float:
        chip.shunt_v = min(0.1 * (amperes + rng.normal(0.0, 0.01)), 0.32)  # its range ends there
        return max(driver.read(), 0.0)  # the gateway clips it

    return read


def _acs712(rng: np.random.Generator, _period_s: float) -> Reader:
    adc = _NoisyAdc(rng, noise=0.004 * 0.667 / 3.3)
    driver = Acs712(adc=adc, volts_per_ampere=0.185)

    def read(_now_s: float, amperes: float) -> float:
        adc.share = (2.5 + 0.185 * amperes) * 0.667 / 3.3
        return driver.read()

    return read


def _accelerometer(
    chip: Mpu6050Chip | Adxl345Chip, driver: Mpu6050 | Adxl345, *, sample_hz: int, depth: int
) -> Callable[[np.random.Generator, float], Reader]:
    def reader(rng: np.random.Generator, period_s: float) -> Reader:
        at = [0]

        def read(_now_s: float, velocity: float) -> float:
            count = round(period_s * sample_hz)
            at[0] += count
            kept = min(count, depth + 8)  # what its FIFO has lost by then need not be made
            peak_g = velocity * math.sqrt(2.0) * 2.0 * math.pi * _WAVE_HZ / _MM_S2_A_G
            when_s = np.arange(at[0] - kept, at[0]) / sample_hz
            axes = rng.normal((0.0, 0.0, 1.0), 0.004, (kept, 3))
            axes[:, 0] += peak_g * np.sin(2.0 * math.pi * _WAVE_HZ * when_s)
            for sample in axes.tolist():
                chip.sample(*sample)
            return driver.read()

        return read

    return reader


def _mpu6050(rng: np.random.Generator, period_s: float) -> Reader:
    chip = Mpu6050Chip()
    driver = Mpu6050(i2c=I2c(chip, 0x68), address=0x68)
    return _accelerometer(chip, driver, sample_hz=500, depth=128)(rng, period_s)


def _adxl345(rng: np.random.Generator, period_s: float) -> Reader:
    chip = Adxl345Chip()
    driver = Adxl345(i2c=I2c(chip, 0x53), address=0x53)
    return _accelerometer(chip, driver, sample_hz=100, depth=32)(rng, period_s)


_READERS: Final[Mapping[str, Callable[[np.random.Generator, float], Reader]]] = {
    "ds18b20": _ds18b20,
    "ntc": _ntc,
    "tachometer": _tachometer,
    "ina219": _ina219,
    "acs712": _acs712,
    "mpu6050": _mpu6050,
    "adxl345": _adxl345,
}
