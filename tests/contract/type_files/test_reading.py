"""A file in the words of the catalogue is a type; what is wrong with it is told in a sentence."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.assets.words import Asset, Running
from contract.errors import WrongType
from contract.language.program import program_of
from contract.type_files.reading import parse
from tests.own_types import LEAST

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "compressor.toml"
HUMIDITY = "[[channels]] 'humidity'"


def read(text: str) -> Asset:
    return parse(text, name="greenhouse")


def test_the_example_says_what_its_type_in_python_would() -> None:
    asset = parse(EXAMPLE.read_text(encoding="utf-8"), name="compressor")
    assert asset.running == Running(channel="motor_current", above=2.0)
    assert asset.by_name["pressure"].limits[0].severity == "Critical"
    assert asset.by_name["discharge_temperature"].accuracy == 0.5
    assert asset.states[0].elements == {
        "loaded": "producing",
        "unloaded": "standby",
        "stopped": None,
    }
    assert asset.events[0].fields == (("volume", "L"),)
    assert program_of(asset).formulas.kpis.keys() == {kpi.name for kpi in asset.kpis}


def test_times_follow_from_the_rate_where_nothing_is_said_of_them() -> None:
    asset = read(LEAST)
    assert (asset.max_gap_s, asset.stale_after_s, asset.window_s) == (30.0, 50.0, 150.0)
    said = read(LEAST.replace("nominal_rate_hz", "max_gap_s = 60\nnominal_rate_hz"))
    assert (said.max_gap_s, said.stale_after_s) == (60.0, 60.0)


def test_a_supply_of_stated_voltage_brings_power_energy_and_cost() -> None:
    current = '[[channels]]\nname = "amps"\nkind = "current"\ntitle = "Current"\n'
    current += "normal = [0, 2]\nhigh = 20\n"
    asset = read(f'{LEAST}{current}[power]\nvolts = 24\nof = "amps"\n')
    assert {"power", "energy", "cost", "co2"} <= {kpi.role for kpi in asset.kpis}
    assert asset.derived[0].formula == "supply_voltage * amps"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{LEAST}[power]\nvolts = 0\n", "[power]: volts must be more than 0"),
        (f"{LEAST}[power]\nof = 'amps'\n", "[power]: it lacks volts"),
        ("[asset", "it is not TOML: "),
        ("", "it has no [asset]"),
        ("asset = 3", "[asset] is a table"),
        (
            LEAST.replace("title", "titel", 1),
            "[asset]: 'titel' is no word here (is 'title' meant?)",
        ),
        (
            LEAST + "colour = 1",
            f"{HUMIDITY}: 'colour' is no word here (there are accuracy, decimals",
        ),
        (LEAST + "[[chanels]]", "the file: 'chanels' is no word here (is 'channels' meant?)"),
        (LEAST.replace("low = 0", 'low = "0"'), f"{HUMIDITY}: low is a text; it must be a number"),
        (LEAST.replace("unit", "# unit"), f"{HUMIDITY}: it lacks unit"),
        (LEAST.replace("nominal_rate_hz", "# "), "[asset] lacks nominal_rate_hz"),
        (LEAST.replace("0.1", "0"), "nominal_rate_hz must be more than 0"),
        (LEAST.replace("0.1", "-1"), "nominal_rate_hz must be more than 0"),
        (LEAST.replace("100", "inf"), "a number in it is too large"),
        (LEAST.replace("[30, 60]", "[60, 30]"), "humidity: its normal band (60 to 30) must lie"),
        (LEAST.replace('"humidity"', '"hum idity"'), "'hum idity' is no name"),
        (LEAST + 'kind = "temprature"', "there is no kind 'temprature' (is 'temperature' meant?)"),
        (LEAST + "optional = true", "it needs at least one channel that every reading has"),
        (LEAST.replace("Greenhouse", "g" * 2000), "more than 1000 characters"),
        (LEAST + "[[channels]]\n" * 101, "a list in it has 102 entries"),
        (
            LEAST.replace("[asset]", '[asset]\nname = "other"'),
            "[asset]: the name of a type is that of its file, 'greenhouse'",
        ),
        (
            LEAST + 'limits = [{ side = "above", at = 70 }]',
            f"{HUMIDITY}: limits[0].side: Invalid enum value 'above'; it is one of high, low",
        ),
        (
            LEAST + '[[states]]\nname = "door"\ntitle = "Door"\n'
            'values = [{ name = "open", title = "Open", time_element = "idle" }]',
            "values[0].time_element: Invalid enum value 'idle'; it is one of producing,",
        ),
        (
            LEAST + 'limits = [{ side = "high", att = 70 }]',
            f"{HUMIDITY}, limits: 'att' is no word here (is 'at' meant?)",
        ),
        (
            LEAST.replace("100", "1e6"),
            "humidity: 0 to 1e+06 % is more than 100 times its normal band",
        ),
        (
            LEAST + '[[kpis]]\nname = "wet_h"\ntitle = "Wet"\nunit = "h"\n'
            'formula = "time(humidty > 80)"',
            "KPI 'wet_h' = `time(humidty > 80)`: `humidty` is not known here",
        ),
        (
            LEAST + '[[kpis]]\nname = "wet_h"\ntitle = "Wet"\nunit = "kWh"\n'
            'formula = "time(humidity > 80)"',
            "KPI 'wet_h'",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(WrongType) as refused:
        read(text)
    assert words in str(refused.value)


_parts = st.sampled_from([*EXAMPLE.read_text(encoding="utf-8").split("\n\n"), "", "[", "[[kpis]]"])


@settings(max_examples=30)
@given(st.lists(_parts, max_size=12))
def test_no_file_does_anything_but_be_taken_or_refused(parts: list[str]) -> None:
    with contextlib.suppress(WrongType):
        parse("\n\n".join(parts), name="compressor")


@given(st.text(max_size=300))
def test_no_text_does_either(text: str) -> None:
    with contextlib.suppress(WrongType):
        read(text)
        read(LEAST + text)
