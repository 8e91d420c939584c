"""Vibration: from acceleration to velocity, and the chips that sample it, at every rate."""

import contextlib
import itertools
import math

import pytest

from firmware.device.sensors.adxl345 import Adxl345
from firmware.device.sensors.mpu6050 import Mpu6050
from firmware.device.sensors.vibration import VelocityRms
from tests.firmware.device.sensors.buses import Adxl345Chip, I2c, Mpu6050Chip


def swing(hz: float, mm_s: float, *, sample_hz: int, seconds: float) -> list[float]:
    """Acceleration in g of a vibration whose velocity has an RMS of ``mm_s``."""
    peak_mm_s2 = mm_s * math.sqrt(2) * 2 * math.pi * hz
    count = round(seconds * sample_hz)
    return [peak_mm_s2 * math.cos(2 * math.pi * hz * i / sample_hz) / 9806.65 for i in range(count)]


class TestVelocity:
    @pytest.mark.parametrize("hz", [40.0, 60.0, 100.0])
    @pytest.mark.parametrize("mm_s", [0.8, 4.5])
    def test_a_pure_vibration_has_the_velocity_it_was_made_with(
        self, hz: float, mm_s: float
    ) -> None:
        meter = VelocityRms(sample_hz=500)
        wave = [(0.0, 0.0, 1.0 + a) for a in swing(hz, mm_s, sample_hz=500, seconds=3)]
        meter.add(wave[:1000])  # the filters settle
        assert meter.add(wave[1000:]) == pytest.approx(mm_s, rel=0.15)

    def test_what_the_filters_ring_with_is_in_no_figure(self) -> None:
        meter = VelocityRms(sample_hz=500)
        wave = [(0.0, 0.0, 1.0 + a) for a in swing(60.0, 2.0, sample_hz=500, seconds=1)]
        for start in range(0, 390, 13):  # each batch begins where the last did not end
            meter.interrupt()
            with pytest.raises(OSError, match="settle"):
                meter.add(wave[start : start + 20])
            assert meter.add(wave[start + 20 : start + 128]) == pytest.approx(2.0, rel=0.15)

    def test_gravity_is_no_vibration(self) -> None:
        meter = VelocityRms(sample_hz=500)
        assert meter.add([(0.0, 0.7, 0.7)] * 1000) == pytest.approx(0.0, abs=1e-9)


class TestMpu6050:
    def test_it_wakes_the_chip_and_reads_all_that_was_sampled(self) -> None:
        chip = Mpu6050Chip()
        sensor = Mpu6050(i2c=I2c(chip, 0x68))
        with pytest.raises(OSError, match="no samples"):
            sensor.read()
        velocity = 0.0
        wave = swing(60.0, 2.0, sample_hz=500, seconds=2)
        for start in range(0, len(wave), 100):
            for acceleration in wave[start : start + 100]:
                chip.sample(0.0, acceleration, 1.0)
            velocity = sensor.read()
        assert velocity == pytest.approx(2.0, rel=0.15)

    def test_another_chip_is_refused(self) -> None:
        with pytest.raises(OSError, match="none"):
            Mpu6050(i2c=I2c(Mpu6050Chip(identity=0x70), 0x68)).read()


class TestAdxl345:
    def test_it_starts_the_chip_and_reads_its_fifo(self) -> None:
        chip = Adxl345Chip()
        sensor = Adxl345(i2c=I2c(chip, 0x53))
        with pytest.raises(OSError, match="no samples"):
            sensor.read()
        velocity = 0.0
        wave = swing(30.0, 3.0, sample_hz=100, seconds=6)
        for start in range(0, len(wave), 20):
            for acceleration in wave[start : start + 20]:
                chip.sample(acceleration, 0.0, 1.0)
            velocity = sensor.read()
        assert velocity == pytest.approx(3.0, rel=0.15)

    def test_another_chip_is_refused(self) -> None:
        with pytest.raises(OSError, match="none"):
            Adxl345(i2c=I2c(Adxl345Chip(identity=0), 0x53)).read()


@pytest.mark.parametrize("name", ["mpu6050", "adxl345"])
class TestAccelerometers:
    """What holds for both; vibration at 30 Hz with a velocity of 3 mm/s."""

    def begun(self, name: str) -> None:
        self.wave = iter(swing(30.0, 3.0, sample_hz=500, seconds=300))
        self.chip: Mpu6050Chip | Adxl345Chip
        self.sensor: Mpu6050 | Adxl345
        if name == "mpu6050":
            self.chip, self.every = Mpu6050Chip(), 1
            self.bus = I2c(self.chip, 0x68)
            self.sensor = Mpu6050(i2c=self.bus)
        else:
            self.chip, self.every = Adxl345Chip(), 5
            self.bus = I2c(self.chip, 0x53)
            self.sensor = Adxl345(i2c=self.bus)
        with pytest.raises(OSError, match="no samples"):
            self.sensor.read()

    def after(self, seconds: float) -> float:
        """A reading when the chip has sampled for so long."""
        for at, acceleration in enumerate(itertools.islice(self.wave, round(500 * seconds))):
            if at % self.every == 0:
                self.chip.sample(0.0, acceleration, 1.0)
        return self.sensor.read()

    @pytest.mark.parametrize("rate_hz", [10.0, 5.0, 3.9, 3.0, 2.0, 1.0, 0.3, 0.1])
    def test_every_rate_gives_readings(self, name: str, rate_hz: float) -> None:
        self.begun(name)
        for _warm_up in range(5):
            self.after(1 / rate_hz)
        for _reading in range(5):
            assert self.after(1 / rate_hz) == pytest.approx(3.0, rel=0.15)

    def test_the_highest_rate_gives_readings(self, name: str) -> None:
        self.begun(name)
        for _settling in range(3):
            with contextlib.suppress(OSError):
                self.after(0.02)
        assert all(self.after(0.02) >= 0 for _reading in range(100))

    def test_it_is_set_up_anew_when_it_was_unplugged(self, name: str) -> None:
        self.begun(name)
        self.after(0.2)
        self.bus.connected = False
        with pytest.raises(OSError, match="ENODEV"):
            self.after(0.2)
        self.chip.lose_power()
        self.bus.connected = True
        with pytest.raises(OSError, match="no samples"):
            self.after(0.2)
        assert self.after(0.2) == pytest.approx(3.0, rel=0.15)

    def test_it_is_set_up_anew_when_it_lost_power_between_two_readings(self, name: str) -> None:
        self.begun(name)
        self.after(0.2)
        self.chip.lose_power()
        for _empty in range(4):  # the fourth sets it up
            with pytest.raises(OSError, match="no samples"):
                self.after(0.2)
        assert self.after(0.2) == pytest.approx(3.0, rel=0.15)
