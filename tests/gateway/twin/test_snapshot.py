"""A twin goes through its snapshot unchanged, and damaged snapshots are refused."""

import dataclasses
import random

import msgspec
import pytest

from contract.errors import Outdated
from contract.messages import Reading
from gateway.twin.twin import Twin
from tests.gateway.builders import (
    DRILL,
    FACTORS,
    T0,
    diagnosis,
    every,
    kpi_of,
    new_twin,
    reading,
    state_of,
    twin_of,
)


def busy_twin(seed: int, count: int) -> tuple[Twin, list[Reading]]:
    """A twin in the midst of delays, alarms and minutes, and the readings to come."""
    draw = random.Random(seed)
    at_ms, readings = 0, []
    for seq in range(1, 2 * count):
        at_ms += draw.choice([0, 200, 200, 900, 2500])
        hot = 40.0 if draw.random() < 0.3 else 75.0
        readings.append(reading(seq, at_ms, heat=hot, turns=draw.choice([100, 1000]), ambient=20))
    twin = twin_of(*readings[:count])
    twin.on_diagnosis(diagnosis(at_ms - 1500, "jam"))
    twin.on_diagnosis(diagnosis(at_ms, "jam"))
    return twin, readings[count:]


@pytest.mark.parametrize("count", [1, 2, 10, 100, 400])
def test_a_restored_twin_folds_on_as_the_first_would_have(count: int) -> None:
    twin, rest = busy_twin(seed=count, count=count)
    restored = Twin.restore(twin.snapshot(), device="drill-1", asset=DRILL, factors=FACTORS)
    assert restored.snapshot() == twin.snapshot()
    for each in rest:
        assert restored.fold(each) == twin.fold(each)
    assert restored.snapshot() == twin.snapshot()
    assert state_of(restored) == state_of(twin)
    assert restored.window() == twin.window()
    assert restored.take_transitions() == twin.take_transitions()


def test_a_restored_twin_knows_when_its_epoch_began() -> None:
    twin = twin_of(reading(1, 0), reading(1, 200, epoch="b-2"))
    restored = Twin.restore(twin.snapshot(), device="drill-1", asset=DRILL, factors=FACTORS)
    for each in (twin, restored):
        assert each.fold(reading(2, 400, epoch="b-2"))
        window = each.window()
        assert window is not None
        assert window.time_ms == [T0 + 200, T0 + 400]


def test_a_snapshot_from_before_epochs_began_windows_can_be_restored() -> None:
    held = msgspec.msgpack.decode(twin_of(*every(200, 5)).snapshot())
    del held["epoch_ms"]
    older = msgspec.msgpack.encode(held)
    restored = Twin.restore(older, device="drill-1", asset=DRILL, factors=FACTORS)
    window = restored.window()
    assert window is not None
    assert len(window.rows) == 5


def test_an_empty_twin_can_be_restored() -> None:
    restored = Twin.restore(new_twin().snapshot(), device="drill-1", asset=DRILL, factors=FACTORS)
    assert restored.fold(reading(1, 0))


def test_taking_a_snapshot_takes_nothing_away() -> None:
    twin = twin_of(reading(1, 0, turns=0), reading(2, 60_000, turns=0))
    twin.snapshot()
    assert len(twin.take_closed()) == 1
    assert [t.name for t in twin.take_transitions()] == ["turns_low"]


@pytest.mark.parametrize("damage", [b"", b"\x93", b"rubbish", None])
def test_a_snapshot_that_cannot_be_read_is_outdated(damage: bytes | None) -> None:
    snapshot = twin_of(reading(1, 0)).snapshot()[:-9] if damage is None else damage
    with pytest.raises(Outdated):
        Twin.restore(snapshot, device="drill-1", asset=DRILL, factors=FACTORS)


def test_a_snapshot_of_another_version_is_outdated() -> None:
    held = msgspec.msgpack.decode(twin_of(reading(1, 0)).snapshot())
    other = msgspec.msgpack.encode(held | {"version": 0})
    with pytest.raises(Outdated, match="version 0"):
        Twin.restore(other, device="drill-1", asset=DRILL, factors=FACTORS)


def test_sums_survive_a_channel_that_the_catalogue_has_lost() -> None:
    twin = twin_of(*every(1000, 100))
    channels = tuple(channel for channel in DRILL.channels if channel.name != "ambient")
    asset = dataclasses.replace(DRILL, channels=channels)
    restored = Twin.restore(twin.snapshot(), device="drill-1", asset=asset, factors=FACTORS)
    assert kpi_of(restored, "energy_wh") == kpi_of(twin, "energy_wh")
    assert restored.window() is None
    assert restored.fold(reading(101, 100_000))
    window = restored.window()
    assert window is not None
    assert len(window.rows) == 1
