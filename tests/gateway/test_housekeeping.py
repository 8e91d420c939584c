"""Rounds of housekeeping: what is checkpointed, what goes, and what a flood leaves behind."""

import asyncio

import pytest

from gateway import housekeeping
from gateway.ballast import Ballast
from gateway.errors import StorageFull
from gateway.housekeeping import Housekeeper
from tests.gateway.rig import DAY_MS, Rig, message, reading, telemetry


@pytest.fixture
def housekeeper(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Housekeeper:
    monkeypatch.setattr(housekeeping, "CHECKPOINT_S", 0.01)
    monkeypatch.setattr(housekeeping, "PRUNE_S", 0.02)
    monkeypatch.setattr(housekeeping, "PRUNE_ROWS", 3)
    return Housekeeper(
        pipeline=rig.pipeline,
        reader=rig.reader,
        ballast=Ballast(rig.directory / "ballast"),
        writability=rig.writability,
        retention_ms=7 * DAY_MS,
        metrics=rig.metrics,
        now_ms=lambda: rig.now_ms,
    )


def work(housekeeper: Housekeeper, seconds: float = 0.3) -> None:
    """Let it go about its rounds for a while."""

    async def rounds() -> None:
        task = asyncio.create_task(housekeeper.run())
        await asyncio.sleep(seconds)
        assert not task.done()
        task.cancel()

    asyncio.run(rounds())


def test_it_checkpoints_so_that_a_restart_folds_nothing_again(
    rig: Rig, housekeeper: Housekeeper, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 11))))
    work(housekeeper)
    rig.again()
    assert "1 devices restored, 0 readings folded again" in caplog.text
    assert rig.device().counts.stored == 10


def test_what_is_older_than_retention_goes_and_figures_stay(
    rig: Rig, housekeeper: Housekeeper
) -> None:
    rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 21))))
    rig.take(telemetry("fan-01", reading(20), reading(20)))  # repeats use no ids up
    before = rig.device().twin.state(now_ms=rig.now_ms, status="online", sequenced=True)
    work(housekeeper)
    assert len(rig.seqs()) == 20
    rig.now_ms += 8 * DAY_MS
    work(housekeeper)
    assert rig.seqs() == [20], "the newest stays, so that ids never start anew"
    rig.again()
    after = rig.device().twin.state(
        now_ms=before.published_ms, status="online", sequenced=True, heard_ms=before.time_ms
    )
    assert after.kpis["energy_wh"] == before.kpis["energy_wh"]
    assert rig.watermark() == 20
    rig.take(telemetry("fan-01", reading(21, time_ms=rig.now_ms)))
    assert rig.seqs() == [20, 21]


def test_what_a_follower_has_not_delivered_waits_for_it(rig: Rig, housekeeper: Housekeeper) -> None:
    rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 11))))
    rig.journal.begin()
    rig.journal.set_follower_cursor("influxdb", {"reading": 4})
    rig.journal.commit()
    rig.now_ms += 8 * DAY_MS
    work(housekeeper)
    assert rig.seqs() == [5, 6, 7, 8, 9, 10]


def test_a_flood_of_rubbish_is_bounded_on_the_disk_and_counted_in_full(
    rig: Rig, housekeeper: Housekeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "QUARANTINE_ROWS", 50)
    monkeypatch.setattr(housekeeping, "QUARANTINE_BYTES", 20_000)
    rig.take(telemetry("fan-01", reading(1)))
    for _ in range(5):
        rig.take(*(message("fan-01", "telemetry", b"{" * 1_000) for _ in range(100)))
    work(housekeeper)
    assert rig.rows("SELECT count(*), sum(length(raw)) FROM quarantine") == [(20, 20_000)]
    assert rig.rows("SELECT count FROM refusal") == [(500,)]
    assert rig.device().counts.quarantined == 500
    rig.again()
    assert rig.device().counts.quarantined == 500


def test_a_full_disk_only_postpones_it(
    rig: Rig,
    housekeeper: Housekeeper,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig.take(telemetry("fan-01", reading(1)))
    commit = rig.journal.commit

    def refuse() -> None:
        raise StorageFull("The disk is full.")

    monkeypatch.setattr(rig.journal, "commit", refuse)
    work(housekeeper)
    assert "The disk is full." in caplog.text
    monkeypatch.setattr(rig.journal, "commit", commit)
    work(housekeeper)
    assert rig.rows("SELECT value FROM meta WHERE key = 'folded_reading'") == [(1,)]
