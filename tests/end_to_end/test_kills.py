"""Broker, gateway and devices die at random and at the worst moments; nothing may be lost."""

import random
from pathlib import Path

import pytest

from tests.end_to_end.kills import Kill, plan, run
from tests.end_to_end.points import POINTS
from tests.end_to_end.workshop import Workshop

pytestmark = pytest.mark.broker

KILLS = 24
SEED = 1


def test_nothing_is_lost_or_counted_twice_over_two_dozen_deaths(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    kills = plan(KILLS, dice)
    with Workshop(tmp_path, devices=3, rate_hz=20.0) as workshop:
        outcome = run(workshop, kills, dice)
        assert outcome.violations == []
        assert outcome.accepted == outcome.acknowledged > 500
        assert outcome.repeats > 0, "nothing came twice: the kills hit nothing"
        assert "Traceback" not in workshop.log("gateway") + workshop.log("emulator")


def test_the_plan_meets_every_victim_and_every_point() -> None:
    kills = plan(KILLS, random.Random(SEED))
    assert len(kills) == KILLS >= 20
    assert {kill.victim for kill in kills} == {"broker", "gateway", "devices"}
    for moment in (*POINTS, "at random"):
        assert Kill(victim="gateway", moment=moment) in kills
