"""A restart finds everything again: devices, watermarks, counts, alarms, diagnoses, twins."""

import asyncio

import msgspec
import pytest

from contract.messages import Diagnosis
from gateway.twin.alarm_changes import Shelf
from tests.gateway.rig import EPOCH, NOW_MS, VALUES, Rig, message, reading, telemetry

DIAGNOSIS = Diagnosis(
    device="fan-01",
    time_ms=NOW_MS - 50_000,
    judged_ms=NOW_MS - 49_990,
    stale=False,
    fault_code=1,
    fault_label="Overcurrent Fault",
    fault="overcurrent",
    confidence=0.9,
    severity="High",
    advice="Switch it off.",
    reasons=[],
    anomaly_score=0.1,
    model="fan-1",
)


def fill(rig: Rig) -> None:
    """A bit of everything."""
    hot = VALUES | {"temperature": 90.0}
    rig.take(
        message("fan-01", "birth", {"asset": "fan", "location": "hall 2"}),
        *(telemetry("fan-01", reading(seq, values=hot)) for seq in range(1, 40)),
        telemetry("fan-01", reading(41), reading(41), {"epoch": EPOCH, "oldest": 41}),
        telemetry("fan-01", reading(42, values=VALUES | {"rpm": -1.0}), reading(44)),
        telemetry("fan-01", reading(41, truth="normal")),
        telemetry("fan-01", b"{"),
        telemetry("mine", {"values": VALUES}, {"values": VALUES}),
    )


def seen(rig: Rig) -> dict[str, object]:
    """All that a restart must bring back, but duplicates: what changes nothing leaves no trace."""
    found: dict[str, object] = {}
    for device in rig.fleet:
        counts = msgspec.structs.replace(device.counts, duplicates=0)
        found[device.name] = (
            device.id,
            device.asset.name,
            device.birth,
            device.status,
            device.sequenced,
            device.first_seen_ms,
            counts,
            device.next_seq,
            {name: (e.id, e.watermark.seq, e.watermark.ahead) for name, e in device.epochs.items()},
            device.epoch and device.epoch.name,
            device.alarms,
            device.diagnosis,
            device.twin.state(now_ms=NOW_MS, status="online", sequenced=True),
            device.twin.window(),
        )
    return found


@pytest.mark.parametrize("checkpoint", [True, False])
def test_everything_is_as_it_was(checkpoint: bool, rig: Rig) -> None:  # noqa: FBT001
    fill(rig)
    if checkpoint:
        rig.checkpoint()
    before = seen(rig)
    if not checkpoint:  # these are written with a checkpoint only, and come back with a message
        rig.device().status = rig.device("mine").status = "unknown"
        rig.device("mine").sequenced = True
        before = seen(rig)
    rig.again()
    assert seen(rig) == before
    rig.again()
    assert seen(rig) == before


def test_what_came_after_the_checkpoint_is_folded_and_counted(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    rig.checkpoint()
    fill(rig)
    before = seen(rig)
    rig.again()
    rig.device("mine").status, rig.device("mine").sequenced = "online", False
    assert seen(rig) == before


def test_the_newest_diagnosis_comes_back(rig: Rig) -> None:
    fill(rig)
    for fault in ("normal", "overcurrent"):
        diagnosis = msgspec.structs.replace(DIAGNOSIS, fault=fault)

        def add(journal: object, diagnosis: Diagnosis = diagnosis) -> None:
            del journal
            rig.journal.add_diagnosis(device_id=rig.device().id, diagnosis=diagnosis, changed=True)

        asyncio.run(rig.pipeline.write(add))
    rig.again()
    assert rig.device().diagnosis == DIAGNOSIS


def test_an_acknowledgement_comes_back(rig: Rig) -> None:
    fill(rig)
    rig.device().twin.book.acknowledge("temperature_high", by="Ann", now_ms=NOW_MS)
    asyncio.run(rig.pipeline.settle([rig.device()]))
    rig.again()
    alarm = rig.device().alarms["temperature_high"]
    assert (alarm.acknowledged_by, alarm.acknowledged_ms) == ("Ann", NOW_MS)


def raise_silent(rig: Rig, time_ms: int) -> None:
    rig.device().twin.book.raise_(
        "silent", kind="system", severity="Medium", text="Silent.", time_ms=time_ms
    )


@pytest.mark.parametrize("is_cleared", [False, True])
def test_a_shelf_survives_a_restart(rig: Rig, *, is_cleared: bool) -> None:
    fill(rig)
    raise_silent(rig, NOW_MS)
    book, shelf = rig.device().twin.book, Shelf(NOW_MS + 90_000, "Ann", "Known.")
    book.shelve("silent", shelf, now_ms=NOW_MS)
    if is_cleared:
        book.clear("silent", time_ms=NOW_MS + 1)
    asyncio.run(rig.pipeline.settle([rig.device()]))
    rig.again()
    raise_silent(rig, NOW_MS + 80_000)
    asyncio.run(rig.pipeline.settle([rig.device()]))
    alarm = rig.device().alarms["silent"]
    assert alarm.raised_ms == NOW_MS + (80_000 if is_cleared else 0)
    assert (alarm.shelved_until_ms, alarm.shelved_by, alarm.shelved_note) == shelf
    rig.device().twin.book.unshelve_due(shelf.until_ms)
    asyncio.run(rig.pipeline.settle([rig.device()]))
    assert rig.device().alarms["silent"].shelved_until_ms is None


def test_an_acknowledgement_that_was_taken_back_stays_so(rig: Rig) -> None:
    fill(rig)
    book = rig.device().twin.book
    book.acknowledge("temperature_high", by="Ann", note="Mine.", now_ms=NOW_MS)
    book.unacknowledge("temperature_high", by="Ann", now_ms=NOW_MS)
    asyncio.run(rig.pipeline.settle([rig.device()]))
    rig.again()
    alarm = rig.device().alarms["temperature_high"]
    assert (alarm.acknowledged_by, alarm.acknowledged_ms, alarm.note) == (None, None, None)
    rig.device().twin.book.acknowledge("temperature_high", by="Bob", now_ms=NOW_MS)


def test_a_snapshot_that_cannot_be_read_is_made_anew_from_the_rows(rig: Rig) -> None:
    fill(rig)
    rig.checkpoint()
    before = seen(rig)
    rig.journal.begin()
    rig.journal.put_twins([(rig.device().id, b"\xc1")], folded_id=rig.journal.next_id)
    rig.journal.commit()
    rig.again()
    state = rig.device().twin.state(now_ms=NOW_MS, status="online", sequenced=True)
    assert state.kpis == before["fan-01"][12].kpis  # type: ignore[index]


def test_a_device_of_a_type_that_is_gone_is_taken_as_it_comes(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    fill(rig)
    rig.checkpoint()
    rig.journal.begin()
    rig.journal.put_birth(device_id=rig.device().id, asset="dragon", birth=b'{"asset":"dragon"}')
    rig.journal.commit()
    rig.again()
    assert "dragon" in caplog.text
    assert rig.device().asset.name == "generic"
    before = rig.device().counts.stored
    rig.take(telemetry("fan-01", reading(90, values={"temperature": 41.0})))
    assert rig.device().counts.stored == before + 1


def test_repeats_before_a_checkpoint_cost_no_reading_after_a_restart(rig: Rig) -> None:
    """A row whose id a checkpoint already covers would never be folded, nor acknowledged."""
    rig.take(telemetry("fan-01", reading(1)))
    rig.take(telemetry("fan-01", reading(1), reading(1), reading(1)))
    rig.checkpoint()
    rig.again()
    rig.take(telemetry("fan-01", reading(2), reading(3)))
    rig.again()
    assert rig.watermark() == 3
    assert rig.device().counts.stored == 3
    assert rig.device().twin.open_minute().count == 3  # type: ignore[union-attr]


def test_a_checkpoint_that_is_ahead_of_the_rows_costs_none_either(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    rig.journal.next_id += 10
    rig.checkpoint()
    rig.again()
    rig.take(telemetry("fan-01", reading(2)))
    rig.again()
    assert rig.watermark() == 2
    assert rig.device().counts.stored == 2


def swing(rig: Rig, seqs: range) -> None:
    """The limit of the current without delay is crossed, and is not, five readings each."""
    rig.take(
        *(
            telemetry(
                "fan-01", reading(seq, values=VALUES | {"current": 4.0 if seq // 30 % 2 else 1.0})
            )
            for seq in seqs
        )
    )


@pytest.mark.parametrize("checkpoint", [True, False])
def test_an_alarm_that_chatters_over_a_crash_is_one_row(checkpoint: bool, rig: Rig) -> None:  # noqa: FBT001
    sql = "SELECT id, raised_ms, cleared_ms, count FROM alarm ORDER BY id"
    swing(rig, range(1, 100))
    if checkpoint:
        rig.checkpoint()
    swing(rig, range(100, 200))
    before = rig.rows(sql)
    assert len(before) == 1
    assert before[0][3] > 1
    rig.again()
    assert rig.rows(sql) == before
    rig.again()
    assert rig.rows(sql) == before
    swing(rig, range(200, 300))
    [(id_, raised_ms, _, count)] = rig.rows(sql)
    assert (id_, raised_ms) == before[0][:2]
    assert count > before[0][3]


def test_an_alarm_that_ended_after_the_checkpoint_is_over_after_a_crash(rig: Rig) -> None:
    swing(rig, range(1, 230))
    rig.take(*(telemetry("fan-01", reading(seq)) for seq in range(230, 260)))
    rig.pass_s(80)
    assert rig.rows("SELECT cleared_ms IS NULL FROM alarm WHERE kind = 'limit'") == [(0,)]
    rig.again()
    [(cleared_ms, count)] = rig.rows("SELECT cleared_ms, count FROM alarm WHERE kind = 'limit'")
    assert cleared_ms is not None
    assert count > 1
    assert [alarm.name for alarm in rig.device().twin.book.open_alarms] == ["silent"]
    assert list(rig.device().alarms) == ["silent"]
