"""The journal's one writing connection: stage a batch, commit it, read nothing back.

Staging runs on the caller's thread: one executemany without a wait. Committing, which waits for
the disk, is one call that releases the GIL, so it may run in a thread (``ingest.disk_pace``).
(Staging in the thread would be slower: SQLite hands the GIL back and forth once a row.)

A transaction may be durable at once, or leave that to the next ``sync``: then it is written, and
lost in a power cut with all that was committed after it, never without.
"""

import json
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from contract.errors import GatewayError, Reason
from contract.messages import Alarm, Diagnosis, Event, Minute
from gateway.journal import decoding, ending, opening, statements, wal
from gateway.journal.anomalies import Anomaly, Learned, anomaly_bindings
from gateway.journal.archived import Archived
from gateway.journal.audits import Audits
from gateway.journal.deletions import Deletions
from gateway.journal.escalations import Escalations
from gateway.journal.formers import LATE, Formers, NewMinute, Why
from gateway.journal.imports import Imports
from gateway.journal.ledger import Ledger
from gateway.journal.lock import locked
from gateway.journal.notices import Notices
from gateway.journal.removals import Removals
from gateway.journal.retention import Retention
from gateway.journal.rows import (
    ALONE,
    Cause,
    Gap,
    Quarantined,
    Row,
    StoredEpoch,
    alarm_bindings,
    stored_epoch,
)
from gateway.journal.tiers import Tiers
from gateway.journal.trouble import legible, translated, unsynced
from gateway.journal.verdicts import Verdicts

_encode: Final = msgspec.json.encode

Stored = tuple[int | None, bytes, str | None, str | None]


class Journal:
    """The writer. Not safe for two threads at once: callers hold the pipeline's lock.

    Attributes:
        is_as_left: the file is new, or just as a clean end left it.
    """

    def __init__(self, path: Path) -> None:
        """Open the journal, or make it, and keep every other gateway out.

        Raises:
            Misconfigured: another gateway works on it, a newer edgetwin wrote it, or the directory
                is no good.
            StorageFull: there is no room to open it. Damaged: it is not what was left here.
            Unusable: it cannot be opened for writing.
        """
        self._path = path
        self._is_torn = False
        self._changes = 0
        self._is_lazy = False  # what is committed now waits for a sync
        self._written = self._synced = 0  # lazy transactions since the start
        self._is_unsyncable = False  # a sync failed: no later one says anything of what it missed
        self._retention = Retention(self._run)
        self.audits = Audits(self._run)
        self.ledger = Ledger(self._run)
        self.notices = Notices(self._run)
        self.escalations = Escalations(self._run)
        self.tiers = Tiers(self._run)
        self.formers = Formers(self._run)
        self.imports = Imports(self._run)
        self.removals = Removals(self._run)
        self.deletions = Deletions(self._run, self.audits, self.removals.keep_numbers)
        self.verdicts = Verdicts(self._run)
        self.archived = Archived(self._run)
        self._lock = locked(path)
        try:
            with translated(self._path):
                found = opening.connect(path)
                self._connection, self.is_as_left = found.connection, found.is_as_left
                self._cursor = self._connection.cursor()
                self.next_id = found.newest_id + 1
                self._committed_id = self._noted_id = found.newest_id
                self._revision = found.newest_revision
                self._log = wal.held(path)
                self.sync()  # the last gateway may not have come to that
        except GatewayError:
            if hasattr(self, "_connection"):
                opening.abandon(self._connection)
            if hasattr(self, "_log"):
                self._log.close()
            self._lock.release()
            raise

    def close(self) -> None:
        self._connection.close()
        self._log.close()
        if not self._is_torn:
            ending.note_closed(self._path)
        self._lock.release()

    def note_end(self) -> None:
        """Note how far the journal goes: a log that is cut or deleted after a crash will show."""
        if self._committed_id != self._noted_id and not self._is_torn:
            self._noted_id = self._committed_id
            ending.note_open(self._path, newest_id=self._noted_id)

    def note_torn(self) -> None:
        """A transaction could not be written whole: the end of the log proves nothing any more.

        What was begun before lies behind what is written next, and looks like a transaction that
        somebody has damaged. A file can be deleted on a full disk, but none be written.
        """
        self._is_torn = True
        ending.forget(self._path)

    def abandon(self) -> None:
        """Close a journal that is damaged, or may be: as it is, and as if the process had died."""
        opening.abandon(self._connection)
        self._log.close()
        self._lock.release()

    def begin(self, *, lazily: bool = False) -> None:
        """Open the transaction that the calls below add to and ``commit`` writes.

        ``lazily``: it is durable once ``sync`` was called, or another that changed something was
        committed at once; it is so by itself where too many wait already.

        Raises:
            StorageFull: there is no room. Unavailable: another process holds the journal.
        """
        lazily = lazily and self.unsynced < wal.MOST_UNSYNCED
        if lazily is not self._is_lazy:
            self._run(f"PRAGMA synchronous = {'NORMAL' if lazily else 'FULL'}")
            self._is_lazy = lazily
        self._run("BEGIN IMMEDIATE")
        self._changes = self._connection.total_changes()

    @property
    def staged(self) -> int:
        """How many rows were changed since ``begin``."""
        return self._connection.total_changes() - self._changes

    def commit(self) -> None:
        """Write everything since ``begin``, and make it durable unless that was to be lazy.

        Raises:
            StorageFull, Unavailable: nothing of it is stored.
        """
        before = self._pages
        self._run("COMMIT")
        self._committed_id = self.next_id - 1
        if self._is_lazy:
            self._written += 1
        elif self._pages != before and not self._is_unsyncable:
            self._synced = self._written

    @property
    def _pages(self) -> int:
        """How many were written so far. SQLite syncs nothing where a commit writes none."""
        return self._connection.status(apsw.SQLITE_DBSTATUS_CACHE_WRITE)[0]

    @property
    def unsynced(self) -> int:
        """How many transactions are written and not known to be durable."""
        return self._written - self._synced

    def sync(self) -> None:
        """Make durable what was committed until now. Beside other calls: for a thread.

        Raises:
            StorageFull, Unusable: it may not be. After that it takes ``rewrite``.
        """
        written = self._written
        try:
            wal.sync(self._log)
        except OSError as error:
            self._is_unsyncable = True
            raise unsynced(error, self._path) from error
        self._synced = max(self._synced, written)

    def rewrite(self) -> None:
        """After a sync that failed: put what the log holds into the journal itself, and sync that.

        Raises:
            StorageFull, Unavailable, Unusable: that does not go either, yet.
        """
        with translated(self._path):
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL)
        self._synced, self._is_unsyncable = self._written, False

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._cursor.execute("ROLLBACK")

    def _run(self, sql: str, bindings: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        with translated(self._path):
            return list(self._cursor.execute(sql, bindings))

    def _run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        with translated(self._path):
            self._cursor.executemany(sql, rows)

    # ------------------------------------------------------------------ what a batch brings

    def add_items(self, rows: Sequence[Row]) -> set[int] | None:
        """Add readings and events; returns the ids of the new ones, or None when all are new.

        A row whose key is there already is left out, whatever it says.
        """
        if not rows:
            return None
        before = self._connection.total_changes()
        self._run_many(statements.INSERT_READING, [_item_columns(row) for row in rows])
        if self._connection.total_changes() - before == len(rows):
            return None
        added = self._run("SELECT id FROM reading WHERE id >= ?", (rows[0].id,))
        return {row[0] for row in added}

    def stored(self, *, epoch_id: int, seq: int) -> Stored | None:
        """(board's time, body, truth, event) under a key: to tell a repeat from a conflict."""
        with legible(self._path):
            for board_ms, body, truth, event in self._run(statements.STORED, (epoch_id, seq)):
                return board_ms, body.encode(), truth, event
        return None

    def add_quarantined(self, items: Iterable[Quarantined]) -> None:
        rows = [msgspec.structs.astuple(item) for item in items]
        if rows:
            self._run_many(statements.INSERT_QUARANTINE, rows)
            self._run(statements.ADD_QUARANTINE_BYTES, (sum(len(row[-1]) for row in rows),))
            self.count_refused(Counter((row[1], row[3]) for row in rows))

    def newest_refused(self, *, device: str, reason: Reason) -> tuple[str, bytes] | None:
        """Topic and bytes of what was refused last of a device for that reason."""
        return next(iter(self._run(statements.NEWEST_REFUSED, (device, reason))), None)

    def count_refused(self, counts: Mapping[tuple[str, Reason], int]) -> None:
        """Count refusals, by device and reason, with a row in quarantine or without."""
        rows = [(device, reason, count) for (device, reason), count in counts.items()]
        self._run_many(statements.COUNT_REFUSAL, rows)

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        sql = "INSERT INTO gap(epoch,first_seq,last_seq,missing,noted_ms) VALUES (?,?,?,?,?)"
        self._run_many(sql, [msgspec.structs.astuple(gap) for gap in gaps])

    # ------------------------------------------------------------------ who there is

    def add_device(self, *, name: str, asset: str, now_ms: int) -> int:
        """A device seen for the first time; returns its id."""
        return int(self._run(statements.ADD_DEVICE, (name, asset, now_ms, now_ms))[0][0])

    def add_epoch(self, *, device_id: int, name: str) -> int:
        """A device's epoch seen for the first time; returns its id."""
        return int(self._run(statements.ADD_EPOCH, (device_id, name))[0][0])

    def find_epoch(self, *, device_id: int, name: str) -> StoredEpoch | None:
        """The epoch of that name, if the device has had one."""
        with legible(self._path):
            found = self._run(statements.FIND_EPOCH, (device_id, name))
            return stored_epoch(found[0]) if found else None

    def was_settled(self, *, device: str, epoch_id: int, epoch: str, seq: int) -> bool:
        """Of a settled seq: whether it was stored once, and its row is gone.

        Not so when it was reported gone, or refused: then it is news.
        """
        bindings = {"device": device, "epoch_id": epoch_id, "epoch": epoch, "seq": seq}
        [(is_news,)] = self._run(statements.IS_NEWS_OR_STORED, bindings)
        return not is_news

    def put_birth(self, *, device_id: int, asset: str, birth: bytes) -> None:
        sql = "UPDATE device SET asset = ?, birth = ? WHERE id = ?"
        self._run(sql, (asset, birth.decode(), device_id))

    def put_asset(self, *, device_id: int, asset: str) -> None:
        self._run("UPDATE device SET asset = ? WHERE id = ?", (asset, device_id))

    def put_reported(self, *, device_id: int, reported: bytes) -> None:
        """The settings that a device says it works with, as JSON."""
        sql = "UPDATE device SET reported = ? WHERE id = ?"
        self._run(sql, (reported.decode(), device_id))

    def put_devices(self, rows: Iterable[tuple[str, int, bool, bytes, bytes, int]]) -> None:
        """(status, last seen, sequenced, counts and clock as JSON, id) of devices that changed."""
        sql = (
            "UPDATE device SET status = ?, last_seen_ms = ?, sequenced = ?,"
            " counts = CAST(? AS TEXT), clock = CAST(? AS TEXT) WHERE id = ?"
        )
        self._run_many(sql, list(rows))

    # ------------------------------------------------------------------ what the twins bring

    def put_twins(self, snapshots: Iterable[tuple[int, bytes]], *, folded_id: int) -> None:
        """(device id, snapshot) of twins that have folded every row up to ``folded_id``."""
        rows = [(device_id, state, folded_id) for device_id, state in snapshots]
        self._run_many("INSERT OR REPLACE INTO twin VALUES (?,?,?)", rows)

    def put_watermarks(self, marks: Iterable[tuple[int, int, list[tuple[int, int]]]]) -> None:
        """(epoch id, watermark, runs ahead of it) of every epoch that moved."""
        rows = [(seq, json.dumps(ahead), epoch_id) for epoch_id, seq, ahead in marks]
        self._run_many("UPDATE epoch SET watermark = ?, ahead = ? WHERE id = ?", rows)

    def put_minutes(
        self,
        minutes: Iterable[tuple[int, Minute]],
        *,
        why: Why | None = LATE,
        now_ms: int | None = None,
    ) -> None:
        """(device id, minute): a closed or restated minute replaces what stood there.

        What it was is kept where it had ended for a while by ``now_ms`` (None: this machine's
        clock), and why it is another one.  ``why`` None: they have just closed, and are what
        everybody has seen them grow to.
        """
        found = [
            NewMinute(id_, minute.start_ms, _encode(minute).decode()) for id_, minute in minutes
        ]
        if why is not None:
            at_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
            self.formers.replaced(found, why=why, now_ms=at_ms)
        rows = [(*minute, self._next_revision()) for minute in found]
        self._run_many(statements.PUT_MINUTE, rows)

    def put_late_minutes(self, minutes: Iterable[tuple[int, int, bool, Why]]) -> None:
        """(device id, start, alone, why) of minutes that wait to be restated."""
        rows = [(*key, why.reason, why.by) for *key, why in minutes]
        self._run_many("INSERT OR REPLACE INTO late_minute VALUES (?,?,?,?,?)", rows)

    def drop_late_minutes(self, keys: Iterable[tuple[int, int]]) -> None:
        """(device id, start) of minutes that were."""
        sql = "DELETE FROM late_minute WHERE device = ? AND start_ms = ?"
        self._run_many(sql, list(keys))

    def put_folded(self) -> None:
        """Note that the checkpoint being written covers every row there is now."""
        self._run(statements.FOLDED, (self.next_id - 1,))

    def put_meta(self, key: str, value: int) -> None:
        self._run("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, value))

    def set_follower_cursor(self, name: str, cursor: Mapping[str, int]) -> None:
        sql = "INSERT OR REPLACE INTO follower VALUES (?,?)"
        self._run(sql, (name, json.dumps(cursor)))

    def add_diagnosis(self, *, device_id: int, diagnosis: Diagnosis, changed: bool) -> None:
        sql = "INSERT INTO diagnosis(device,time_ms,fault,changed,body) VALUES (?,?,?,?,?)"
        body = _encode(diagnosis).decode()
        self._run(sql, (device_id, diagnosis.time_ms, diagnosis.fault, changed, body))

    def put_alarm(self, *, device_id: int, alarm: Alarm, cause: Cause = ALONE) -> None:
        """Store what is new about an alarm, once however often it is told.

        ``alarm`` then says what is stored: its id, who had acknowledged it before a crash, and
        the evidence of its cause, also where that is another alarm's.
        """
        row = {"device": device_id, "revision": self._next_revision()}  # not the name of it
        [stored] = self._run(statements.PUT_ALARM, alarm_bindings(alarm, cause) | row)
        for name, value in zip(statements.STORED_OF_ALARM, stored, strict=True):
            setattr(alarm, name, value)
        if cause.reasons:
            said = msgspec.json.encode(cause.reasons).decode()
            key = (device_id, alarm.name, alarm.raised_ms)
            self._run(statements.PUT_EVIDENCE, (said, self._revision, *key, said))
        [found] = self._run(statements.EVIDENCE, (alarm.part_of or alarm.id,))
        alarm.evidence = decoding.evidence(found)

    # ------------------------------------------------------------------ retention

    def prune(self, *, before_ms: int, up_to_id: int, limit: int, sweep: bool = True) -> int:
        """Drop at most ``limit`` readings received before ``before_ms`` with id <= ``up_to_id``.

        Returns how many went. The newest row stays, so that ids never start anew. With ``sweep``
        rows are looked at out of turn when the oldest is young (gateway.journal.retention).
        """
        return self._retention.prune(
            before_ms=before_ms,
            up_to_id=up_to_id,
            newest_id=self.next_id - 1,
            limit=limit,
            sweep=sweep,
        )

    def prune_history(
        self, *, before_ms: int, minutes_ms: int, alarms_ms: int, formers_ms: int | None = None
    ) -> dict[str, int]:
        """Drop some old diagnoses, gaps and cleared alarms, and minutes from before ``minutes_ms``.

        Returns how many of each went.
        """
        return self._retention.prune_history(
            before_ms=before_ms,
            minutes_ms=minutes_ms,
            alarms_ms=alarms_ms,
            formers_ms=formers_ms,
        )

    def prune_quarantine(self, *, rows: int, raw_bytes: int) -> None:
        """Keep the newest ``rows`` refused messages, and of these ``raw_bytes`` at most."""
        self._retention.prune_quarantine(rows=rows, raw_bytes=raw_bytes)

    def prune_epochs(self, *, in_use: Collection[int]) -> int:
        """Drop old epochs that are settled and empty, none of ``in_use``."""
        return self._retention.prune_epochs(in_use=in_use)

    def put_anomaly(self, *, device_id: int, anomaly: Anomaly) -> int:
        """Store what is new about an anomaly, once however often it is told; returns its id."""
        row = anomaly_bindings(anomaly) | {"device": device_id, "revision": self._next_revision()}
        [(id_,)] = self._run(statements.PUT_ANOMALY, row)
        return int(id_)

    def put_learned(self, *, device_id: int, learned: Learned) -> None:
        """Keep what was learned of one machine, in place of what was before."""
        it = learned
        row = (device_id, it.from_ms, it.until_ms, it.rows, it.asset, it.body, it.proven_ms)
        self._run(statements.PUT_LEARNED, row)

    def _next_revision(self) -> int:
        self._revision += 1
        return self._revision


def _item_columns(row: Row) -> tuple[Any, ...]:
    item = row.item
    return (
        row.id, row.epoch_id, item.seq, row.device_id, item.time_ms, item.received_ms,
        item.stamp, row.body.decode(), item.truth,
        None if item.board_ms == item.time_ms else item.board_ms, item.period_ms,
        None if item.aside is None else _encode(item.aside).decode(),
        item.event if type(item) is Event else None,
    )  # fmt: skip
