"""The order of things: durable first, then folded, then acknowledged; and an orderly end."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from contract.errors import StorageFull, Unavailable
from gateway.mqtt.broker import Batch
from tests.gateway.rig import Rig, reading, telemetry

WITHIN_S = 60.0


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not true():  # noqa: ASYNC110 - nobody sets an event here
            await asyncio.sleep(0.01)


class SlowCommit:
    """From ``SlowCommit(...)`` on the journal's commit waits, once begun, to be let go on."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        self._commit = rig.journal.commit
        self._begun, self._go_on = threading.Event(), threading.Event()
        monkeypatch.setattr(rig.journal, "commit", self._wait_and_commit)
        rig.pipeline._disk_pace.note(took_s=WITHIN_S, now_s=time.perf_counter())

    def _wait_and_commit(self) -> None:
        self._begun.set()
        assert self._go_on.wait(WITHIN_S)
        self._commit()

    async def begun(self) -> None:
        """Wait until it has begun."""
        assert await asyncio.to_thread(self._begun.wait, WITHIN_S)

    def go_on(self) -> None:
        self._go_on.set()


def test_nothing_is_acknowledged_before_it_is_durable(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    commit, fold = rig.journal.commit, rig.settlement.fold

    def commit_and_tell() -> None:
        commit()
        happened.append("commit")

    async def acknowledge(_batch: Batch) -> None:
        happened.append("puback")

    async def acks(_marks: object) -> None:
        happened.append("ack")

    def fold_and_tell(intake: object) -> bool:
        happened.append("fold")
        return fold(intake)  # type: ignore[arg-type]

    monkeypatch.setattr(rig.journal, "commit", commit_and_tell)
    monkeypatch.setattr(rig.settlement, "fold", fold_and_tell)
    monkeypatch.setattr(rig.broker, "acknowledge", acknowledge)
    monkeypatch.setattr(rig.publisher, "acknowledge", acks)
    rig.take(telemetry("fan-01", reading(1)))
    assert happened == ["commit", "fold", "puback", "ack"]


def test_while_the_disk_is_full_nothing_is_acknowledged_and_the_alarm_is_up(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledged: list[Batch] = []
    commit = rig.journal.commit
    monkeypatch.setattr("gateway.ingest.pipeline.RETRY_S", 0.01)

    async def acknowledge(batch: Batch) -> None:
        acknowledged.append(batch)

    def refuse() -> None:
        raise StorageFull("The disk is full.")

    async def story() -> None:
        monkeypatch.setattr(rig.journal, "commit", refuse)
        monkeypatch.setattr(rig.broker, "acknowledge", acknowledge)
        work = asyncio.create_task(
            rig.pipeline.process(Batch([telemetry("fan-01", reading(1))], None))
        )
        await until(lambda: rig.pipeline.passes >= 3)  # each of them a commit that was refused
        assert not acknowledged
        assert rig.pipeline.status().status == "down"
        assert rig.publisher._own.keys() == {"journal_not_writable"}
        monkeypatch.setattr(rig.journal, "commit", commit)
        await work
        assert len(acknowledged) == 1
        assert rig.pipeline.status().status == "ok"
        assert not rig.publisher._own

    asyncio.run(story())
    assert rig.seqs() == [1]
    assert rig.metrics.readings_stored == 1


def test_a_batch_under_way_is_finished_when_the_gateway_is_to_stop(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored and not folded, the checkpoint at the end would count it as folded for ever."""

    async def story() -> None:
        batches = [Batch([telemetry("fan-01", reading(1), reading(2))], None)]

        async def receive(_limit: int) -> Batch:
            if batches:
                return batches.pop()
            return await asyncio.Event().wait()  # type: ignore[return-value]  # never

        monkeypatch.setattr(rig.broker, "receive", receive)
        commit = SlowCommit(rig, monkeypatch)
        task = asyncio.create_task(rig.pipeline.run())
        await commit.begun()
        task.cancel()
        await asyncio.sleep(0.05)
        assert not task.done()
        commit.go_on()
        with pytest.raises(asyncio.CancelledError):
            await task
        await rig.pipeline.checkpoint()

    asyncio.run(story())
    assert rig.device().counts.stored == 2
    rig.again()
    assert rig.device().counts.stored == 2
    assert rig.device().twin.open_minute().count == 2  # type: ignore[union-attr]


def test_what_is_stored_and_not_folded_is_folded_by_the_next_start(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fold that fails ends the gateway, which leaves in order: not with a checkpoint of it."""

    def fail(_intake: object) -> bool:
        raise ZeroDivisionError

    rig.take(telemetry("fan-01", reading(1)))
    monkeypatch.setattr(rig.settlement, "fold", fail)
    with pytest.raises(ZeroDivisionError):
        rig.take(telemetry("fan-01", reading(2), reading(3)))
    assert rig.seqs() == [1, 2, 3]
    for work in (rig.pipeline.checkpoint(), rig.pipeline.settle([rig.device()])):
        with pytest.raises(Unavailable, match="not folded"):
            asyncio.run(work)
    rig.again()
    assert rig.device().counts.stored == rig.watermark() == 3
    assert rig.device().twin.open_minute().count == 3  # type: ignore[union-attr]


def test_a_batch_that_is_broken_off_in_its_commit_is_folded_by_the_next_start(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is cancelled twice waits for nothing any more, and its rows are there."""

    async def story() -> None:
        batch = Batch([telemetry("fan-01", reading(2), reading(3))], None)
        commit = SlowCommit(rig, monkeypatch)
        work = asyncio.create_task(rig.pipeline.process(batch))
        await commit.begun()
        work.cancel()
        await asyncio.sleep(0)
        commit.go_on()
        with pytest.raises(asyncio.CancelledError):
            await work
        with pytest.raises(Unavailable, match="not folded"):
            await rig.pipeline.checkpoint()

    rig.take(telemetry("fan-01", reading(1)))
    asyncio.run(story())
    rig.again()
    assert rig.seqs() == [1, 2, 3]
    assert rig.device().counts.stored == rig.watermark() == 3


def test_a_batch_that_cannot_be_stored_is_left_when_the_gateway_is_to_stop(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = rig.journal.commit
    monkeypatch.setattr("gateway.ingest.pipeline.RETRY_S", 0.01)

    def refuse() -> None:
        raise StorageFull("The disk is full.")

    async def story() -> None:
        async def receive(_limit: int) -> Batch:
            return Batch([telemetry("fan-01", reading(1))], None)

        monkeypatch.setattr(rig.broker, "receive", receive)
        monkeypatch.setattr(rig.journal, "commit", refuse)
        task = asyncio.create_task(rig.pipeline.run())
        await until(lambda: rig.pipeline.passes >= 3)  # each of them a commit that was refused
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
    monkeypatch.setattr(rig.journal, "commit", commit)
    rig.again()
    assert len(rig.fleet) == 0


def test_work_for_others_is_stored_whole_or_not_at_all(rig: Rig) -> None:
    def half(journal: object) -> None:
        del journal
        rig.journal.add_device(name="x", asset="fan", now_ms=1)
        raise Unavailable("no")

    with pytest.raises(Unavailable):
        asyncio.run(rig.pipeline.write(half))
    assert rig.rows("SELECT count(*) FROM device") == [(0,)]
