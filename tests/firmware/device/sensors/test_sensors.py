"""Each driver against a chip that answers as its data sheet says."""

import contextlib
import itertools
import math

import pytest

from firmware.device.sensors.acs712 import Acs712
from firmware.device.sensors.adxl345 import Adxl345
from firmware.device.sensors.ds18b20 import Ds18b20
from firmware.device.sensors.ina219 import Ina219
from firmware.device.sensors.mpu6050 import Mpu6050
from firmware.device.sensors.ntc import Ntc
from firmware.device.sensors.tachometer import Tachometer
from firmware.device.sensors.vibration import VelocityRms
from tests.firmware.device.sensors.buses import (
    Adc,
    Adxl345Chip,
    I2c,
    Ina219Chip,
    Mpu6050Chip,
    OneWire,
    Pin,
)


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class TestDs18b20:
    def sensor(self, clock: Clock) -> tuple[OneWire, Ds18b20]:
        bus = OneWire(clock)
        return bus, Ds18b20(bus=bus, ticks_ms=clock)

    def after_one_conversion(self, clock: Clock) -> tuple[OneWire, Ds18b20]:
        bus, sensor = self.sensor(clock)
        with pytest.raises(OSError, match="has not ended"):
            sensor.read()
        clock.now += 750
        return bus, sensor

    @pytest.mark.parametrize("celsius", [-55.0, -10.125, 0.0, 25.0625, 41.5, 125.0])
    def test_it_reads_the_whole_range(self, clock: Clock, celsius: float) -> None:
        bus, sensor = self.sensor(clock)
        bus.celsius = celsius
        with pytest.raises(OSError, match="has not ended"):
            sensor.read()
        clock.now += 750
        assert sensor.read() == celsius

    def test_between_conversions_it_repeats_the_last(self, clock: Clock) -> None:
        bus, sensor = self.after_one_conversion(clock)
        assert sensor.read() == 21.0
        bus.celsius = 30.0
        clock.now += 200
        assert sensor.read() == 21.0
        clock.now += 1500
        sensor.read()
        clock.now += 750
        assert sensor.read() == 30.0

    def test_a_wrong_check_sum_is_no_temperature(self, clock: Clock) -> None:
        bus, sensor = self.after_one_conversion(clock)
        bus.noise = 1
        with pytest.raises(OSError, match="check sum"):
            sensor.read()

    def test_power_lost_during_the_conversion_is_not_85_degrees(self, clock: Clock) -> None:
        bus, sensor = self.after_one_conversion(clock)
        bus.lose_power()
        with pytest.raises(OSError, match="lost power"):
            sensor.read()

    def test_it_is_found_again_after_it_was_unplugged(self, clock: Clock) -> None:
        bus, sensor = self.after_one_conversion(clock)
        bus.present = False
        with pytest.raises(OSError, match="gone"):
            sensor.read()
        with pytest.raises(OSError, match="nothing answers"):
            sensor.read()
        bus.present = True
        with pytest.raises(OSError, match="has not ended"):
            sensor.read()
        clock.now += 750
        assert sensor.read() == 21.0

    @pytest.mark.parametrize("first", [True, False])
    def test_a_shorted_wire_is_not_0_degrees(self, clock: Clock, first: bool) -> None:  # noqa: FBT001 - a case
        bus, sensor = self.sensor(clock) if first else self.after_one_conversion(clock)
        bus.shorted = True
        for _reading in range(5):
            clock.now += 750
            with pytest.raises(OSError, match="shorted"):
                sensor.read()

    def test_after_it_was_gone_the_temperature_from_before_is_not_told(self, clock: Clock) -> None:
        bus, sensor = self.after_one_conversion(clock)
        assert sensor.read() == 21.0
        bus.shorted = True
        clock.now += 750
        with pytest.raises(OSError, match="shorted"):
            sensor.read()
        bus.shorted, bus.celsius = False, 60.0
        with pytest.raises(OSError, match="has not ended"):
            sensor.read()
        clock.now += 750
        assert sensor.read() == 60.0

    def test_another_kind_of_device_on_the_wire_is_passed_over(self, clock: Clock) -> None:
        bus, sensor = self.sensor(clock)
        bus.others = [bytes((0x01, 9, 9, 9, 9, 9, 9, 9))]  # a serial number, DS2401
        with pytest.raises(OSError, match="has not ended"):
            sensor.read()
        clock.now += 750
        assert sensor.read() == 21.0


class TestNtc:
    def at(self, ohm: float) -> Ntc:
        share = ohm / (ohm + 10_000)
        return Ntc(adc=Adc(share), fixed_ohm=10_000, nominal_ohm=10_000, beta=3977)

    # Vishay NTCLE100E3, 10 kOhm, B 3977: resistance by temperature, from its table.
    @pytest.mark.parametrize(
        ("ohm", "celsius"), [(32_554, 0.0), (10_000, 25.0), (5_330, 40.0), (2_490, 60.0)]
    )
    def test_it_follows_the_makers_table(self, ohm: float, celsius: float) -> None:
        assert self.at(ohm).read() == pytest.approx(celsius, abs=1.0)

    @pytest.mark.parametrize(("share", "what"), [(0.0, "shorted"), (1.0, "not connected")])
    def test_a_broken_wire_is_named(self, share: float, what: str) -> None:
        sensor = Ntc(adc=Adc(share), fixed_ohm=10_000, nominal_ohm=10_000, beta=3977)
        with pytest.raises(OSError, match=what):
            sensor.read()


class TestTachometer:
    def test_two_pulses_are_a_turn(self, clock: Clock) -> None:
        pin = Pin()
        sensor = Tachometer(pin=pin, falling=Pin.IRQ_FALLING, ticks_us=clock)
        for pulses, rpm in ((8, 1200.0), (0, 0.0), (4, 600.0)):
            clock.now += 200_000
            pin.pulse(pulses)
            assert sensor.read() == rpm

    def test_twice_in_the_same_instant_is_no_speed(self, clock: Clock) -> None:
        sensor = Tachometer(pin=Pin(), falling=Pin.IRQ_FALLING, ticks_us=clock)
        with pytest.raises(OSError, match="same instant"):
            sensor.read()


class TestIna219:
    @pytest.mark.parametrize("ampere", [0.0, 1.08, 3.2, -0.5])
    def test_current_is_the_shunts_voltage_over_its_resistance(self, ampere: float) -> None:
        sensor = Ina219(i2c=I2c(Ina219Chip(ampere * 0.1), 0x40))
        assert sensor.read() == pytest.approx(ampere, abs=0.0001)

    def test_nothing_at_the_address(self) -> None:
        with pytest.raises(OSError, match="ENODEV"):
            Ina219(i2c=I2c(Ina219Chip(0.1), 0x41)).read()


class TestAcs712:
    @pytest.mark.parametrize("ampere", [0.0, 1.1, 2.9, -2.9])
    def test_it_undoes_the_divider(self, ampere: float) -> None:
        share = (2.5 + 0.185 * ampere) * 0.667 / 3.3
        sensor = Acs712(adc=Adc(share), volts_per_ampere=0.185)
        assert sensor.read() == pytest.approx(abs(ampere), abs=0.002)

    def test_an_adc_at_its_limit_is_named(self) -> None:
        with pytest.raises(OSError, match="divider"):
            Acs712(adc=Adc(1.0), volts_per_ampere=0.185).read()

    def test_a_cut_wire_is_no_current(self) -> None:
        with pytest.raises(OSError, match="wire from OUT"):
            Acs712(adc=Adc(0.0), volts_per_ampere=0.185).read()


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
