"""Another machine under the old name: it begins at nothing, and the past stays as it was."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.errors import StorageFull, Unavailable
from contract.messages import Diagnosis
from gateway.accounts.logins import Logins
from gateway.registry.remover import RETAINED
from tests.gateway.rig import NOW_MS, SITE, Rig, message, reading, telemetry

OLD, NEW = "9f2c41aa-1", "0badcafe-1"
PAST = "fan-01.life1"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path) as made:
        yield made


def measure(rig: Rig, epoch: str, *, first: int, count: int) -> None:
    """Readings up to now, 100 ms apart; hot ones, so that there is an alarm."""
    hot = {"temperature": 90.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}
    items = [
        reading(n, epoch=epoch, time_ms=rig.now_ms - (first + count - n) * 100, values=hot)
        for n in range(first, first + count)
    ]
    rig.take(*(telemetry("fan-01", *items[at : at + 20]) for at in range(0, count, 20)))


def energy_wh(rig: Rig, name: str) -> float | None:
    state = rig.device(name).twin.state(now_ms=rig.now_ms, status="online", sequenced=True)
    return state.kpis["energy_wh"].value


def replace(rig: Rig) -> str:
    made = asyncio.run(rig.replacer.replace("fan-01", by="Sam", note="seized", commissioning=False))
    return made.password


def born(rig: Rig) -> None:
    rig.take(message("fan-01", "birth", {"asset": "fan", "epoch": OLD}))
    measure(rig, OLD, first=1, count=900)


def test_sums_begin_anew_and_those_of_before_stay(rig: Rig) -> None:
    born(rig)
    before, rows = energy_wh(rig, "fan-01"), len(rig.seqs())
    assert before
    assert list(rig.device().alarms) == ["temperature_high"]
    replace(rig)
    assert not energy_wh(rig, "fan-01")
    assert energy_wh(rig, PAST) == before
    assert not rig.device(PAST).alarms
    assert not rig.device().alarms
    cleared = {out.topic.rpartition("/")[2] for out in rig.published if not out.payload}
    assert cleared == set(RETAINED)

    rig.now_ms += 10_000
    measure(rig, NEW, first=1, count=50)
    for _ in ("as it is", "after a restart"):
        assert energy_wh(rig, "fan-01") == pytest.approx(49 * 0.1 * 12.0 / 3600, rel=1e-6)
        assert energy_wh(rig, PAST) == pytest.approx(before)
        assert (len(rig.seqs()), len(rig.seqs(PAST))) == (50, rows)
        assert rig.device(PAST).is_over
        assert rig.device().earlier_ids == (rig.device(PAST).id,)
        rig.checkpoint()
        rig.again()
    minutes = rig.rows(
        "SELECT d.name, sum(m.body ->> 'count') FROM minute m JOIN device d ON d.id = m.device"
        " GROUP BY d.name"
    )
    assert dict(minutes)[PAST] <= rows


def test_what_was_judged_of_the_one_before_is_not_said_of_the_other(rig: Rig) -> None:
    born(rig)
    entry = rig.device().asset.fault("overcurrent")
    diagnosis = Diagnosis(
        device="fan-01", time_ms=NOW_MS, judged_ms=NOW_MS, stale=False, fault_code=entry.code,
        fault_label=entry.label, fault=entry.name, confidence=0.9, severity=entry.severity,
        advice=entry.advice, reasons=[], anomaly_score=0.1, model="fan-00000000",
    )  # fmt: skip
    id_ = rig.device().id
    asyncio.run(
        rig.pipeline.write(
            lambda journal: journal.add_diagnosis(device_id=id_, diagnosis=diagnosis, changed=True)
        )
    )
    replace(rig)
    past = rig.again().device(PAST).diagnosis
    assert past is not None
    assert (past.device, past.fault) == (PAST, "overcurrent")
    assert rig.device().diagnosis is None


def test_the_board_of_before_is_refused_and_its_messages_are_not_of_the_new_one(rig: Rig) -> None:
    born(rig)
    password = replace(rig)
    assert len(password) == 32
    assert Logins(rig.directory, site=SITE).has("fan-01")
    rig.take(
        message("fan-01", "status", b"offline"),  # the will of who was cut off
        message("fan-01", "birth", {"asset": "fan", "epoch": OLD}, retain=True),
        telemetry("fan-01", reading(901, epoch=OLD)),
    )
    assert rig.reasons() == ["replaced"]
    assert (rig.device().status, rig.device().birth, rig.seqs()) == ("unknown", None, [])
    assert rig.again().device().birth is None
    rig.take(telemetry("fan-01", reading(902, epoch=OLD)))
    assert rig.seqs() == []
    assert OLD not in rig.device().epochs
    rig.pass_s(60)
    assert not rig.device().alarms  # nobody is missed who was never there
    rig.take(message("fan-01", "birth", {"asset": "fan", "epoch": NEW}))
    rig.take(telemetry("fan-01", reading(1, epoch=NEW)))
    assert rig.seqs() == [1]


def test_a_third_life_and_a_disk_that_is_full(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    born(rig)

    def full() -> None:
        raise StorageFull("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(rig.journal, "commit", full)
        with pytest.raises(Unavailable):
            replace(rig)
    assert [device.name for device in rig.fleet] == ["fan-01"]
    assert rig.device().counts.stored == 900
    replace(rig)
    rig.now_ms += 1_000
    replace(rig)
    assert sorted(device.name for device in rig.again().fleet) == [
        "fan-01", PAST, "fan-01.life2",
    ]  # fmt: skip
    assert rig.register.lives("fan-01") == ["fan-01", "fan-01.life2", PAST]
    assert rig.register.life("fan-01").number == 3
    assert len(rig.device().earlier_ids) == 2
    assert rig.register.life("fan-01.life2").began_ms == NOW_MS
