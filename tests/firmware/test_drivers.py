"""Inputs of any machine in site.toml: what the board is told, and a sentence on what is wrong."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import site
from firmware.chips import CHIPS
from firmware.errors import SiteError
from tests.firmware.inputs import (
    ALL,
    BASE,
    LEVEL,
    LITRES,
    METER,
    PRESSURE,
    STATE,
    TOWER,
    read,
    told,
)


def test_a_board_of_a_type_without_a_model_has_the_channels_that_are_measured(
    tmp_path: Path,
) -> None:
    content = told(tmp_path, ALL)
    assert content["asset"] == "press"
    assert content["channels"] == [
        ["state", "", "state", 0],
        ["litres", "L", "counter", 3],
        ["level", "%", "measurement", 2],
        ["pressure", "bar", "measurement", 3],
        ["supply", "V", "measurement", 1],
        ["power", "W", "measurement", 1],
        ["meter", "kWh", "counter", 3],
    ]


def test_the_board_is_told_what_its_drivers_take(tmp_path: Path) -> None:
    assert told(tmp_path, ALL)["sensors"] == {
        "state": {
            "driver": "digital",
            "inputs": [{"pin": 25, "state": "running"}],
            "off": "idle",
            "active_low": True,
            "pull": "up",
            "debounce_ms": 20,
        },
        "litres": {
            "driver": "pulses",
            "pin": 27,
            "numerator": 1,
            "denominator": 450,
            "decimals": 3,
            "active_low": True,
            "pull": "up",
            "debounce_ms": 5.0,
        },
        "level": {
            "driver": "voltage_input",
            "pin": 33,
            "low": 0.0,
            "high": 100.0,
            "divider": 0.23,
            "from_v": 0.0,
            "to_v": 10.0,
        },
        "pressure": {
            "driver": "current_loop",
            "pin": 34,
            "low": 0.0,
            "high": 16.0,
            "shunt_ohm": 100.0,
        },
        "meter": {
            "driver": "pzem004t",
            "tx": 17,
            "rx": 16,
            "address": 0xF8,
            "channels": {"supply": "voltage", "power": "power", "meter": "energy_kwh"},
        },
    }


@pytest.mark.parametrize(
    ("written", "numerator", "denominator", "decimals"),
    [
        ("1", 1, 1, 0),
        ("0.1", 1, 10, 3),
        ("10", 10, 1, 0),
        ('"3/7"', 3, 7, 3),
        ("0.2794", 1397, 5000, 3),
    ],
)
def test_units_of_a_pulse_are_taken_as_they_are_written(
    tmp_path: Path, written: str, numerator: int, denominator: int, decimals: int
) -> None:
    pulses = told(tmp_path, LITRES.replace('"1/450"', written))["sensors"]["litres"]
    assert (pulses["numerator"], pulses["denominator"]) == (numerator, denominator)
    assert pulses["decimals"] == decimals


def test_an_input_that_is_active_high_is_pulled_down_unless_told_otherwise(tmp_path: Path) -> None:
    text = STATE + "active_low = false\n"
    assert told(tmp_path, text)["sensors"]["state"]["pull"] == "down"
    assert told(tmp_path, text + 'pull = "none"')["sensors"]["state"]["pull"] == "none"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (STATE.replace('on = "running"\n', ""), r"sensors\.state: pin and on are missing"),
        (TOWER + "pin = 4\n", "inputs stands for pin and on"),
        (STATE.replace('"idle"', '"running"'), "off = 'running' must be another state"),
        (STATE.replace('"idle"', '"Not In Use"'), r"sensors\.state\.off: must be small letters"),
        (STATE + "debounce_ms = -1\n", r"sensors\.state\.debounce_ms: "),
        (STATE + 'pull = "sideways"\n', r"sensors\.state\.pull: "),
        (LITRES.replace('"1/450"', "0"), "units_per_pulse = 0 must be a number above 0"),
        (LITRES.replace('"1/450"', '"a few"'), "units_per_pulse = 'a few' must be a number"),
        (LITRES.replace('"1/450"', '"1/0"'), "units_per_pulse = '1/0' must be a number"),
        (LITRES.replace('unit = "L"\n', ""), r"sensors\.litres: .*`unit`"),
        (LITRES + "debounce_ms = 0\n", r"sensors\.litres\.debounce_ms: "),
        (LEVEL.replace("high = 100", "high = 0"), r"sensors\.level: low and high .* must differ"),
        (LEVEL.replace("divider = 0.23\n", ""), r"sensors\.level: .*`divider`"),
        (LEVEL + "from_v = 10\n", "from_v must be below to_v"),
        (LEVEL + "decimals = 7\n", r"sensors\.level\.decimals: "),
        (PRESSURE.replace("shunt_ohm = 100\n", ""), r"sensors\.pressure: .*`shunt_ohm`"),
        (METER.replace('"power" ', '"colour" ').replace('"power",', '"colour",'), "'colour'"),
        (METER.partition("channels")[0] + "channels = {}\n", "channels is empty: name some"),
        (METER.partition("channels")[0], r"sensors\.meter: .*`channels`"),
        (METER + "address = 0\n", r"sensors\.meter\.address: "),
        (METER + "address = 249\n", r"sensors\.meter\.address: "),
        (LEVEL.replace("sensors.level", "sensors.Level"), r"sensors\.Level: a channel is called"),
        (LEVEL.replace("sensors.level", "sensors.power") + METER, "power is measured by two"),
        ('[sensors."x y"]\ndriver = "ntc"\npin = 32\n', "a channel is called by small letters"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SiteError, match=words):
        read(tmp_path, BASE + text)


def test_of_a_type_without_a_model_nothing_is_simulated_or_left_out(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="simulate and leave_out must be empty"):
        read(tmp_path, 'simulate = ["level"]\n' + BASE + STATE)


def test_a_board_of_a_type_without_a_model_needs_sensors(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"of type press; a real one needs \[sensors\]"):
        read(tmp_path, BASE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (STATE.replace("state]", "temperature]"), "temperature is a measurement, not a state"),
        (LITRES.replace("litres]", "rpm]"), "rpm is a measurement, not a counter"),
        (LEVEL.replace("level]", "temperature]"), "it measures %, and temperature is in °C"),
    ],
)
def test_what_a_type_has_otherwise_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SiteError, match=words):
        read(tmp_path, BASE.replace('"press"', '"fan"') + text)


DISPENSER = (
    'simulate = ["flow", "tank_level", "hot_temperature", "cold_temperature", "hot_set_point"]\n'
    + BASE.replace('"press"', '"dispenser"')
    + STATE.replace('"running"', '"dispensing"')
    + LITRES
    + METER.replace('supply = "voltage", ', "").replace("meter = ", "energy = ")
)


def test_states_and_counters_of_a_type_are_measured_too(tmp_path: Path) -> None:
    wanted = read(tmp_path, DISPENSER)
    content = json.loads(site.settings(wanted, CHIPS["esp32"], update_key=b""))
    kinds = {name: kind for name, _unit, kind, _decimals in content["channels"]}
    assert [name for name in kinds if kinds[name] == "state"] == ["state"]
    assert [name for name in kinds if kinds[name] == "counter"] == ["litres", "energy"]
    assert content["nominal_hz"] == 1.0


def test_a_value_that_a_types_state_never_has_is_named(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="state of a dispenser is never 'boiling', only idle"):
        read(tmp_path, DISPENSER.replace('"dispensing"', '"boiling"'))


@given(st.text(max_size=20))
def test_any_units_of_a_pulse_are_a_number_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, units: str
) -> None:
    path = tmp_path_factory.mktemp("any")
    try:
        pulses = told(path, LITRES.replace('"1/450"', json.dumps(units)))["sensors"]["litres"]
    except SiteError:
        return
    assert 0 < pulses["numerator"] <= 10**18
    assert 0 < pulses["denominator"] <= 10**9
