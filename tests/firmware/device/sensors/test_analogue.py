"""0-10 V and 4-20 mA: the quantity where there is one, a sentence where there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.sensors.current_loop import CurrentLoop
from firmware.device.sensors.voltage_input import VoltageInput
from tests.firmware.device.sensors.buses import Adc


def voltage(signal_v: float, **options: float) -> VoltageInput:
    adc = Adc(signal_v * 0.25 / 3.3)
    return VoltageInput(adc=adc, divider=0.25, **{"low": 0.0, "high": 100.0} | options)


def loop(current_ma: float, **options: float) -> CurrentLoop:
    adc = Adc(current_ma * 0.1 / 3.3)
    return CurrentLoop(adc=adc, shunt_ohm=100.0, **{"low": 0.0, "high": 16.0} | options)


class TestVoltageInput:
    @pytest.mark.parametrize(("signal_v", "percent"), [(0, 0), (2.5, 25), (10, 100), (10.4, 104)])
    def test_it_undoes_the_divider(self, signal_v: float, percent: float) -> None:
        assert voltage(signal_v).read() == pytest.approx(percent, abs=0.01)

    @pytest.mark.parametrize(("signal_v", "celsius"), [(0, -50), (5, 50), (10, 150)])
    def test_its_range_may_begin_anywhere(self, signal_v: float, celsius: float) -> None:
        sensor = voltage(signal_v, low=-50.0, high=150.0)
        assert sensor.read() == pytest.approx(celsius, abs=0.02)

    def test_a_quantity_may_fall_as_the_voltage_rises(self) -> None:
        assert voltage(2, low=10.0, high=0.0).read() == pytest.approx(8, abs=0.01)

    def test_a_cut_wire_is_told_where_the_range_begins_above_0(self) -> None:
        assert voltage(2, from_v=2.0).read() == pytest.approx(0, abs=0.02)
        with pytest.raises(OSError, match=r"0\.00 V is below its range; is a wire cut\?"):
            voltage(0, from_v=2.0).read()

    def test_more_than_the_range_is_no_measurement(self) -> None:
        with pytest.raises(OSError, match=r"10\.60 V is above its range"):
            voltage(10.6).read()

    def test_an_adc_at_its_limit_is_named(self) -> None:
        with pytest.raises(OSError, match="limit; check the divider"):
            voltage(14).read()


class TestCurrentLoop:
    @pytest.mark.parametrize(("current_ma", "bar"), [(4, 0), (12, 8), (20, 16), (20.5, 16.5)])
    def test_4_to_20_ma_are_the_range(self, current_ma: float, bar: float) -> None:
        assert loop(current_ma).read() == pytest.approx(bar, abs=0.002)

    @pytest.mark.parametrize(("current_ma", "bar"), [(3.62, -0.38), (20.98, 16.98)])
    def test_up_to_the_limits_of_ne_43_it_measures(self, current_ma: float, bar: float) -> None:
        assert loop(current_ma).read() == pytest.approx(bar, abs=0.002)

    @pytest.mark.parametrize("current_ma", [0.0, 3.58])
    def test_below_3_6_ma_the_loop_is_faulty(self, current_ma: float) -> None:
        words = rf"{current_ma:.2f} mA is a fault of the loop \(NE 43: below 3\.6 mA\)"
        with pytest.raises(OSError, match=words):
            loop(current_ma).read()

    def test_above_21_ma_the_loop_is_faulty(self) -> None:
        with pytest.raises(OSError, match=r"21\.02 mA is a fault of the loop \(NE 43: above 21"):
            loop(21.02).read()

    def test_a_short_to_the_supply_is_faulty_too(self) -> None:
        with pytest.raises(OSError, match="more than the ADC can tell is a fault of the loop"):
            loop(240).read()

    @given(st.floats(0, 60))
    def test_any_current_is_a_value_within_ne_43_or_a_sentence(self, current_ma: float) -> None:
        try:
            value = loop(current_ma).read()
        except OSError:
            assert current_ma < 3.601 or current_ma > 20.999
        else:
            assert -0.402 <= value <= 17.002


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"low": 5.0, "high": 5.0}, "must not be empty"),
        ({"from_v": 10.0, "to_v": 0.0}, "must rise"),
    ],
)
def test_a_range_that_is_none_is_refused(options: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        voltage(1, **options)
