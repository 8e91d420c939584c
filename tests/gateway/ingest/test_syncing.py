"""A commit does not wait for the disk; whoever was promised something by it does."""

import asyncio
import contextlib
import errno
import gc
import json
import random
from collections.abc import Iterable
from io import FileIO
from pathlib import Path

import pytest

from contract.errors import Damaged, Unusable
from gateway.ingest.disk_pace import DiskPace
from gateway.ingest.syncing import MOST_PROMISES
from gateway.journal import Journal, JournalReader, wal
from gateway.mqtt.broker import Batch, Outbound
from tests.gateway.ingest.power import Power
from tests.gateway.ingest.test_pipeline import SlowCommit, until
from tests.gateway.rig import EPOCH, Rig, reading, telemetry


class Promises:
    """What the gateway has told the broker and devices that it holds."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        self.packets = 0
        self.seq = 0
        monkeypatch.setattr(rig.broker, "acknowledge", self._acknowledge)
        monkeypatch.setattr(rig.broker, "post", self._post)

    async def _acknowledge(self, batch: Batch) -> None:
        self.packets += len(batch.messages)

    async def _post(self, messages: Iterable[Outbound]) -> None:
        for message in messages:
            if message.topic.endswith("/ack"):
                self.seq = max(self.seq, json.loads(message.payload)["seq"])


def batch_of(*seqs: int) -> Batch:
    return Batch([telemetry("fan-01", *[reading(seq) for seq in seqs])], None)


def test_what_is_not_synced_is_shown_and_not_promised(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    promises = Promises(rig, monkeypatch)

    async def story() -> None:
        await rig.pipeline.process(batch_of(1))
        rig.monotonic_s += 1.0
        assert (promises.packets, promises.seq) == (1, 1)
        await rig.pipeline._take(batch_of(2, 3))
        assert rig.device().twin.open_minute().count == 3  # type: ignore[union-attr]
        assert rig.watermark() == 3
        # Told again meanwhile, as when the device or the broker comes back.
        await rig.publisher.acknowledge([(rig.device(), rig.device().epochs[EPOCH])])
        assert (promises.packets, promises.seq) == (1, 1)
        rig.monotonic_s += 1.0
        await rig.pipeline.flush()
        assert (promises.packets, promises.seq) == (2, 3)

    asyncio.run(story())


def test_a_machine_that_is_removed_meanwhile_is_told_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    promises = Promises(rig, monkeypatch)

    async def story() -> None:
        await rig.pipeline.process(batch_of(1))
        rig.monotonic_s += 1.0
        await rig.pipeline._take(batch_of(2))
        rig.pipeline.forget(rig.device())
        await rig.pipeline.flush()
        rig.monotonic_s += 1.0
        await rig.publisher._post_acks(rig.publisher._acks)
        assert (promises.packets, promises.seq) == (2, 1)

    asyncio.run(story())


def test_readings_that_come_soon_after_one_another_share_a_sync(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else a slow disk hands commits to a thread, and the sync may come in between.
    monkeypatch.setattr(DiskPace, "is_prompt", lambda *_args, **_of: True)
    promises, power = Promises(rig, monkeypatch), Power(rig.directory, monkeypatch)

    async def story() -> None:
        syncs = asyncio.create_task(rig.pipeline._syncing.run())
        for seq in range(1, wal.MOST_UNSYNCED):
            await rig.pipeline._take(batch_of(seq))
        await until(lambda: promises.packets == wal.MOST_UNSYNCED - 1)
        syncs.cancel()

    asyncio.run(story())
    assert power.syncs == 1


def test_never_do_more_transactions_wait_than_a_start_allows_to_be_torn(rig: Rig) -> None:
    async def story() -> int:
        unsynced = 0
        for seq in range(1, 4 * wal.MOST_UNSYNCED):
            await rig.pipeline._take(batch_of(seq))
            unsynced = max(unsynced, rig.journal.unsynced)
        return unsynced

    assert asyncio.run(story()) == wal.MOST_UNSYNCED


def test_whoever_stores_much_waits_for_the_disk(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """As nobody else bounds what waits for it: QoS 0 knows no window."""
    promises = Promises(rig, monkeypatch)
    batches = [batch_of(seq) for seq in range(MOST_PROMISES, 0, -1)]

    async def receive(_limit: int) -> Batch:
        if batches:
            return batches.pop()
        return await asyncio.Event().wait()  # type: ignore[return-value]  # never

    monkeypatch.setattr(rig.broker, "receive", receive)

    async def story() -> None:
        work = asyncio.create_task(rig.pipeline.run())
        await until(lambda: promises.packets == MOST_PROMISES)
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    asyncio.run(story())
    assert promises.seq >= 1


def test_damage_that_ends_batches_and_syncs_alike_is_told_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slow: list[SlowCommit] = []

    async def receive(_limit: int) -> Batch:
        if not rig.metrics.readings_stored:
            return batch_of(1)
        slow.append(SlowCommit(rig, monkeypatch))
        return batch_of(2)

    async def story() -> None:
        work = asyncio.create_task(rig.pipeline.run())
        await until(lambda: slow)
        await slow[0].begun()
        rig.pipeline.condemn(Damaged("It is damaged."))
        await asyncio.sleep(0.2)  # what was promised of the first is to be kept
        slow[0].go_on()
        with pytest.raises(Damaged):
            await work

    monkeypatch.setattr("gateway.ingest.syncing.REST_S", 0.05)
    monkeypatch.setattr(rig.broker, "receive", receive)
    asyncio.run(story())
    gc.collect()  # a task says what nobody has asked it for when it goes
    assert "never retrieved" not in caplog.text


def test_where_a_sync_fails_for_want_of_room_nothing_is_promised_until_it_is_rewritten(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked once more the system would say that it is there (fsync(2); LWN, "fsyncgate", 2018)."""
    monkeypatch.setattr("gateway.ingest.pipeline.RETRY_S", 0.01)
    promises, rewritten = Promises(rig, monkeypatch), []
    sync, rewrite = wal.sync, rig.journal.rewrite

    def refuse(_log: FileIO) -> None:
        monkeypatch.setattr(wal, "sync", sync)  # the next one would succeed
        raise OSError(errno.ENOSPC, "No space left on device")

    def rewrite_and_tell() -> None:
        assert rig.pipeline.status().status == "down"
        assert not promises.packets
        rewrite()
        rewritten.append(rig.journal.unsynced)

    monkeypatch.setattr(wal, "sync", refuse)
    monkeypatch.setattr(rig.journal, "rewrite", rewrite_and_tell)
    rig.take(telemetry("fan-01", reading(1)))
    assert rewritten == [0]
    assert promises.seq == 1
    rig.take(telemetry("fan-01", reading(2)))
    assert rig.pipeline.status().status == "ok"
    rig.again()
    assert rig.seqs() == [1, 2]


def test_a_commit_at_once_says_nothing_of_what_a_sync_has_missed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_log: FileIO) -> None:
        raise OSError(errno.EIO, "Input/output error")

    promises = Promises(rig, monkeypatch)
    monkeypatch.setattr(wal, "sync", refuse)
    with pytest.raises(Unusable, match="fails"):
        rig.take(telemetry("fan-01", reading(1)))
    asyncio.run(rig.pipeline.write(lambda journal: journal.put_meta("some", 1)))
    assert rig.journal.unsynced
    assert not promises.packets


def stored_in(directory: Path) -> set[int]:
    Journal(directory / "journal.db").close()
    reader = JournalReader(directory / "journal.db")
    found = {seq for (seq,) in reader._connection.execute("SELECT seq FROM reading")}
    reader.close()
    return found


class Failing:
    """A disk that could not write a log: it says so once to each who has it open, and once more."""

    def __init__(self, log: Path) -> None:
        files = Path("/proc/self/fd").iterdir()
        self._owed = {int(file.name) for file in files if file.resolve() == log}
        self._is_told = False

    def fdatasync(self, file: int) -> None:
        if file in self._owed or not self._is_told:
            self._owed.discard(file)
            self._is_told = True
            raise OSError(errno.EIO, "Input/output error")


def test_that_the_disk_failed_is_heard_whoever_was_told_first(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a follower, which tries again (https://docs.kernel.org/core-api/errseq.html)."""
    promises, path = Promises(rig, monkeypatch), rig.directory / "journal.db"
    disk = Failing(path.with_name("journal.db-wal").resolve())
    monkeypatch.setattr(wal, "_fdatasync", disk.fdatasync)
    with pytest.raises(OSError, match="Input/output"):
        wal.sync_at(path)
    wal.sync_at(path)
    with pytest.raises(Unusable, match="fails"):
        rig.take(telemetry("fan-01", reading(1)))
    assert not promises.packets


def prune(journal: Journal) -> int:
    """Nothing is that old."""
    return journal.prune(before_ms=0, up_to_id=0, limit=1)


def test_a_commit_at_once_of_what_changes_nothing_makes_nothing_durable(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    promises, power = Promises(rig, monkeypatch), Power(rig.directory, monkeypatch)

    def repeat(journal: Journal) -> None:
        journal._run("UPDATE device SET asset = asset")

    async def story() -> None:
        await rig.pipeline.process(batch_of(1))
        for work in (prune, repeat):
            synced = power.syncs
            await rig.pipeline._take(batch_of(2))
            await rig.pipeline.write(work)
            assert rig.journal.unsynced
            await rig.pipeline.flush()
            assert power.syncs > synced
        assert promises.packets == 3

    asyncio.run(story())


@pytest.mark.parametrize("seed", range(12))
def test_a_power_cut_takes_nothing_that_was_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    (tmp_path / "var").mkdir()
    power = Power(tmp_path / "var", monkeypatch)
    with Rig(tmp_path / "var") as rig:
        promises = Promises(rig, monkeypatch)

        async def story() -> None:
            seq = 0
            for _ in range(dice.randrange(2, 40)):
                count = dice.choice([1, 1, 1, 5])
                await rig.pipeline._take(batch_of(*range(seq + 1, seq + count + 1)))
                seq += count
                rig.monotonic_s += dice.choice([0.05, 1.0])
                if dice.random() < 0.3:
                    await rig.pipeline.flush()
                if dice.random() < 0.2:
                    await rig.publisher.on_connected()
                if dice.random() < 0.1:
                    await rig.pipeline.checkpoint()
                if dice.random() < 0.2:
                    await rig.pipeline.write(prune)

        asyncio.run(story())
        power.cut(tmp_path / "after", dice)
        monkeypatch.undo()
        found = stored_in(tmp_path / "after")
        assert found == set(range(1, len(found) + 1))
        assert len(found) >= promises.seq
        assert len(rig.seqs()) >= len(found)
