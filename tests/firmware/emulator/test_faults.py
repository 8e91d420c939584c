"""A plan of faults happens when it says, the same for the same seed."""

import itertools

import pytest

from firmware.emulator.faults import Schedule, parse_plan

KNOWN = ("overcurrent", "stuck_sensor")


class Machine:
    """Fails and recovers at once."""

    def __init__(self) -> None:
        self.truth = "normal"

    def inject(self, fault: str) -> None:
        self.truth = fault

    def clear(self) -> None:
        self.truth = "normal"


def episodes(text: str, *, seed: int = 1, until_s: int = 3600) -> list[tuple[int, str]]:
    """When the machine's truth changed, and to what."""
    machine, schedule = Machine(), Schedule(parse_plan(text, known=KNOWN), seed=seed)
    changes = [(0, "normal")]
    for now_s in range(until_s):
        schedule.advance(float(now_s), machine)
        if machine.truth != changes[-1][1]:
            changes.append((now_s, machine.truth))
    return changes


def test_none_is_none() -> None:
    assert episodes("none") == [(0, "normal")]


def test_steps_come_at_their_seconds_in_any_order() -> None:
    assert episodes("normal@30, stuck_sensor@10,overcurrent@20") == [
        (0, "normal"),
        (10, "stuck_sensor"),
        (20, "overcurrent"),
        (30, "normal"),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_random_faults_alternate_with_health_in_the_stated_spans(seed: int) -> None:
    changes = episodes("random", seed=seed)
    assert changes == episodes("random", seed=seed)
    assert len(changes) > 30
    for (begin_s, truth), (end_s, following) in itertools.pairwise(changes):
        low, high = (60, 120) if truth == "normal" else (20, 60)
        assert low <= end_s - begin_s <= high + 1
        assert (truth == "normal") != (following == "normal")


def test_another_seed_is_another_story() -> None:
    assert episodes("random", seed=1) != episodes("random", seed=2)


def test_at_random_a_fault_by_hand_is_left_alone() -> None:
    machine, schedule = Machine(), Schedule(parse_plan("random", known=KNOWN), seed=3)
    machine.inject("by hand")
    for now_s in range(3600):
        schedule.advance(float(now_s), machine)
        assert machine.truth == "by hand"
