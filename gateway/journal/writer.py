"""The journal's one writing connection: stage a batch, commit it durably, read nothing back.

Staging runs on the caller's thread: one executemany without a wait. Committing, which waits for
the disk, is one call that releases the GIL, so the pipeline runs it in a thread. (Staging in the
thread would be slower: SQLite hands the GIL back and forth once a row.)
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from gateway.errors import StorageFull, Unavailable
from gateway.journal import schema
from gateway.journal.rows import Device, Gap, Quarantined, Row
from gateway.messages import Alarm, Diagnosis, Minute

# Bigger pages hold more rows a write; the WAL is checkpointed about every 16 MB.
_PRAGMAS: Final = {
    "page_size": 8192,
    "journal_mode": "wal",
    "synchronous": "full",
    "cache_size": -32_768,
    "wal_autocheckpoint": 2_000,
    "foreign_keys": "off",
}
_encode: Final = msgspec.json.encode

_INSERT_READING: Final = "INSERT OR IGNORE INTO reading VALUES (?,?,?,?,?,?,?,?,?)"
_INSERT_QUARANTINE: Final = (
    "INSERT INTO quarantine(received_ms,device,topic,reason,detail,epoch,seq,raw)"
    " VALUES (?,?,?,?,?,?,?,?)"
)
_COUNT_REFUSAL: Final = (
    "INSERT INTO refusal VALUES (?,?,1) ON CONFLICT DO UPDATE SET count = count + 1"
)
_PUT_MINUTE: Final = (
    "INSERT INTO minute VALUES (?,?,?,?)"
    " ON CONFLICT DO UPDATE SET body = excluded.body, revision = excluded.revision"
)
_PUT_ALARM: Final = (
    "INSERT INTO alarm(device,name,kind,severity,text,raised_ms,revision) VALUES (?,?,?,?,?,?,?)"
    " ON CONFLICT DO NOTHING"
)


Stored = tuple[int, bool, bytes, str | None]


class Journal:
    """The writer. Not safe for two threads at once: callers hold the pipeline's lock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._connection = apsw.Connection(str(path))
        for name, value in _PRAGMAS.items():
            self._connection.pragma(name, value)
        self._connection.set_busy_timeout(5_000)
        schema.migrate(self._connection)
        self._cursor = self._connection.cursor()
        self.next_id = self._largest("reading", "id") + 1
        self._revision = max(
            self._largest("minute", "revision"), self._largest("alarm", "revision")
        )

    def close(self) -> None:
        self._connection.close()

    def begin(self) -> None:
        """Open the transaction that the calls below add to and ``commit`` makes durable.

        Raises:
            StorageFull: there is no room. Unavailable: another process holds the journal.
        """
        self._guard("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make everything since ``begin`` durable. Raises StorageFull or Unavailable."""
        self._guard("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._cursor.execute("ROLLBACK")

    def _guard(self, sql: str, rows: Sequence[Sequence[Any]] | None = None) -> None:
        try:
            if rows is None:
                self._cursor.execute(sql)
            else:
                self._cursor.executemany(sql, rows)
        except apsw.FullError as error:
            raise StorageFull(f"The disk that holds {self._path} is full.") from error
        except (apsw.BusyError, apsw.LockedError) as error:
            raise Unavailable(
                f"Another process holds {self._path}; is a gateway running?"
            ) from error

    # ------------------------------------------------------------------ what a batch brings

    def add_readings(self, rows: Sequence[Row]) -> set[int] | None:
        """Add readings; returns the ids of the new ones, or None when all are new.

        A row whose key is there already is left out, whatever it says.
        """
        if not rows:
            return None
        before = self._connection.total_changes()
        self._guard(_INSERT_READING, [_reading_columns(row) for row in rows])
        if self._connection.total_changes() - before == len(rows):
            return None
        added = self._cursor.execute("SELECT id FROM reading WHERE id >= ?", (rows[0].id,))
        return {row[0] for row in added}

    def stored(self, *, epoch_id: int, seq: int) -> Stored | None:
        """(time_ms, stamped, body, truth) under a key, or None: to tell a repeat from a conflict."""
        sql = "SELECT time_ms, stamped, body, truth FROM reading WHERE epoch = ? AND seq = ?"
        for time_ms, stamped, body, truth in self._cursor.execute(sql, (epoch_id, seq)):
            return time_ms, bool(stamped), body.encode(), truth
        return None

    def add_quarantined(self, items: Iterable[Quarantined]) -> None:
        rows = [msgspec.structs.astuple(item) for item in items]
        self._guard(_INSERT_QUARANTINE, rows)
        self._guard(_COUNT_REFUSAL, [(row[1], row[3]) for row in rows])

    def add_gaps(self, gaps: Iterable[Gap]) -> None:
        sql = "INSERT INTO gap(epoch,first_seq,last_seq,missing,noted_ms) VALUES (?,?,?,?,?)"
        rows = [(g.epoch_id, g.first_seq, g.last_seq, _length(g), g.noted_ms) for g in gaps]
        self._guard(sql, rows)

    # ------------------------------------------------------------------ who there is

    def add_device(self, *, name: str, asset: str, now_ms: int) -> int:
        """A device seen for the first time; returns its id."""
        sql = (
            "INSERT INTO device(name,asset,first_seen_ms,last_seen_ms) VALUES (?,?,?,?)"
            " RETURNING id"
        )
        return int(next(self._cursor.execute(sql, (name, asset, now_ms, now_ms)))[0])

    def add_epoch(self, *, device_id: int, name: str) -> int:
        """A device's epoch seen for the first time; returns its id."""
        sql = "INSERT INTO epoch(device,name) VALUES (?,?) RETURNING id"
        return int(next(self._cursor.execute(sql, (device_id, name)))[0])

    def put_birth(self, *, device_id: int, asset: str, birth: bytes) -> None:
        sql = "UPDATE device SET asset = ?, birth = ? WHERE id = ?"
        self._cursor.execute(sql, (asset, birth.decode(), device_id))

    def put_devices(self, devices: Iterable[Device]) -> None:
        """Store what changes about devices while they report (part of a checkpoint)."""
        sql = (
            "UPDATE device SET status = ?, last_seen_ms = ?, sequenced = ?, counts = ? WHERE id = ?"
        )
        self._guard(
            sql,
            [(d.status, d.last_seen_ms, d.sequenced, _text(d.counts), d.id) for d in devices],
        )

    # ------------------------------------------------------------------ what the twins bring

    def put_twins(self, snapshots: Mapping[int, bytes]) -> None:
        self._guard("INSERT OR REPLACE INTO twin VALUES (?,?)", list(snapshots.items()))

    def put_watermarks(self, marks: Iterable[tuple[int, int, list[tuple[int, int]]]]) -> None:
        """(epoch id, watermark, runs ahead of it) of every epoch that moved."""
        rows = [(seq, json.dumps(ahead), epoch_id) for epoch_id, seq, ahead in marks]
        self._guard("UPDATE epoch SET watermark = ?, ahead = ? WHERE id = ?", rows)

    def put_minutes(self, minutes: Iterable[tuple[int, Minute]]) -> None:
        """(device id, minute): a closed or restated minute replaces what stood there."""
        rows = [
            (device_id, minute.start_ms, _encode(minute).decode(), self._next_revision())
            for device_id, minute in minutes
        ]
        self._guard(_PUT_MINUTE, rows)

    def put_meta(self, key: str, value: Any) -> None:
        self._guard("INSERT OR REPLACE INTO meta VALUES (?,?)", [(key, value)])

    def set_follower_cursor(self, name: str, cursor: Mapping[str, int]) -> None:
        sql = "INSERT OR REPLACE INTO follower VALUES (?,?)"
        self._guard(sql, [(name, json.dumps(cursor))])

    def add_diagnosis(self, *, device_id: int, diagnosis: Diagnosis, changed: bool) -> None:
        sql = "INSERT INTO diagnosis(device,time_ms,fault,changed,body) VALUES (?,?,?,?,?)"
        body = _encode(diagnosis).decode()
        self._guard(sql, [(device_id, diagnosis.time_ms, diagnosis.fault, changed, body)])

    def raise_alarm(self, *, device_id: int, alarm: Alarm) -> int:
        """Store a raised alarm, once however often it is told; returns its id."""
        row = (
            device_id, alarm.name, alarm.kind, alarm.severity, alarm.text, alarm.raised_ms,
            self._next_revision(),
        )  # fmt: skip
        self._guard(_PUT_ALARM, [row])
        sql = "SELECT id FROM alarm WHERE device = ? AND name = ? AND raised_ms = ?"
        found = self._cursor.execute(sql, (device_id, alarm.name, alarm.raised_ms))
        return int(next(found)[0])

    def update_alarm(self, alarm: Alarm) -> None:
        """Store that an alarm was acknowledged or cleared."""
        sql = (
            "UPDATE alarm SET acknowledged_ms = ?, acknowledged_by = ?, cleared_ms = ?,"
            " revision = ? WHERE id = ?"
        )
        row = (
            alarm.acknowledged_ms, alarm.acknowledged_by, alarm.cleared_ms,
            self._next_revision(), alarm.id,
        )  # fmt: skip
        self._guard(sql, [row])

    # ------------------------------------------------------------------ retention

    def prune(self, *, before_ms: int, up_to_id: int, limit: int) -> int:
        """Drop at most ``limit`` readings received before ``before_ms`` with id <= ``up_to_id``.

        Returns how many went. The newest row stays, so that ids never start anew.
        """
        sql = (
            "DELETE FROM reading WHERE id IN (SELECT id FROM reading WHERE id <= ? AND id < ?"
            " AND received_ms < ? ORDER BY id LIMIT ?)"
        )
        before = self._connection.total_changes()
        self._guard(sql, [(up_to_id, self.next_id - 1, before_ms, limit)])
        return self._connection.total_changes() - before

    def prune_history(self, *, before_ms: int, quarantine_rows: int) -> None:
        """Drop old minutes, diagnoses, gaps and cleared alarms; keep the newest quarantine rows."""
        for sql in (
            "DELETE FROM minute WHERE start_ms < ?",
            "DELETE FROM diagnosis WHERE time_ms < ?",
            "DELETE FROM gap WHERE noted_ms < ?",
            "DELETE FROM alarm WHERE cleared_ms < ?",
        ):
            self._guard(sql, [(before_ms,)])
        self._guard(
            "DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ?",
            [(quarantine_rows,)],
        )

    # ------------------------------------------------------------------ small things

    def _largest(self, table: str, column: str) -> int:
        found = self._connection.execute(f"SELECT coalesce(max({column}), 0) FROM {table}")  # noqa: S608
        return int(next(found)[0])

    def _next_revision(self) -> int:
        self._revision += 1
        return self._revision


def _reading_columns(row: Row) -> tuple[Any, ...]:
    reading = row.reading
    return (
        row.id, row.epoch_id, reading.seq, row.device_id, reading.time_ms, row.received_ms,
        row.stamped, row.body.decode(), reading.truth,
    )  # fmt: skip


def _length(gap: Gap) -> int:
    return gap.last_seq - gap.first_seq + 1


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
