"""Each driver against a chip that answers as its data sheet says."""

import pytest

from firmware.device.sensors.acs712 import Acs712
from firmware.device.sensors.ds18b20 import Ds18b20
from firmware.device.sensors.ina219 import Ina219
from firmware.device.sensors.ntc import Ntc
from firmware.device.sensors.tachometer import Tachometer
from tests.firmware.device.sensors.buses import (
    Adc,
    I2c,
    Ina219Chip,
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

    def test_an_hour_later_it_tells_of_now_when_it_was_told_before(self, clock: Clock) -> None:
        bus, sensor = self.sensor(clock)
        sensor.prepare()
        clock.now += 1000
        assert sensor.read() == 21.0
        for celsius in (30.0, 25.0):
            clock.now += 3_600_000 - 1000
            bus.celsius = celsius
            sensor.prepare()
            clock.now += 1000
            assert sensor.read() == celsius

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

    def test_it_goes_on_after_it_lost_power(self, clock: Clock) -> None:
        bus, sensor = self.after_one_conversion(clock)
        bus.lose_power()
        with pytest.raises(OSError, match="lost power"):
            sensor.read()
        clock.now += 750
        assert sensor.read() == 21.0

    def test_power_lost_later_is_not_85_degrees_either(self, clock: Clock) -> None:
        bus, sensor = self.after_one_conversion(clock)
        assert sensor.read() == 21.0
        bus.lose_power()
        clock.now += 750
        with pytest.raises(OSError, match="lost power"):
            sensor.read()
        clock.now += 750
        assert sensor.read() == 21.0

    def test_a_machine_that_warms_up_to_85_degrees_is_believed(self, clock: Clock) -> None:
        bus, sensor = self.after_one_conversion(clock)
        seen = []
        for celsius in (81.0, 85.0, 85.0, 88.0, 88.0):
            bus.celsius = celsius
            seen.append(sensor.read())
            clock.now += 750
        assert seen == [81.0, 85.0, 85.0, 88.0, 88.0]

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

    def test_a_rare_reading_is_of_the_last_second_and_not_of_the_hour(self, clock: Clock) -> None:
        pin = Pin()
        sensor = Tachometer(pin=pin, falling=Pin.IRQ_FALLING, ticks_us=clock)
        clock.now += 3_599_000_000
        pin.pulse(17)
        sensor.prepare()
        clock.now += 1_000_000
        pin.pulse(40)
        assert sensor.read() == 1200.0

    def test_of_readings_seconds_apart_no_pulse_is_left_out(self, clock: Clock) -> None:
        pin = Pin()
        sensor = Tachometer(pin=pin, falling=Pin.IRQ_FALLING, ticks_us=clock)
        clock.now += 4_000_000
        pin.pulse(160)
        sensor.prepare()
        clock.now += 1_000_000
        assert sensor.read() == 960.0

    def test_twice_in_the_same_instant_is_no_speed(self, clock: Clock) -> None:
        sensor = Tachometer(pin=Pin(), falling=Pin.IRQ_FALLING, ticks_us=clock)
        with pytest.raises(OSError, match="same instant"):
            sensor.read()


class TestIna219:
    @pytest.mark.parametrize("ampere", [0.0, 1.08, 3.2, -0.5])
    def test_current_is_the_shunts_voltage_over_its_resistance(self, ampere: float) -> None:
        sensor = Ina219(i2c=I2c(Ina219Chip(ampere * 0.1), 0x40))
        assert sensor.read() == pytest.approx(ampere, abs=0.0001)

    def test_at_rest_a_little_below_zero_is_its_accuracy_and_no_news(self) -> None:
        said: list[str] = []
        sensor = Ina219(i2c=I2c(Ina219Chip(-0.0001), 0x40), say=said.append)
        for _reading in range(20):
            assert sensor.read() == pytest.approx(-0.001)
        assert said == []

    def test_swapped_wires_are_said_once(self) -> None:
        said: list[str] = []
        sensor = Ina219(i2c=I2c(Ina219Chip(-0.1), 0x40), say=said.append)
        for _reading in range(20):
            assert sensor.read() == pytest.approx(-1.0)
        assert said == ["INA219: the current is negative: are VIN+ and VIN- swapped?"]

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
