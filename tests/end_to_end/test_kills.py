"""Deaths, stops, wrong clocks, damage and bad neighbours; nothing may be lost."""

import random
from pathlib import Path

import pytest

from tests.end_to_end.faults import (
    CLOCKS,
    WHILE_IT_IS_STOPPED,
    WHILE_IT_WORKS,
    Fault,
    Limits,
    plan,
)
from tests.end_to_end.hostile import HOSTILITIES
from tests.end_to_end.kills import run
from tests.end_to_end.points import POINTS
from tests.end_to_end.workshop import Workshop

pytestmark = pytest.mark.broker

KILLS, TROUBLES = 20, 10
SEED = 1
LIMITS = Limits(stop_s=(1.0, 2.0))


def test_nothing_is_lost_or_counted_twice_whatever_befalls_the_workshop(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    faults = plan(KILLS, TROUBLES, dice)
    with Workshop(tmp_path, devices=3, dispensers=1, rate_hz=20.0, events=True) as workshop:
        outcome = run(workshop, faults, dice, limits=LIMITS)
        assert outcome.violations == []
        assert outcome.accepted == outcome.acknowledged > 500
        assert "Traceback" not in workshop.log("gateway") + workshop.log("emulator")


def test_every_kill_alone_loses_nothing_at_all(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    unacknowledged = Fault(kind="kill", what="gateway", moment="after_commit")
    faults = [*plan(5, 0, dice), unacknowledged]  # so the broker sends again, and nobody kills it
    with Workshop(tmp_path, devices=3, dispensers=1, rate_hz=20.0, events=True) as workshop:
        outcome = run(workshop, faults, dice, limits=LIMITS)
        assert outcome.violations == []
        assert outcome.gone == 0
        assert outcome.repeats > 0, "nothing came twice: the kills hit nothing"


def test_the_plan_meets_every_victim_and_every_point() -> None:
    faults = plan(KILLS, TROUBLES, random.Random(SEED))
    assert len(faults) == KILLS + TROUBLES
    assert {fault.what for fault in faults if fault.kind == "kill"} == {
        "broker",
        "gateway",
        "devices",
    }
    assert {fault.kind for fault in faults} == {"kill", "stop", "clock", "damage", "hostile"}
    for moment in (*POINTS, "at random"):
        assert Fault(kind="kill", what="gateway", moment=moment) in faults


def test_a_long_plan_meets_all_there_is() -> None:
    faults = plan(200, 50, random.Random(SEED))
    assert {fault.what for fault in faults if fault.kind == "clock"} == CLOCKS.keys()
    assert {fault.what for fault in faults if fault.kind == "hostile"} == HOSTILITIES.keys()
    ways = WHILE_IT_WORKS | WHILE_IT_IS_STOPPED
    assert {fault.what for fault in faults if fault.kind == "damage"} == ways.keys()
