"""Every entry of the catalogue holds what the rest of the project relies on."""

import importlib
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from contract.assets import CATALOGUE, DRAFTS, get, matching
from contract.assets.mistakes import mistakes
from contract.assets.words import AlarmSeverity, Asset, Channel, Fault, Limit, Severity
from contract.errors import NotFound
from contract.topics import is_name
from gateway.twin import kpi

ASSETS = sorted((CATALOGUE | DRAFTS).values(), key=lambda asset: asset.name)
CHANNELS = [(asset, channel) for asset in ASSETS for channel in asset.channels]
LIMITS = [(channel, limit) for _, channel in CHANNELS for limit in channel.limits]
FAULTS = [(asset, fault) for asset in ASSETS for fault in asset.faults]
SIMULATED = [asset for asset in ASSETS if importlib.util.find_spec(f"firmware.models.{asset.name}")]


each_asset = pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.name)
each_channel = pytest.mark.parametrize(
    ("asset", "channel"), CHANNELS, ids=[f"{a.name}-{c.name}" for a, c in CHANNELS]
)
each_limit = pytest.mark.parametrize(
    ("channel", "limit"), LIMITS, ids=[f"{c.name}-{limit.side}" for c, limit in LIMITS]
)
each_fault = pytest.mark.parametrize(
    ("asset", "fault"), FAULTS, ids=[f"{a.name}-{f.name}" for a, f in FAULTS]
)


def test_there_is_something_in_the_catalogue() -> None:
    assert ASSETS


@pytest.mark.parametrize("asset", CATALOGUE.values(), ids=lambda asset: asset.name)
def test_asset_is_found_by_its_name_and_recognised_by_its_channels(asset: Asset) -> None:
    assert get(asset.name) is asset
    assert is_name(asset.name)
    assert matching(frozenset(asset.by_name)) is asset
    assert matching(frozenset(channel.name for channel in asset.required)) is asset


def test_unknown_asset_names_those_there_are() -> None:
    with pytest.raises(NotFound, match=min(CATALOGUE)):
        get("no_such_thing")


@each_asset
@pytest.mark.parametrize("part", ["channels", "kpis", "classes"])
def test_names_are_unique(asset: Asset, part: str) -> None:
    names = [entry.name for entry in getattr(asset, part)]
    assert len(names) == len(set(names))


@each_asset
def test_something_is_required_and_something_is_a_headline(asset: Asset) -> None:
    assert asset.required
    assert any(entry.headline for entry in asset.kpis)


@each_asset
def test_nothing_in_it_is_well_formed_and_cannot_be_meant(asset: Asset) -> None:
    assert mistakes(asset) == []


# Compiled into the dashboard's own files; the class of each icon is its name.
ICON = re.compile(r"\.(mdi-[a-z0-9-]+):{1,2}before")
STYLES = (
    Path(__file__).parents[3] / "node-red/node_modules/@flowfuse/node-red-dashboard/dist/assets"
)


@cache
def icons() -> frozenset[str]:
    styles = "".join(path.read_text(encoding="utf-8") for path in STYLES.glob("*.css"))
    return frozenset(ICON.findall(styles))


@each_asset
def test_the_dashboard_has_its_icon(asset: Asset) -> None:
    assert icons(), "`make setup-dev` installs the dashboard, whose font has the icons"
    assert asset.icon in icons()


@each_asset
def test_times_fit_each_other(asset: Asset) -> None:
    period_s = 1.0 / asset.nominal_rate_hz
    assert period_s < asset.max_gap_s <= asset.stale_after_s
    assert 2 * period_s <= asset.window_s <= 100 * period_s


@each_channel
def test_possible_values_enclose_normal_ones(asset: Asset, channel: Channel) -> None:
    assert channel.low <= channel.normal[0] < channel.normal[1] <= channel.high
    assert channel.decimals >= 0
    assert channel.title
    assert channel.unit


@each_channel
def test_a_side_has_one_limit(asset: Asset, channel: Channel) -> None:
    sides = [limit.side for limit in channel.limits]
    assert len(sides) == len(set(sides))


@each_limit
def test_limit_lies_beyond_normal_and_within_possible(channel: Channel, limit: Limit) -> None:
    assert limit.side in {"high", "low"}
    if limit.side == "high":
        assert channel.normal[1] < limit.at < channel.high
    else:
        assert channel.low < limit.at < channel.normal[0]


@each_limit
def test_alarm_clears_on_the_way_back_to_normal(channel: Channel, limit: Limit) -> None:
    assert limit.hysteresis > 0
    if limit.side == "high":
        assert limit.at - limit.hysteresis >= channel.normal[1]
    else:
        assert limit.at + limit.hysteresis <= channel.normal[0]


@each_limit
def test_limit_says_how_grave_it_is_and_what_to_do(channel: Channel, limit: Limit) -> None:
    assert limit.delay_s >= 0
    assert limit.severity in get_args(AlarmSeverity)
    assert limit.advice.endswith(".")


@each_asset
def test_every_kpi_has_a_formula_or_a_rule(asset: Asset) -> None:
    for entry in asset.kpis:
        assert bool(entry.formula) != bool(entry.rule)
        if entry.rule:
            assert kpi.RULES[entry.rule] is getattr(kpi, entry.rule)


@each_asset
def test_kpi_names_are_unambiguous_beside_channels(asset: Asset) -> None:
    assert not {entry.name for entry in asset.kpis} & asset.by_name.keys()


@each_asset
def test_fault_codes_are_unique_and_positive(asset: Asset) -> None:
    codes = [fault.code for fault in asset.faults]
    assert len(codes) == len(set(codes))
    assert all(code > 0 for code in codes)


@each_asset
def test_every_class_is_found_by_name(asset: Asset) -> None:
    assert [asset.fault(entry.name) for entry in asset.classes] == list(asset.classes)


@each_fault
def test_fault_says_how_grave_it_is_and_what_to_do(asset: Asset, fault: Fault) -> None:
    assert fault.severity in set(get_args(Severity)) - {"None"}
    assert fault.label
    assert fault.advice.endswith(".")


@each_asset
def test_channels_that_rules_look_up_are_in_every_reading(asset: Asset) -> None:
    required = {channel.name for channel in asset.required}
    assert asset.running.channel in required
    if asset.supply is not None:
        assert asset.supply.current_channel in required
        assert asset.supply.voltage_v > 0
    if asset.thermal is not None:
        assert {asset.thermal.temperature_channel, asset.thermal.speed_channel} <= required
        assert asset.thermal.ambient_channel in {None, *asset.by_name}


@each_asset
def test_kpis_have_what_they_are_computed_from(asset: Asset) -> None:
    rules = {entry.rule for entry in asset.kpis}
    assert asset.supply is not None or not rules & {"dc_power", "energy", "co2", "cost"}
    assert asset.thermal is not None or not rules & {"cooling_rate", "thermal_efficiency_index"}


@pytest.mark.parametrize("asset", SIMULATED, ids=lambda asset: asset.name)
def test_the_virtual_machine_measures_what_the_catalogue_lists(asset: Asset) -> None:
    model = importlib.import_module(f"firmware.models.{asset.name}")
    assert dict(model.CHANNELS) == {channel.name: channel.unit for channel in asset.channels}
    assert set(model.FAULTS) == {fault.name for fault in asset.faults}


@pytest.mark.parametrize("asset", SIMULATED, ids=lambda asset: asset.name)
def test_the_virtual_machine_measures_as_often_and_as_finely_as_the_catalogue_says(
    asset: Asset,
) -> None:
    model = importlib.import_module(f"firmware.models.{asset.name}")
    assert getattr(model, "RATE_HZ", 5.0) == asset.nominal_rate_hz
    sent = getattr(model, "DECIMALS", {})
    for channel in asset.channels:
        assert sent.get(channel.name, 3) >= channel.decimals, channel.name


@pytest.mark.parametrize("asset", SIMULATED, ids=lambda asset: asset.name)
def test_a_healthy_virtual_machine_is_normal_and_possible(asset: Asset) -> None:
    machine = importlib.import_module(f"firmware.models.{asset.name}").Machine(7)
    for _ in range(200):
        values = machine.step(1.0 / asset.nominal_rate_hz)
        for channel in asset.channels:
            low, high = channel.normal
            assert channel.low <= values[channel.name] <= channel.high
            assert low <= values[channel.name] <= high, channel.name
