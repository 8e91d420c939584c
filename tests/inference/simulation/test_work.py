"""What a simulation answers: the same for the same seed, paired, as the gateway reckons."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.assets import CATALOGUE
from contract.language.parts import Part, answers_of
from contract.language.program import program_of
from contract.messages import Event, Reading
from firmware import models
from gateway.twin.dated import Always
from gateway.twin.rows import layout_of
from gateway.twin.sums import Sums
from inference.errors import BadRequest, TooLarge, UnknownAsset
from inference.settings import Settings
from inference.simulation import answers, asked, work
from inference.simulation.bodies import ScenariosBody, SimulateBody
from inference.simulation.course import longest_period_s, simulated
from inference.simulation.living import lived
from inference.simulation.outcome import outcome

SITE = Settings(time_zone="UTC")
TYPES = simulated()
USUAL = {"name": "as it is"}


def quiet(_share: float) -> None:
    """Nobody watches."""


def simulate(**said: Any) -> dict[str, Any]:
    return work.simulate(SimulateBody.model_validate(said), SITE, on_share=quiet)


def compare(*scenarios: dict[str, Any], **said: Any) -> list[dict[str, Any]]:
    body = ScenariosBody.model_validate({"scenarios": list(scenarios), **said})
    answer = work.scenarios(body, SITE, on_share=quiet)
    found: list[dict[str, Any]] = answer["scenarios"]
    return found


@pytest.mark.parametrize("asset", TYPES)
def test_figures_are_those_of_the_gateways_twin_for_the_same_readings(asset: str) -> None:
    found = simulate(asset=asset, hours=2.0, seed=3, start_ms=1_763_640_000_000)
    type_ = CATALOGUE[asset]
    program, layout = program_of(type_), layout_of(type_)
    params = program.defaults() | {
        name: value
        for name, value in (("price_per_kwh", SITE.price_per_kwh),)
        if name in program.words.params
    }
    twin = Sums(type_, Always(params))
    items = [*found["events"], *found["readings"]]
    # What happened is told with the reading before which it did.
    items.sort(key=lambda item: (item["time_ms"], "event" not in item))
    for seq, item in enumerate(items, start=1):
        at = {"epoch": "e", "seq": seq, "time_ms": item["time_ms"], "values": item["values"]}
        if "event" in item:
            values = {
                name: value if isinstance(value, str) else float(value)
                for name, value in item["values"].items()
            }
            assert twin.add_event(Event(**(at | {"values": values}), event=item["event"]))
        else:
            twin.add(Reading(**at), item["time_ms"], layout.row(item["values"]))
    length_ms = found["end_ms"] - found["start_ms"]
    known = answers_of(program, [Part(twin.so_far().sums, params, length_ms)])
    assert found["readings_every"] == 1
    assert len(found["kpis"]) > 3
    for name, figure in found["kpis"].items():
        value = known.kpi(name).value
        assert (figure["value"] is None) == (value is None), name
        if value is not None:
            assert figure["value"] == pytest.approx(value, rel=1e-9, abs=1e-9), name


@pytest.mark.parametrize("asset", TYPES)
def test_the_same_seed_has_the_same_answer_and_another_another(asset: str) -> None:
    one, same, other = (simulate(asset=asset, hours=0.5, seed=seed) for seed in (5, 5, 6))
    assert one == same
    assert one["readings"] != other["readings"]
    assert one["note"].startswith("All of the simulated time")


@pytest.mark.parametrize("asset", TYPES)
def test_scenarios_that_are_the_same_differ_by_nothing_whatever_they_are_called(asset: str) -> None:
    inputs = {entry.name: entry.default for entry in CATALOGUE[asset].inputs[:1]}
    first, *others = compare(
        {"name": "a", "inputs": inputs}, {"name": "b", "inputs": inputs}, asset=asset, hours=1.0,
        seeds=3,
    )  # fmt: skip
    for other in others:
        assert other["kpis"] == first["kpis"]
        for figure in other["kpis"].values():
            delta = figure["delta"]
            assert {delta["value"], delta["low"], delta["high"]} <= {0.0, None}


OTHER = {
    "fan": {"name": "slow", "inputs": {"set_point": 700, "load": 130, "ambient": 45.0}},
    "dispenser": {"name": "less", "inputs": {"users": 3, "heater_regime": "schedule"}},
}


@pytest.mark.parametrize("asset", sorted(OTHER))
def test_the_order_of_scenarios_and_of_seeds_changes_no_figure(asset: str) -> None:
    base, other = compare(USUAL, OTHER[asset], asset=asset, hours=2.0, seeds=[4, 9])
    turned_other, turned_base = compare(OTHER[asset], USUAL, asset=asset, hours=2.0, seeds=[9, 4])
    for name, figure in base["kpis"].items():
        turned = turned_base["kpis"][name]
        assert [figure[key] for key in ("value", "low", "high", "of")] == [
            turned[key] for key in ("value", "low", "high", "of")
        ]
        there, back = other["kpis"][name]["delta"], turned["delta"]
        if there["value"] is not None:
            assert back["value"] == pytest.approx(-there["value"], abs=1e-9)
            assert back["low"] == pytest.approx(-there["high"], abs=1e-9)
    assert turned_other["chances"] or turned_base["chances"] or asset == "dispenser"


@pytest.mark.slow
def test_a_dispenser_that_fewer_use_less_hot_takes_less_and_is_as_cool_as_it_was_told() -> None:
    told = {"users": 6, "flow_rate": 1.5, "temp_setpoint": 75, "heater_regime": "eco"}
    base, other = compare(
        USUAL, {"name": "less", "inputs": told}, asset="dispenser", hours=6.0, seeds=3
    )
    energy, warmth = other["kpis"]["energy_kwh"], other["channels"]["hot_temperature"]["mean"]
    assert energy["delta"]["high"] < 0.0
    assert energy["low"] <= energy["value"] <= energy["high"] < base["kpis"]["energy_kwh"]["low"]
    assert 65.0 < warmth["value"] < 75.5
    assert warmth["delta"]["value"] == pytest.approx(
        warmth["value"] - base["channels"]["hot_temperature"]["mean"]["value"], abs=1e-9
    )
    assert other["kpis"]["performance_percent"]["value"] > 0.0  # of six users, not of twelve


@pytest.mark.slow
@pytest.mark.parametrize("asset", TYPES)
def test_figures_come_out_alike_where_readings_lie_further_apart(asset: str) -> None:
    type_ = CATALOGUE[asset]
    far_s = longest_period_s(type_)
    near = compare(USUAL, asset=asset, hours=6.0, seeds=4, interval_s=1.0)[0]["kpis"]
    far = compare(USUAL, asset=asset, hours=6.0, seeds=4, interval_s=far_s)[0]["kpis"]
    for kpi in type_.kpis:
        if kpi.role in {"energy", "cost", "co2", "output", "running"}:
            assert far[kpi.name]["value"] == pytest.approx(near[kpi.name]["value"], rel=0.05)


def test_a_fault_that_is_injected_befalls_and_one_that_is_not_does_not() -> None:
    found = simulate(asset="fan", hours=0.5, faults=[{"fault": "thermal_drift", "after_h": 0.2}])
    assert {each["name"] for each in found["befallen"]} >= {"fault_thermal_drift"}
    assert found["readings"][0]["truth"] == "normal"
    assert found["readings"][-1]["truth"] == "thermal_drift"
    cleared = simulate(
        asset="fan", hours=0.5, faults=[{"fault": "overcurrent", "after_h": 0.1, "for_h": 0.1}]
    )
    assert cleared["readings"][-1]["truth"] == "normal"
    assert simulate(asset="fan", hours=0.5)["befallen"] == []


def test_chances_are_shares_of_the_seeds_with_an_interval() -> None:
    hot = {"name": "hot", "inputs": {"ambient": 50.0, "load": 150.0, "set_point": 600.0}}
    base, other = compare(USUAL, hot, asset="fan", hours=0.5, seeds=6)
    [chance] = [each for each in other["chances"] if each["name"] == "temperature_high"]
    assert chance["value"] == chance["delta"] == 1.0
    assert 0.5 < chance["low"] < chance["high"] == 1.0
    [before] = [each for each in base["chances"] if each["name"] == "temperature_high"] or [None]
    assert before is None


def test_a_machine_is_judged_by_limits_of_its_own_and_a_channel_that_it_has_not_is_said() -> None:
    own = {"temperature": {"limits": [{"side": "high", "at": 30.0}]}}
    [base] = compare(USUAL, asset="fan", hours=0.1, seeds=3, channels=own)
    assert [(each["name"], each["value"]) for each in base["chances"]] == [
        ("temperature_high", 1.0)
    ]
    with pytest.raises(BadRequest, match="a fan has no channel 'flow'"):
        compare(USUAL, asset="fan", hours=0.1, seeds=3, channels={"flow": {}})


def test_a_tariff_that_changes_within_counts_from_then_on() -> None:
    start_ms, hour_ms = 1_763_640_000_000, 3_600_000
    terms = [
        {"from_ms": start_ms + at * hour_ms, "params": {"price_per_kwh": price}}
        for at, price in enumerate((0.2, 0.4))
    ]
    said = {"asset": "fan", "hours": 2.0, "seeds": 1, "start_ms": start_ms}
    [found] = compare(USUAL, terms=terms, **said)
    [cheap] = compare({**USUAL, "params": {"price_per_kwh": 0.2}}, terms=terms, **said)
    kwh = found["kpis"]["energy_wh"]["value"] / 1000.0
    assert cheap["kpis"]["cost"]["value"] == pytest.approx(0.2 * kwh)
    assert found["kpis"]["cost"]["value"] == pytest.approx(0.3 * kwh, rel=0.02)


def test_parameters_count_from_their_time_on_though_that_was_long_ago() -> None:
    start_ms, day_ms = 1_763_640_000_000, 86_400_000
    terms = [
        {"from_ms": start_ms + at * day_ms, "params": {"price_per_kwh": price}}
        for at, price in ((-9, 9.0), (-2, 0.2), (5, 7.0))
    ]
    said = {"asset": "fan", "hours": 1.0, "seeds": 1, "start_ms": start_ms}
    assert compare(USUAL, terms=terms, **said) == compare(USUAL, terms=terms[1:2], **said)
    body = ScenariosBody.model_validate({"scenarios": [USUAL], "terms": terms, **said})
    (course,) = asked.several(body, SITE)
    assert [each.from_ms for each in course.terms] == [each["from_ms"] for each in terms[1:]]
    with pytest.raises(BadRequest, match=r"terms: .* name them in order of time"):
        compare(USUAL, terms=terms[::-1], **said)


def test_why_a_seed_does_not_tell_a_figure_is_said_though_the_first_one_tells_it() -> None:
    course = asked.one(SimulateBody.model_validate({"asset": "fan", "hours": 0.05}), SITE)
    one = outcome(course, lived(course, 1))
    known = one.kpis["energy_wh"]
    none = known._replace(answer=known.answer._replace(value=None), reason="it was not measured")
    other = one._replace(kpis={**one.kpis, "energy_wh": none})
    [found] = answers.compared([course], [[one, other]], names=["it"], currency="EUR")
    figure = found["kpis"]["energy_wh"]
    assert (figure["of"], figure["reason"]) == (1, "it was not measured")


@pytest.mark.parametrize("asset", [name for name in TYPES if name in OTHER])
def test_a_machine_goes_on_from_the_state_it_is_told(asset: str) -> None:
    state = simulate(asset=asset, hours=0.2, seed=40)["readings"][-1]["values"]
    warm = {"fan": ("temperature", 61.0), "dispenser": ("hot_temperature", 70.0)}[asset]
    state = {**state, warm[0]: warm[1]}
    [found] = compare(USUAL, asset=asset, hours=0.05, seeds=3, state=state)
    near = found["channels"][warm[0]]
    assert near["least"]["value"] - 8.0 < warm[1] < near["greatest"]["value"] + 3.0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"inputs": {"colour": 1}}, "'colour' is no input of a fan; it can be told set_point (600"),
        ({"inputs": {"set_point": 1e9}}, "set_point is 1000000000.0; it must be 600 to 1600 rpm"),
        ({"inputs": {"set_point": "fast"}}, "set_point is 'fast'; it must be 600 to 1600 rpm"),
        ({"params": {"prize": 1}}, "'prize' is no parameter of a fan; it has co2_per_kwh"),
        ({"params": {"price_per_kwh": -1}}, "price_per_kwh is -1; it must be 0 to 100000"),
        ({"faults": [{"fault": "rust"}]}, "'rust' is no fault of a virtual fan; it can have"),
        ({"faults": [{"fault": "overcurrent", "after_h": 2}]}, "which is behind the end"),
        ({"hours": 0.0001, "interval_s": 60}, "hours must be at least one interval_s of 60 s"),
    ],
)
def test_what_cannot_be_is_named_with_what_can(said: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest) as refused:
        asked.one(SimulateBody.model_validate({"asset": "fan", **said}), SITE)
    assert words in str(refused.value)


def test_a_choice_that_is_none_and_a_state_that_cannot_be_are_named() -> None:
    with pytest.raises(BadRequest, match="heater_regime is 'often'; it is one of always, eco or"):
        simulate(asset="dispenser", inputs={"heater_regime": "often"})
    with pytest.raises(BadRequest, match="state: temperature is 900; it can be -40 to 150"):
        compare(USUAL, asset="fan", state={"temperature": 900.0})


def test_a_type_that_is_none_or_cannot_be_simulated_is_named() -> None:
    with pytest.raises(UnknownAsset, match="There is no asset type 'dragon'"):
        simulate(asset="dragon")


def test_more_work_than_one_request_may_take_is_refused() -> None:
    with pytest.raises(TooLarge, match="ask for fewer hours, seeds or scenarios"):
        compare(USUAL, asset="dispenser", hours=8000.0, seeds=1)


@pytest.mark.parametrize("asset", ["dispenser", "instrument", "machine_tool"])
def test_work_is_counted_in_the_steps_that_a_machine_takes_settling_included(asset: str) -> None:
    said = {"asset": asset, "hours": 1.0, "interval_s": 60.0}
    course = asked.one(SimulateBody.model_validate(said), SITE)
    assert course.steps == 3600 + models.module(asset).SETTLES_S + 1


def test_of_many_readings_every_so_many_is_answered_and_it_says_so() -> None:
    found = simulate(asset="fan", hours=0.5, most_readings=100)
    assert found["readings_simulated"] == 1801
    assert found["readings_every"] == 19
    times = [reading["time_ms"] for reading in found["readings"]]
    assert times == list(range(found["start_ms"], found["end_ms"] + 1, 19_000))
    assert simulate(asset="fan", hours=0.1, most_readings=0)["readings"] == []


def test_it_says_how_far_it_is_from_nothing_on_and_never_goes_back() -> None:
    shares: list[float] = []
    body = {"asset": "fan", "hours": 6.0, "seeds": 2, "scenarios": [USUAL, OTHER["fan"]]}
    work.scenarios(ScenariosBody.model_validate(body), SITE, on_share=shares.append)
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert 0.5 < shares[-1] < 1.0


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**31 - 1),
    set_point=st.floats(600.0, 1600.0),
    load=st.floats(10.0, 150.0),
    ambient=st.floats(0.0, 50.0),
)
def test_whatever_a_fan_is_told_its_energy_is_told_and_what_it_takes_is_possible(
    seed: int, set_point: float, load: float, ambient: float
) -> None:
    inputs = {"set_point": set_point, "load": load, "ambient": ambient}
    found = simulate(asset="fan", hours=0.2, seed=seed, interval_s=10.0, inputs=inputs)
    assert 0.0 < found["kpis"]["energy_wh"]["value"] < 20.0 * 12.0
    for channel in CATALOGUE["fan"].channels:
        told = found["channels"][channel.name]
        assert channel.low <= told["least"] <= told["mean"] <= told["greatest"] <= channel.high
