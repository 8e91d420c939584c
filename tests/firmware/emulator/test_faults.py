"""A plan of faults happens when it says, the same for the same seed."""

import itertools

import pytest

import contract.settings
from firmware.emulator.faults import Breaking, Schedule, parse_plan
from firmware.emulator.kinds import parse_fleet

KNOWN = ("overcurrent", "stuck_sensor")
FAN = Breaking(faults=KNOWN, grown_s=60.0)
DISPENSER = Breaking(faults=("leak",), grown_s=1800.0)
HOURS_S = 6 * 3600


class Machine:
    """Fails and recovers at once."""

    def __init__(self) -> None:
        self.truth = "normal"

    def inject(self, fault: str) -> None:
        self.truth = fault

    def clear(self) -> None:
        self.truth = "normal"


def fleet(fans: int, dispensers: int = 0) -> dict[str, Breaking]:
    found = {f"fan-{number}": FAN for number in range(fans)}
    return found | {f"dispenser-{number}": DISPENSER for number in range(dispensers)}


def history(
    text: str, breaking: dict[str, Breaking], *, seed: int = 1, until_s: int = HOURS_S
) -> dict[str, list[tuple[int, str]]]:
    """When each machine's truth changed, and to what."""
    known = [fault for entry in breaking.values() for fault in entry.faults]
    machines = {name: Machine() for name in breaking}
    schedule = Schedule(parse_plan(text, known=known), seed=seed, breaking=breaking)
    changes = {name: [(0, "normal")] for name in breaking}
    for now_s in range(until_s):
        schedule.advance(float(now_s), machines)
        for name, machine in machines.items():
            if machine.truth != changes[name][-1][1]:
                changes[name].append((now_s, machine.truth))
    return changes


def episodes(changes: dict[str, list[tuple[int, str]]]) -> list[tuple[int, int]]:
    """From when to when something was faulty, in the order of the onsets."""
    return sorted(
        (begin_s, end_s)
        for told in changes.values()
        for (begin_s, truth), (end_s, _next) in itertools.pairwise(told)
        if truth != "normal"
    )


def test_none_is_none() -> None:
    assert episodes(history("none", fleet(3))) == []


def test_steps_come_at_their_seconds_in_any_order_to_all_that_can_have_them() -> None:
    text = "normal@30, stuck_sensor@10,overcurrent@20, leak@25"
    changes = history(text, fleet(2, 1), until_s=60)
    fan = [(0, "normal"), (10, "stuck_sensor"), (20, "overcurrent"), (30, "normal")]
    assert changes["fan-0"] == changes["fan-1"] == fan
    assert changes["dispenser-0"] == [(0, "normal"), (25, "leak"), (30, "normal")]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("fans", [1, 4, 9, 30])
def test_at_random_a_fault_begins_somewhere_every_two_minutes_and_most_is_healthy(
    seed: int, fans: int
) -> None:
    changes = history("random", fleet(fans), seed=seed)
    found = episodes(changes)
    assert HOURS_S / 120 * 0.8 < len(found) < HOURS_S / 120 * 1.2
    assert all(20 <= end_s - begin_s <= 61 for begin_s, end_s in found)
    assert found[0][0] >= 60
    for begin_s, _end_s in found:
        at_once = sum(other <= begin_s < end_s for other, end_s in found)
        assert at_once <= max(1, fans // 3)


@pytest.mark.parametrize("seed", range(2))
def test_of_the_fleet_that_starts_by_itself_never_more_than_a_third_is_faulty(seed: int) -> None:
    kinds = parse_fleet(contract.settings.Fleet().fleet)
    breaking = {name: Breaking.of(kind.model()) for kind in kinds for name in kind.device_ids()}
    found = episodes(history("random", breaking, seed=seed, until_s=2 * HOURS_S))
    for begin_s, _end_s in found:
        assert sum(other <= begin_s < end_s for other, end_s in found) <= len(breaking) / 3
    faulty_s = sum(end_s - begin_s for begin_s, end_s in found)
    assert faulty_s < 2 * HOURS_S * len(breaking) / 6  # so most of them are healthy nearly always
    assert len(found) > 2 * HOURS_S / 120 * 0.5


@pytest.mark.slow
def test_machines_whose_faults_last_have_them_more_rarely_and_whole() -> None:
    changes = history("random", fleet(3, 2), until_s=20 * HOURS_S)
    long = episodes({name: changes[name] for name in changes if name.startswith("dispenser")})
    short = episodes({name: changes[name] for name in changes if name.startswith("fan")})
    assert len(long) > 3
    assert len(short) > 10 * len(long)
    assert all(600 <= end_s - begin_s <= 1801 for begin_s, end_s in long)


def test_the_same_seed_is_the_same_story_and_another_another() -> None:
    one, again, other = (history("random", fleet(4), seed=seed) for seed in (1, 1, 2))
    assert one == again != other


def test_at_random_a_fault_by_hand_is_left_alone_and_counts() -> None:
    machines = {name: Machine() for name in fleet(4)}
    schedule = Schedule(parse_plan("random", known=KNOWN), seed=3, breaking=fleet(4))
    machines["fan-2"].inject("by hand")
    for now_s in range(3600):
        schedule.advance(float(now_s), machines)
        assert [machine.truth for machine in machines.values()].count("normal") == 3
    assert machines["fan-2"].truth == "by hand"


def test_what_a_person_injects_over_a_random_fault_is_not_cleared() -> None:
    machines = {"fan-0": Machine()}
    schedule = Schedule(parse_plan("random", known=KNOWN), seed=3, breaking=fleet(1))
    now_s = 0
    while machines["fan-0"].truth == "normal":
        schedule.advance(float(now_s := now_s + 1), machines)
    machines["fan-0"].inject("by hand")
    for _ in range(600):
        schedule.advance(float(now_s := now_s + 1), machines)
    assert machines["fan-0"].truth == "by hand"
