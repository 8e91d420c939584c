"""Every entry of the catalogue holds what the rest of the project relies on."""

import importlib
import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

from contract.assets import CATALOGUE, get, matching
from contract.assets.flaws import flaws
from contract.assets.mistakes import mistakes
from contract.assets.words import Asset
from contract.errors import NotFound
from contract.language.program import program_of
from contract.topics import is_name
from gateway.twin import kpi

ASSETS = sorted(CATALOGUE.values(), key=lambda asset: asset.name)
SIMULATED = [asset for asset in ASSETS if importlib.util.find_spec(f"firmware.models.{asset.name}")]


each_asset = pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.name)


def test_there_is_something_in_the_catalogue() -> None:
    assert ASSETS


@each_asset
def test_asset_is_found_by_its_name_and_recognised_by_its_channels(asset: Asset) -> None:
    assert get(asset.name) is asset
    assert is_name(asset.name)
    assert matching(frozenset(asset.by_name)) is asset
    assert matching(frozenset(channel.name for channel in asset.required)) is asset


def test_unknown_asset_names_those_there_are() -> None:
    with pytest.raises(NotFound, match=min(CATALOGUE)):
        get("no_such_thing")


@each_asset
def test_something_is_a_headline(asset: Asset) -> None:
    assert any(entry.headline for entry in asset.kpis)


@each_asset
def test_nothing_in_it_is_well_formed_and_cannot_be_meant(asset: Asset) -> None:
    assert mistakes(asset) == []


@each_asset
def test_its_formulas_can_be_worked_out(asset: Asset) -> None:
    """Each name in them is one of its own, and each unit what it says (or the sentence why not)."""
    assert program_of(asset).id


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
def test_all_of_it_holds_together(asset: Asset) -> None:
    assert flaws(asset) == []


@each_asset
def test_a_rule_of_a_kpi_is_one_of_the_twin(asset: Asset) -> None:
    for entry in asset.kpis:
        if entry.rule:
            assert kpi.RULES[entry.rule] is getattr(kpi, entry.rule)


@each_asset
def test_every_class_is_found_by_name(asset: Asset) -> None:
    assert [asset.fault(entry.name) for entry in asset.classes] == list(asset.classes)


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
