"""Machines of a file: what they are, and a sentence for each mistake in it."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets import get
from firmware.emulator import fleet_file
from firmware.emulator.kinds import Kind, all_ids
from firmware.emulator.options import parse
from firmware.emulator.spans import Span

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "fleet.toml"
MILL = {"type": "machine_tool", "id": "mill-1"}
OVEN = {"id": "oven-1", "channels": {"chamber": {"min": 178, "max": 186, "unit": "°C"}}}


def read(directory: Path, *machines: dict[str, Any], **said: Any) -> tuple[Kind, ...]:
    path = directory / "fleet.json"
    path.write_text(json.dumps({**said, "machines": machines}))
    return fleet_file.read(path)


def readings(kind: Kind, count: int = 900, seed: int = 3) -> list[dict[str, Any]]:
    machine = kind.create(seed)
    return [dict(machine.step(1.0)) for _ in range(count)]


# ---------------------------------------------------------------- the example


def test_the_example_says_who_they_are_how_often_they_measure_and_what_goes_wrong() -> None:
    east, hall, oven = fleet_file.read(EXAMPLE)
    assert east.device_ids() == ["mill-east", "mill-west"]
    assert hall.device_ids()[0] == "hall2-mill-01"
    assert hall.device_ids()[-1] == "hall2-mill-20"
    assert {kind.asset for kind in (east, hall)} == {"machine_tool"}
    assert oven.asset == "generic"
    assert [kind.rate_hz for kind in (east, hall, oven)] == [0.2, 0.2, 1.0]
    assert [kind.plan.kind for kind in (east, hall, oven) if kind.plan] == [
        "random",
        "steps",
        "steps",
    ]
    assert {kind.seed for kind in (east, hall, oven)} == {7}


def test_the_same_as_json_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(tomllib.loads(EXAMPLE.read_text())))
    assert fleet_file.read(path) == fleet_file.read(EXAMPLE)


def test_the_command_line_starts_it_and_says_the_rest() -> None:
    options = parse(["--fleet-file", str(EXAMPLE), "--seed", "4", "--rate", "2"])
    assert options.device_ids() == all_ids(fleet_file.read(EXAMPLE))
    assert {options.seed_of(kind) for kind in options.kinds} == {7}
    assert [len(kinds) for kinds in options.by_plan()] == [1, 1, 1]


def test_what_nobody_says_is_as_the_whole_fleet_has_it(tmp_path: Path) -> None:
    kinds = read(tmp_path, MILL, OVEN)
    assert {(kind.rate_hz, kind.plan, kind.seed) for kind in kinds} == {(None, None, None)}
    own = read(tmp_path, {**MILL, "interval_s": 10, "seed": 2}, OVEN, interval_s=5, seed=1)
    assert [(kind.rate_hz, kind.seed) for kind in own] == [(0.1, 2), (0.2, 1)]


def test_a_plan_that_the_file_has_for_all_is_one_plan_for_all(tmp_path: Path) -> None:
    mills = [{**MILL, "id": f"mill-{at}"} for at in range(6)]
    read(tmp_path, *mills, {**OVEN, "faults": "drift@3"}, faults="random")
    options = parse(["--fleet-file", str(tmp_path / "fleet.json")])
    assert [all_ids(kinds) for kinds in options.by_plan()] == [
        [mill["id"] for mill in mills],
        ["oven-1"],
    ]


def test_two_thousand_of_one_kind_are_one_line(tmp_path: Path) -> None:
    (mills,) = read(tmp_path, {"type": "machine_tool", "prefix": "mill", "count": 2000})
    assert mills.device_ids()[0] == "mill-0001"
    assert len(set(mills.device_ids())) == 2000


# ---------------------------------------------------------------- where values lie


def test_a_machine_of_a_type_lies_where_the_file_says_and_the_rest_stays(tmp_path: Path) -> None:
    spans = {"temperature": {"min": 60, "max": 64}}
    (moved,) = read(tmp_path, {**MILL, "channels": spans})
    (plain,) = read(tmp_path, MILL)
    seen, usual = readings(moved), readings(plain)
    assert all(60 <= each["temperature"] <= 64 for each in seen)
    assert [each["power"] for each in seen] == [each["power"] for each in usual]
    assert moved.create(1).truth == "normal"


def test_what_a_fault_does_goes_beyond_and_never_further_than_can_be(tmp_path: Path) -> None:
    spans = {"vibration": {"min": 0, "max": 60}}
    (kind,) = read(tmp_path, {**MILL, "channels": spans})
    machine = kind.create(3)
    machine.inject("bearing")
    seen = [machine.step(1.0)["vibration"] for _ in range(600)]
    assert 60 < max(seen) <= get("machine_tool").by_name["vibration"].high


@given(
    least=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e6),
    seed=st.integers(0, 1000),
)
def test_a_machine_of_no_type_stays_between_its_ends(least: float, width: float, seed: int) -> None:
    most = least + width
    kind = Kind(asset="generic", devices=1, ids=("a",), spans={"x": Span(least=least, most=most)})
    seen = [each["x"] for each in readings(kind, 60, seed)]
    assert all(least - 0.02 * width <= value <= most + 0.02 * width for value in seen)
    assert len(set(seen)) > 1


@pytest.mark.parametrize("fault", ["drift", "spikes"])
def test_a_fault_of_a_machine_of_no_type_goes_beyond_its_ends(fault: str, tmp_path: Path) -> None:
    (kind,) = read(tmp_path, {**OVEN, "faults": f"{fault}@3"})
    machine = kind.create(1)
    machine.inject(fault)
    assert max(machine.step(1.0)["chamber"] for _ in range(120)) > 188
    assert machine.truth == fault
    machine.clear()
    for _ in range(120):
        machine.step(1.0)
    assert machine.truth == "normal"


def test_a_stuck_sensor_of_a_machine_of_no_type_repeats_itself(tmp_path: Path) -> None:
    (kind,) = read(tmp_path, OVEN)
    machine = kind.create(1)
    machine.step(1.0)
    machine.inject("stuck_sensor")
    assert len({machine.step(1.0)["chamber"] for _ in range(20)}) == 1
    with pytest.raises(ValueError, match="drift, spikes, stuck_sensor"):
        machine.inject("bearing")


def test_a_machine_moved_to_its_own_band_is_where_it_was(tmp_path: Path) -> None:
    channels = get("machine_tool").channels
    spans = {each.name: {"min": each.normal[0], "max": each.normal[1]} for each in channels}
    (kind,) = read(tmp_path, {**MILL, "channels": spans})
    (plain,) = read(tmp_path, MILL)
    for moved, usual in zip(readings(kind, 50), readings(plain, 50), strict=True):
        for name in spans:
            assert moved.pop(name) == pytest.approx(usual.pop(name), rel=1e-6, abs=1e-6)
        assert moved == usual


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ({"type": "machine_tool"}, "it needs id"),
        ({**MILL, "ids": ["b"]}, "it needs id"),
        ({"type": "fan", "prefix": "a"}, "it needs id"),
        ({"type": "fan", "prefix": "a", "count": 0}, "count must be 1 to 10000, not 0"),
        ({"type": "fan", "prefix": "a", "count": 10_001}, "count must be"),
        ({"type": "fan", "id": "a b"}, "'a b' is no id"),
        ({"type": "fan", "ids": ["a", "a"]}, "a is there twice"),
        ({**MILL, "interval_s": 0}, "interval_s is 0"),
        ({**MILL, "interval_s": "5"}, "interval_s"),
        ({**MILL, "intervall_s": 5}, "intervall_s"),
        ({**MILL, "faults": "overcurrent@3"}, "tool_wear, bearing"),
        ({**MILL, "faults": "bearing"}, "NAME@SECONDS"),
        ({**MILL, "channels": {"humidity": {"min": 1, "max": 2}}}, "no channel 'humidity'"),
        ({**MILL, "channels": {"rpm": {"min": 2, "max": 1}}}, r"min \(2\) must be less"),
        ({**MILL, "channels": {"rpm": {"min": -1, "max": 10}}}, "is not within what"),
        ({**MILL, "channels": {"rpm": {"min": 1, "max": 9, "unit": "Hz"}}}, "leave them out"),
        ({**MILL, "channels": {"rpm": {"min": 1}}}, "max"),
        ({"id": "a"}, "it has no type: say of each channel its min and max"),
        ({"id": "a", "type": "lathe"}, "no virtual machine of type lathe"),
        ({**OVEN, "faults": "bearing@3"}, "drift, spikes, stuck_sensor"),
        ({**OVEN, "channels": {"c": {"min": 1, "max": 2, "decimals": 12}}}, "decimals must be"),
    ],
)
def test_a_mistake_is_said_with_its_place(
    machine: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        read(tmp_path, machine)
    assert str(raised.value).startswith("fleet.json")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("fleet.toml", "machines = 3", "machines is a whole number; it must be a list"),
        ("fleet.toml", "[[machines]", "is not TOML"),
        ("fleet.toml", "", r"has no \[\[machines\]\]"),
        ("fleet.toml", "colour = 1", "colour"),
        ("fleet.json", "{", "is not JSON"),
        ("fleet.json", "[]", "holds no table"),
        ("fleet.json", "[" * 100_000, "nested too deep|not JSON"),
    ],
)
def test_a_file_that_is_none_is_refused(name: str, text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=words):
        fleet_file.read(tmp_path / name)


def test_a_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(["--fleet-file", str(tmp_path / "none.toml")])
    assert "none.toml cannot be read: No such file" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        parse(["--fleet-file", str(EXAMPLE), "--devices", "3"])
    assert "leave out --devices" in capsys.readouterr().err
