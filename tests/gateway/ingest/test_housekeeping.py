"""Rounds of housekeeping: what is checkpointed, what goes, and what a flood leaves behind."""

import asyncio
import re

import pytest

from contract.errors import StorageFull
from gateway.clocks.clock import Clock
from gateway.ingest import housekeeping
from gateway.ingest.housekeeping import Housekeeper
from gateway.journal.ballast import Ballast
from gateway.journal.tiers import Reach
from tests.gateway.rig import DAY_MS, NOW_MS, Rig, batches, message, reading, telemetry

RUNS_SINCE_MS = NOW_MS - DAY_MS


@pytest.fixture
def housekeeper(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Housekeeper:
    monkeypatch.setattr(housekeeping, "CHECKPOINT_S", 0.001)
    monkeypatch.setattr(housekeeping, "PRUNE_S", 0.002)
    monkeypatch.setattr(housekeeping, "PRUNE_ROWS", 7)
    clock = _believed(Clock(look=lambda: (rig.now_ms, rig.now_ms - RUNS_SINCE_MS)))
    return Housekeeper(
        pipeline=rig.pipeline,
        reader=rig.reader,
        ballast=Ballast(rig.directory / "ballast"),
        disk_alarm=rig.disk_alarm,
        retention_ms=7 * DAY_MS,
        minutes_ms=7 * DAY_MS,
        alarms_ms=7 * DAY_MS,
        metrics=rig.metrics,
        clock=clock,
    )


def work(housekeeper: Housekeeper, rounds: int = 6) -> None:
    """Let it go about so many rounds, whole; every other one of them prunes."""
    begun, pipeline = 0, housekeeper._pipeline
    checkpoint = pipeline.checkpoint

    async def story() -> None:
        is_enough = asyncio.Event()

        async def begin_one() -> None:
            nonlocal begun
            begun += 1
            if begun > rounds:
                is_enough.set()
                await asyncio.Event().wait()  # for ever
            await checkpoint()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pipeline, "checkpoint", begin_one)
            task = asyncio.create_task(housekeeper.run())
            enough = asyncio.create_task(is_enough.wait())
            await asyncio.wait((task, enough), return_when=asyncio.FIRST_COMPLETED)
            assert not task.done()
            task.cancel()

    asyncio.run(story())


def test_it_checkpoints_so_that_a_restart_folds_nothing_again(
    rig: Rig, housekeeper: Housekeeper, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 11))))
    work(housekeeper)
    rig.again()
    assert "1 devices restored, 0 items folded again" in caplog.text
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
    after = rig.device().twin.state(now_ms=before.published_ms, status="online", sequenced=True)
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


def test_a_clock_that_jumps_unnoticed_deletes_no_more_than_the_time_that_passed(
    rig: Rig, housekeeper: Housekeeper
) -> None:
    rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 11))))
    steady = {"ms": housekeeper._clock.steady_ms()}
    rig.now_ms += 3_650 * DAY_MS
    housekeeper._clock = _believed(Clock(look=lambda: (rig.now_ms, steady["ms"])))
    work(housekeeper)
    assert len(rig.seqs()) == 10
    steady["ms"] += 4 * DAY_MS
    rig.now_ms += 4 * DAY_MS
    work(housekeeper)
    assert rig.seqs() == [10], "twice four days is more than seven"


@pytest.mark.parametrize("step_ms", [3_650 * DAY_MS, -30 * DAY_MS])
def test_in_doubt_nothing_goes_but_rubbish(
    rig: Rig, housekeeper: Housekeeper, monkeypatch: pytest.MonkeyPatch, step_ms: int
) -> None:
    monkeypatch.setattr(housekeeping, "QUARANTINE_ROWS", 5)
    steady = {"ms": DAY_MS}
    housekeeper._clock = _believed(Clock(look=lambda: (rig.now_ms, steady["ms"])))
    rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 11))))
    rig.take(*(message("fan-01", "telemetry", b"{") for _ in range(20)))
    rig.now_ms += step_ms
    steady["ms"] += 20 * DAY_MS
    work(housekeeper)
    assert len(rig.seqs()) == 10
    assert rig.rows("SELECT count(*) FROM quarantine") == [(5,)]


def test_nothing_goes_before_anything_has_borne_the_clock_out(
    rig: Rig, housekeeper: Housekeeper
) -> None:
    housekeeper._clock.is_proven = False
    rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 11))))
    rig.now_ms += 8 * DAY_MS
    housekeeper._clock._began = rig.now_ms
    work(housekeeper)
    assert len(rig.seqs()) == 10


def test_a_round_says_what_it_deleted_and_where_it_stands(
    rig: Rig, housekeeper: Housekeeper, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for run in batches(range(1, 601), 20):
        rig.take(telemetry("fan-01", *(reading(seq) for seq in run)))
    work(housekeeper)
    assert "retention" not in caplog.text
    rig.now_ms += 8 * DAY_MS
    work(housekeeper)
    assert "of minute" not in caplog.text  # their sums are not made yet
    for revision in (0, 1_000):
        assert "of minute" not in caplog.text  # what came late, or was imported, is in no sum yet
        rig.journal.begin()
        rig.journal.tiers.put_reach(Reach(revision, until_ms=rig.now_ms))
        rig.journal.commit()
        work(housekeeper)
    assert re.search(r"retention: deleted \d+ of reading", caplog.text)
    assert re.search(r"retention: deleted \d+ of minute", caplog.text)
    horizon = "SELECT value FROM meta WHERE key = 'retention_horizon_ms'"
    assert rig.rows(horizon) == [(rig.now_ms,)]


def _believed(clock: Clock) -> Clock:
    clock.is_proven = True
    return clock
