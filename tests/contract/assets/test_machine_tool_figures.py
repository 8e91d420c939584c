"""What holds between the figures of a machine tool, and the pits of OEE as others have met them."""

import pytest
from hypothesis import given

from contract.assets.machine_tool import ASSET
from contract.language.answers import Answers
from contract.language.planned import NOTHING_PLANNED, Told, told
from contract.language.sums import merged
from contract.language.totals import Totals
from contract.shifts import NO_PLAN, PlannedTime
from tests.contract.assets.milling import GOLDEN, Item, part, reading, shifts, ten_minutes
from tests.contract.assets.worked import WORKED, answers, fold

PROGRAM = WORKED["machine_tool"].program
KPIS = {kpi.name: kpi for kpi in ASSET.kpis}
OEE = ("availability_percent", "performance_percent", "quality_percent", "oee_percent")


def figures(items: list[Item], **params: float) -> Answers:
    set_ = PROGRAM.defaults() | params
    return Answers(PROGRAM, Totals(PROGRAM, fold(items, PROGRAM)[0], set_), set_)


def running(seconds: int, *, parts: int, good: int, **values: float | str) -> list[Item]:
    """So long it runs, and makes parts at even pace."""
    items: list[Item] = [(1000 * at, "", reading(**values)) for at in range(seconds + 1)]
    return items + [part((at + 1) * seconds // parts, good=int(at < good)) for at in range(parts)]


def oee_of(found: Answers) -> list[float | None]:
    return [found.kpi(name).value for name in OEE]


@pytest.mark.parametrize("name", GOLDEN)
def test_every_figure_says_where_its_definition_is_from(name: str) -> None:
    assert KPIS[name].source


# ---------------------------------------------------------------- what holds for any readings


@given(shifts())
def test_oee_of_the_sums_is_availability_times_performance_times_quality(items: list[Item]) -> None:
    availability, performance, quality, oee = oee_of(figures(items))
    if availability is None or performance is None or quality is None:
        return
    assert oee is not None
    assert oee / 100 == pytest.approx(
        availability / 100 * performance / 100 * quality / 100, abs=1e-9
    )


@given(shifts())
def test_good_parts_and_scrap_are_all_parts_and_states_share_the_time(items: list[Item]) -> None:
    found = figures(items)
    parts, good, scrap = (found.kpi(n).value for n in ("parts", "good_parts", "scrap_percent"))
    if parts:
        assert good is not None
        assert scrap == pytest.approx(100 * (1 - good / parts))
    running_h, availability = (found.kpi(n).value for n in ("running_h", "availability_percent"))
    if availability is not None:
        assert running_h is not None
        assert 0 <= availability <= 100 + 1e-9


# ---------------------------------------------------------------- the pits


def of_plan(name: str, planned: Answers | None, time: PlannedTime) -> Told:
    return told(KPIS[name], whole=figures(ten_minutes()), planned=planned, time=time)


@pytest.mark.parametrize("name", OEE)
def test_without_a_plan_none_of_oee_is_told_and_it_is_said_why(name: str) -> None:
    answer, reason, _ = of_plan(name, None, PlannedTime(None, NO_PLAN))
    assert (answer.value, answer.low, answer.high) == (None, None, None)
    assert reason == "no plan"


@pytest.mark.parametrize("name", OEE)
def test_where_nothing_was_planned_oee_is_null_and_not_whole(name: str) -> None:
    nothing = answers(PROGRAM.zero(), PROGRAM)
    answer, reason, _ = of_plan(name, nothing, PlannedTime(0))
    assert answer.value is None
    assert reason == NOTHING_PLANNED


def test_scrap_energy_and_parts_are_told_without_a_plan() -> None:
    for name in ("scrap_percent", "good_parts", "energy_kwh_per_part", "cycle_s"):
        answer, reason, _ = of_plan(name, None, PlannedTime(None, NO_PLAN))
        assert answer.value == pytest.approx(GOLDEN[name])
        assert reason is None


def test_performance_above_one_is_shown_as_it_is_and_flagged() -> None:
    found = figures(running(400, parts=12, good=12))
    assert found.kpi("performance_percent").value == pytest.approx(120.0)
    goal = KPIS["performance_percent"].goal
    assert goal is not None
    assert goal.at_most == 100.0
    assert figures(running(400, parts=12, good=12), ideal_cycle=30.0).kpi(
        "performance_percent"
    ).value == pytest.approx(90.0)


def test_a_machine_that_is_planned_and_does_nothing_has_an_oee_of_nothing() -> None:
    idle: list[Item] = [(1000 * at, "", reading(state="waiting")) for at in range(601)]
    assert oee_of(figures(idle)) == [0.0, None, None, 0.0]


def test_all_scrap_is_an_oee_of_nothing_and_no_energy_a_good_part() -> None:
    found = figures(running(400, parts=10, good=0))
    assert oee_of(found) == [pytest.approx(100.0), pytest.approx(100.0), 0.0, 0.0]
    assert found.kpi("energy_kwh_per_part").value is None
    assert found.kpi("co2_kg_per_part").value is None


def test_planned_maintenance_is_no_loss_and_switched_off_is_one() -> None:
    half: list[Item] = [(1000 * at, "", reading()) for at in range(300)]
    after = range(300, 601)
    mended = half + [(1000 * at, "", reading(state="maintenance")) for at in after]
    off = half + [(1000 * at, "", reading(state="off")) for at in after]
    assert figures(mended).kpi("availability_percent").value == pytest.approx(100.0)
    assert figures(off).kpi("availability_percent").value == pytest.approx(50.0)


def test_a_part_told_late_counts_to_the_minute_in_which_it_was_made() -> None:
    minute, _ = fold(running(60, parts=1, good=1), PROGRAM)
    late, _ = fold([part(59, good=0)], PROGRAM)
    before, after = (
        answers(minute, PROGRAM),
        answers(merged(PROGRAM.layout, [minute, late]), PROGRAM),
    )
    assert before.kpi("quality_percent").value == 100.0
    assert after.kpi("quality_percent").value == pytest.approx(50.0)


def test_a_stop_across_the_end_of_a_shift_is_split_and_is_one_failure() -> None:
    items = [item for item in ten_minutes() if not item[1]]
    early, memory = fold(items[:431], PROGRAM)  # the shift ends half a minute into the failure
    late, _ = fold(items[431:], PROGRAM, memory)
    one, other = answers(early, PROGRAM), answers(late, PROGRAM)
    assert (one.kpi("failures").value, other.kpi("failures").value) == (1, 0)
    assert one.kpi("mttr_min").value == pytest.approx(0.5)
    assert other.kpi("mttr_min").value is None
    whole = answers(merged(PROGRAM.layout, [early, late]), PROGRAM)
    assert whole.kpi("mttr_min").value == pytest.approx(1.0)


def test_the_oee_of_two_machines_is_that_of_their_sums_and_not_a_mean() -> None:
    busy, _ = fold(running(400, parts=10, good=10), PROGRAM)
    idle, _ = fold([(1000 * at, "", reading(state="waiting")) for at in range(201)], PROGRAM)
    both = answers(merged(PROGRAM.layout, [busy, idle]), PROGRAM)
    assert both.kpi("oee_percent").value == pytest.approx(100 * 400 / 600)


def test_without_a_failure_there_is_no_time_between_them_but_a_least_one() -> None:
    found = figures(running(3 * 3600, parts=250, good=250))
    mtbf = found.kpi("mtbf_h")
    assert (mtbf.value, mtbf.high) == (None, None)
    assert mtbf.low == pytest.approx(1.0)  # 3 h / 3.0
    assert found.kpi("mttr_min").value is None


def test_a_tool_change_is_due_by_wear_over_any_number_of_tools() -> None:
    worn = [5000.0, 5150.0, 5300.0]
    items: list[Item] = [(60_000 * at, "", reading(worn=value)) for at, value in enumerate(worn)]
    assert figures(items).service("tool").value == pytest.approx(1.0)
    assert figures(items, wear_limit=200.0).service("tool").value == pytest.approx(1.5)


def test_what_a_gap_hides_widens_the_bounds_and_parts_told_later_count() -> None:
    items = ten_minutes()
    found = figures([item for item in items if item[1] or not 100_000 < item[0] < 190_000])
    assert found.kpi("good_parts").value == GOLDEN["good_parts"]
    energy = found.kpi("energy_kwh")
    assert energy.low is not None
    assert energy.high is not None
    assert energy.low <= GOLDEN["energy_kwh"] <= energy.high
    assert energy.coverage == pytest.approx(510 / 600)
