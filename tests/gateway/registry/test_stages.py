"""What the stage of a machine's life does to its alarms, from its first reading on."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.journal import Change
from gateway.registry.stages import COMMISSIONING, IN_USE, RETIRED, STAGE
from tests.gateway.rig import NOW_MS, Rig, reading, telemetry

HOT = {"temperature": 90.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path) as made:
        yield made


def say(rig: Rig, stage: str, *, at_ms: int = NOW_MS) -> None:
    """Somebody says that this is its stage from then on."""
    change = Change(
        device="fan-01", kind=STAGE, name=STAGE, value=msgspec.json.encode({"stage": stage}),
        changed_ms=at_ms, changed_by="Sam",
    )  # fmt: skip
    rig.journal.begin()
    rig.journal.ledger.add(change)
    rig.journal.commit()
    rig.register.take(change)


def be_hot(rig: Rig, *, first: int) -> None:
    """For ten seconds."""
    items = [
        reading(n, time_ms=NOW_MS - 60_000 + n * 200, values=HOT) for n in range(first, first + 50)
    ]
    rig.take(*(telemetry("fan-01", *items[at : at + 10]) for at in range(0, 50, 10)))


def test_nobody_is_told_of_a_first_alarm_in_commissioning_nor_after_a_restart(rig: Rig) -> None:
    say(rig, COMMISSIONING)
    for first in (1, 51):
        be_hot(rig, first=first)
        [alarm] = rig.device().alarms.values()
        assert alarm.suppressed_ms == NOW_MS
        assert rig.rows("SELECT * FROM transition") == []
        rig.again()


def test_who_was_retired_and_comes_back_has_alarms_again(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    say(rig, RETIRED)
    rig.again()
    be_hot(rig, first=2)
    assert rig.device().counts.stored == 51
    assert not rig.device().alarms
    say(rig, IN_USE)
    rig.device().enter(IN_USE)
    be_hot(rig, first=52)
    assert list(rig.device().alarms) == ["temperature_high"]


def test_each_time_in_commissioning_is_known_after_a_restart(rig: Rig) -> None:
    """Said twice it goes on, and whatever stage follows ends it."""
    said = (COMMISSIONING, COMMISSIONING, IN_USE, COMMISSIONING, RETIRED, IN_USE, COMMISSIONING)
    for at, stage in enumerate(said):
        say(rig, stage, at_ms=NOW_MS + at)
    known = [(NOW_MS, NOW_MS + 2), (NOW_MS + 3, NOW_MS + 4), (NOW_MS + 6, None)]
    assert rig.register.commissioned("fan-01") == known
    rig.again()
    assert rig.register.commissioned("fan-01") == known
    rig.register.forget("fan-01")
    assert list(rig.register.commissioned("fan-01")) == []
