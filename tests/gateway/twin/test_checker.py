"""What an asset type cannot have measured costs its channel, and nothing else of the reading."""

import json
from typing import Any

import pytest

from contract import assets
from contract.errors import Rejected
from contract.messages import Reading
from gateway.ingest.validate import decode
from gateway.twin.checker import MOST_ASIDE, Checker
from tests.gateway.rig import VALUES, reading

FAN = assets.get("fan")
CHECKER = Checker(FAN)
REQUIRED = [channel.name for channel in FAN.required]


def checked(**changes: Any) -> Reading:
    [item] = decode(json.dumps(reading(1, **changes)).encode())
    assert isinstance(item, Reading)
    CHECKER.check(item)
    return item


def refused(**changes: Any) -> Rejected:
    with pytest.raises(Rejected) as caught:
        checked(**changes)
    assert (caught.value.epoch, caught.value.seq) == ("9f2c41aa-1", 1)
    return caught.value


def test_what_the_asset_type_has_passes_with_and_without_its_optional_channel() -> None:
    for values in (VALUES, VALUES | {"ambient": 21.0}):
        item = checked(values=values)
        assert (item.values, item.aside) == (values, None)


@pytest.mark.parametrize("name", VALUES)
def test_bounds_belong_to_the_range_and_its_sensors_error_is_clipped(name: str) -> None:
    channel = FAN.by_name[name]
    for bound, side in ((channel.low, -1), (channel.high, 1)):
        for beyond in (0.0, channel.accuracy * 0.99):
            item = checked(values=VALUES | {name: bound + side * beyond})
            assert (item.values[name], item.aside) == (bound, None)
        item = checked(values=VALUES | {name: bound + side * (channel.accuracy + 1e-6)})
        assert item.aside is not None
        assert name not in item.values
        assert item.values == {k: v for k, v in VALUES.items() if k != name}
        assert item.aside[name].reason == "out_of_range"
        assert item.aside[name].detail.startswith(name)


@pytest.mark.parametrize("values", [{"current": -0.001}, {"current": 0.0}])
def test_a_current_sensor_at_rest_reads_zero(values: dict[str, float]) -> None:
    assert checked(values=VALUES | values).values["current"] == 0.0


def test_a_current_sensor_the_wrong_way_round_is_told_as_such() -> None:
    item = checked(values=VALUES | {"current": -1.03})
    assert item.aside is not None
    assert "the other way round" in item.aside["current"].detail


def test_a_surplus_channel_is_kept_and_named() -> None:
    item = checked(values=VALUES | {"humidity": 41.0, "power": 13.1})
    assert item.values == VALUES
    assert item.aside is not None
    assert {name: aside.value for name, aside in item.aside.items()} == {
        "humidity": 41.0,
        "power": 13.1,
    }
    assert "no channel 'humidity'" in item.aside["humidity"].detail


def test_a_bad_optional_channel_is_set_aside() -> None:
    item = checked(values=VALUES | {"ambient": 99.0})
    assert (item.values, list(item.aside or {})) == (VALUES, ["ambient"])


@pytest.mark.parametrize("name", [*VALUES, "ambient"])
def test_any_part_of_the_channels_is_a_reading(name: str) -> None:
    values = {name: 20.0}
    item = checked(values=values)
    assert (item.values, item.aside) == (values, None)


@pytest.mark.parametrize("values", [{}, {"humidity": 41.0}, {"humidity": "wet"}])
def test_a_reading_without_a_channel_of_its_type_is_refused(values: dict[str, Any]) -> None:
    error = refused(values=values)
    assert error.reason == "missing_channel"
    assert "no channel of a fan is in it" in error.detail
    assert all(name in error.detail for name in values)


def test_where_no_channel_is_left_the_reading_is_refused() -> None:
    assert refused(values=dict.fromkeys(REQUIRED, 1e9)).reason == "out_of_range"
    for nothing in (None, "off"):
        error = refused(values=dict.fromkeys(REQUIRED, nothing))
        assert error.reason == "not_a_number"
        assert all(name in error.detail for name in REQUIRED)
    mixed = dict.fromkeys(REQUIRED, 1e9) | {"rpm": "off", "x": 1.0}
    assert refused(values=mixed).reason == "out_of_range"


def test_surplus_channels_have_a_bound() -> None:
    surplus = {f"x{number}": 1.0 for number in range(MOST_ASIDE + 1)}
    assert refused(values=VALUES | surplus).reason == "too_many"
    surplus.popitem()
    assert len(checked(values=VALUES | surplus).aside or {}) == MOST_ASIDE


def test_an_unknown_truth_is_refused() -> None:
    assert refused(truth="dragon").reason == "wrong_shape"


def test_fits_is_about_names_and_kinds_only() -> None:
    assert CHECKER.fits(VALUES)
    assert CHECKER.fits(VALUES | {"ambient": 1e9})
    assert CHECKER.fits({"rpm": 1.0})  # the others may have been set aside
    assert not CHECKER.fits(VALUES | {"x": 1.0})
    assert not CHECKER.fits(VALUES | {"rpm": "fast"})  # a state, before the catalogue changed
