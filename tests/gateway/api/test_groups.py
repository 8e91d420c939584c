"""Machines together: who belongs to whom, and which figures they have in common."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from contract.assets import CATALOGUE
from contract.assets.words import Asset, Kpi
from contract.errors import Refused
from contract.language.answers import Answer
from contract.language.planned import Told
from contract.language.reasons import NOT_KEPT, NOT_MEASURED
from gateway.api.groups import (
    NOT_COMMON,
    OF_ONE,
    GroupBy,
    Member,
    check_known,
    figures_in_common,
    grouped,
    together,
)
from gateway.registry.fields import Fields
from tests.contract.assets.water import PROGRAM
from tests.gateway.api.workshop import FACTORS, MINUTE_MS, NOON_MS, Serve, Workshop

FAN = CATALOGUE["fan"]
DISPENSER = PROGRAM.words.asset
MEMBERS = (
    Member("fan-01", FAN, Fields(place="hall 2", group="cooling", tags=("old", "leased"))),
    Member("fan-02", FAN, Fields(place="hall 1", tags=("old",))),
    Member("water-1", DISPENSER, Fields(place="hall 1")),
)


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("device", {"fan-01": [0], "fan-02": [1], "water-1": [2]}),
        ("asset", {"dispenser": [2], "fan": [0, 1]}),
        ("location", {"hall 1": [1, 2], "hall 2": [0]}),
        ("group", {"cooling": [0], None: [1, 2]}),
        ("tag", {"leased": [0], "old": [0, 1], None: [2]}),
        ("site", {"workshop": [0, 1, 2]}),
    ],
)
def test_who_belongs_together(by: GroupBy, groups: dict[str | None, list[int]]) -> None:
    found = grouped(MEMBERS, by, site="workshop")
    assert list(found) == list(groups)
    for name, members in groups.items():
        assert found[name] == [MEMBERS[at] for at in members]


def names_in_common(assets: Sequence[Asset], names: Sequence[str] | None = None) -> list[str]:
    return [kpi.name for kpi in figures_in_common(assets, names)]


def test_types_that_differ_have_money_and_carbon_in_common() -> None:
    assert names_in_common([FAN]) == ["energy_wh", "co2_g", "cost", "running_h"]
    assert set(names_in_common([FAN, DISPENSER])) == {"co2_g", "cost"}
    assert names_in_common([FAN, DISPENSER], ["cost", "running_h"]) == ["cost"]


def test_the_same_name_in_another_unit_is_another_figure() -> None:
    other = replace(FAN, name="blower", kpis=tuple(map(_in_kilograms, FAN.kpis)))
    assert names_in_common([FAN, other]) == ["energy_wh", "cost"]


def _in_kilograms(kpi: Kpi) -> Kpi:
    return replace(kpi, unit="kg") if kpi.name == "co2_g" else kpi


def test_a_figure_that_nobody_has_is_told_with_those_there_are() -> None:
    check_known(["running_h", "oee_percent"], [FAN, DISPENSER])
    with pytest.raises(Refused, match=r"No machine has a KPI 'oee'; there are power_w, energy_wh"):
        check_known(["oee"], [FAN, DISPENSER])


def test_of_several_types_values_and_bounds_are_added() -> None:
    one, other = Told(Answer(2.0, 1.0, 3.0, 1.0)), Told(Answer(5.0, 5.0, None, 0.5))
    assert together([(one, 1), (other, 3)]) == Told(Answer(7.0, 6.0, None, 0.625))


def test_of_a_type_of_which_nothing_was_measured_only_the_bounds_count() -> None:
    one, silent = Told(Answer(2.0, 2.0, 2.0, 1.0)), Told(Answer(None, 0.0, 9.0, 0.0), NOT_MEASURED)
    assert together([(one, 1), (silent, 1)]) == Told(Answer(2.0, 2.0, 11.0, 0.5))
    assert together([(silent, 1), (silent, 1)]).reason == NOT_MEASURED


def test_what_one_type_cannot_tell_all_cannot() -> None:
    one, older = Told(Answer(2.0, 2.0, 2.0, 1.0)), Told(Answer(None, None, None, 1.0), NOT_KEPT)
    assert together([(one, 1), (older, 1)]) == Told(Answer(None, None, None, 1.0), NOT_KEPT)


def test_two_machines_of_a_place_together(workshop: Workshop, serve: Serve) -> None:
    """fan-01 was measured for two hours, fan-02 for the last half, fan-03 never."""
    client = serve(workshop)
    other = workshop.add("fan-02")
    workshop.run(other, from_ms=NOON_MS - 30 * MINUTE_MS, to_ms=NOON_MS)
    workshop.add("fan-03")
    for name in ("fan-01", "fan-02"):
        body = {"by": "Sam", "place": "hall 2"}
        assert client.patch(f"/devices/{name}/registry", json=body).status_code == 200
    answer = asked(client, group="location", names="cost,running_h")
    assert (answer["group"], answer["bucket"]) == ("location", "hour")
    hall, nowhere = answer["groups"]
    assert (hall["name"], hall["devices"]) == ("hall 2", ["fan-01", "fan-02"])
    assert (nowhere["name"], nowhere["devices"]) == (None, ["fan-03"])
    hours = hall["kpis"]["running_h"]
    assert hours["value"] == pytest.approx([1.0, 1.5], abs=0.001)
    assert hours["coverage"] == pytest.approx([0.5, 0.75], abs=0.001)
    assert hours["high"] == pytest.approx([2.0, 2.0], abs=0.001)
    cost = 12 * 1.08 / 1000 * FACTORS.price_per_kwh
    assert hall["kpis"]["cost"]["value"][1] == pytest.approx(1.5 * cost, rel=0.001)
    assert nowhere["kpis"]["cost"]["value"] == [None, None]
    assert nowhere["kpis"]["cost"]["reason"] == [NOT_MEASURED, NOT_MEASURED]


def test_what_a_group_cannot_tell_is_null_with_the_reason(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    names = "cost,power_w,health_percent"
    own = client.get("/devices/fan-01/kpis", params={"names": names}).json()["kpis"]
    [alone] = asked(client, group="asset", names=names)["groups"]
    assert alone["kpis"] == own
    assert any(own["power_w"]["value"])
    workshop.add("fan-02")
    water = workshop.add("water-1", asset="dispenser")
    fans = asked(client, group="asset", names=names)["groups"][-1]
    assert fans["devices"] == ["fan-01", "fan-02"]
    assert set(fans["kpis"]) == set(names.split(","))
    assert any(fans["kpis"]["cost"]["value"])
    for name in ("power_w", "health_percent"):
        assert not any(fans["kpis"][name]["value"])
        assert set(fans["kpis"][name]["reason"]) == {OF_ONE}
    [site] = asked(client, group="site", names="cost,running_h")["groups"]
    assert water.name in site["devices"]
    assert set(site["kpis"]["running_h"]["reason"]) == {NOT_COMMON}
    dispensers = asked(client, group="asset", names="cost,running_h")["groups"][0]
    assert set(dispensers["kpis"]) == {"cost"}  # what no machine of it has is not there


def asked(client: httpx.Client, **params: str) -> dict[str, Any]:
    answer = client.get("/kpis", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_without_a_machine_there_is_no_group(empty_workshop: Workshop, serve: Serve) -> None:
    answer = asked(serve(empty_workshop), group="site")
    assert answer["groups"] == answer["time_ms"] == []
