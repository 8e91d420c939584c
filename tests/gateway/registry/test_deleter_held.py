"""What was told in a time that is deleted counts nowhere, however rarely it is told."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.registry import deletions
from gateway.registry.deletions import Deletion
from tests.gateway.ingest.test_held_values import mills, minutes, story
from tests.gateway.registry.test_deleter import deleter, finish
from tests.gateway.rig import Rig, batches, telemetry


def delete(rig: Rig, from_ms: int, to_ms: int) -> None:
    word = Deletion(
        by="Sam", origin="", time_ms=rig.now_ms, from_ms=from_ms, to_ms=to_ms, readings=0, events=0
    )
    deletions.leave(rig.directory, "one", word)
    finish(rig, deleter(rig))


def send(rig: Rig, device: str, items: list[dict[str, Any]]) -> None:
    for some in batches(items, 20):
        rig.take(telemetry(device, *some))


@pytest.mark.slow
@settings(
    max_examples=20,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(0, 10_000))
def test_minutes_are_as_if_nothing_had_come(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = random.Random(seed)
    items = story(dice, 90)
    times = sorted(item["time_ms"] for item in items[:-1])
    from_ms, to_ms = sorted(dice.choice(times) + dice.choice((0, 1, 500)) for _ in range(2))
    with mills(tmp_path_factory.mktemp("rig")) as rig:
        send(rig, "one", items)
        send(rig, "two", [each for each in items if not from_ms <= each["time_ms"] < to_ms])
        delete(rig, from_ms, to_ms)
        assert rig.rows("SELECT count(*) FROM late_minute") == [(0,)]
        wanted = {each.start_ms: each for each in minutes(rig, "two")}
        for each in minutes(rig, "one"):
            if each.start_ms in wanted:
                assert each == wanted.pop(each.start_ms)
            else:
                assert (each.count, each.measured_ms, each.energy_j or 0.0) == (0, 0, 0.0)
        assert not wanted
