"""Read-only queries the gateway itself needs: to start again, and to restate late minutes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw
import msgspec

from contract.errors import TOO_MUCH, Conflict, Damaged, NotFound, Refused
from contract.messages import Alarm, Diagnosis, Event, Minute, Reading
from gateway.journal import decoding, statements
from gateway.journal.anomalies import Anomaly, Learned, Method
from gateway.journal.decoding import Row
from gateway.journal.formers import Why
from gateway.journal.imports import PREFIX as IMPORTED
from gateway.journal.imports import ImportSource
from gateway.journal.ledger import CHANGE_COLUMNS
from gateway.journal.removals import GONE, Tombstone
from gateway.journal.rows import Change, Device, StoredEpoch
from gateway.journal.statements import (
    EPOCH_COLUMNS,
    FIND_EPOCH,
    LAST_TELLING,
    MISSING,
    NEXT_IN_NUMBER,
    NEXT_TELLING,
    TELLS,
)
from gateway.journal.tiers import Reach, TierSource, reach_of
from gateway.journal.trouble import legible, translated

T = TypeVar("T")

MINUTE_MS: Final = 60_000

_COLUMNS: Final = (
    "e.name, r.seq, r.body, r.time_ms, r.truth, r.period_ms, r.received_ms, r.board_ms, r.stamped,"
    " r.aside, r.event"
)
_ITEM: Final = f"SELECT {_COLUMNS} FROM reading r JOIN epoch e ON e.id = r.epoch"  # noqa: S608
_READING: Final = f"{_ITEM} WHERE r.event IS NULL AND"
_ORDER: Final = "r.time_ms, e.name, r.seq"
_BACKWARDS: Final = "r.time_ms DESC, e.name DESC, r.seq DESC"
ALARM_COLUMNS: Final = (
    "a.id, d.name, a.name, a.kind, a.severity, a.text, a.raised_ms, a.acknowledged_ms,"
    " a.acknowledged_by, a.cleared_ms, a.count, a.note, a.word_ms, a.shelved_until_ms,"
    " a.shelved_by, a.shelved_note, a.over, a.suppressed_ms, a.suppressed_until_ms,"
    f" a.suppressed_by, a.part_of, a.findings, a.cause, a.own, {statements.PARTS}"
)

ANOMALY_COLUMNS: Final = (
    "a.id, a.method, a.name, a.channel, a.severity, a.text, a.score, a.threshold, a.start_ms,"
    " a.end_ms, a.alarm, a.evidence"
)


def open_read_only(path: Path) -> apsw.Connection:
    """A connection that cannot write (nor checkpoint), for one thread. Raises Damaged."""
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.CantOpenError:
        if path.exists():
            raise
        raise Damaged(f"{path} was deleted.") from None
    connection.set_busy_timeout(5_000)
    return connection


def follower_cursor(journal: apsw.Connection, name: str) -> dict[str, int]:
    """How far follower ``name`` has come, as the journal keeps it; empty when it is new."""
    with legible(Path(journal.filename)):
        found = journal.execute("SELECT cursor FROM follower WHERE name = ?", (name,)).fetchall()
        return msgspec.json.decode(str(found[0][0]), type=dict[str, int]) if found else {}


class JournalReader:
    """Read-only view for one thread. Sees what is committed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with translated(path):
            self._connection = open_read_only(path)

    def again(self) -> "JournalReader":
        """One more of the same journal, for another thread."""
        return JournalReader(self._path)

    @property
    def connection(self) -> apsw.Connection:
        """For whoever reads more than the journal; use it within ``blamed``."""
        return self._connection

    def close(self) -> None:
        self._connection.close()

    def blamed(self) -> AbstractContextManager[None]:
        """Within, what fails does so for what the rows say: it is Damaged."""
        return legible(self._path)

    def _rows(self, make: Callable[[Row], T], sql: str, *bindings: Any) -> Iterator[T]:
        """What ``make`` makes of each row. Raises Damaged where that cannot be."""
        with legible(self._path):
            for row in self._connection.execute(sql, bindings):
                yield make(row)

    # ------------------------------------------------------------------ to start again

    def meta(self, key: str, default: int) -> int:
        rows = self._rows(decoding.number, "SELECT value FROM meta WHERE key = ?", key)
        return next(rows, default)

    def newest_ms(self) -> int | None:
        """Before this it cannot be: the newest receipt or the newest reading's own time.

        The earlier of the two, as the clock that gave the receipt may have been wrong without
        anybody having noticed yet, and a board's clock may be ahead. None without readings.
        """
        receipt_ms = self._receipt_ms("SELECT received_ms FROM reading ORDER BY id DESC LIMIT 1")
        if receipt_ms is None:
            return None
        of_each = "SELECT max(time_ms) FROM reading WHERE device = d.id"  # by the index: fast
        sql = f"SELECT coalesce(max(({of_each})), ?) FROM device d"  # noqa: S608
        return min(receipt_ms, *self._rows(decoding.number, sql, receipt_ms))

    def oldest_receipt_ms(self) -> int | None:
        return self._receipt_ms("SELECT received_ms FROM reading ORDER BY id LIMIT 1")

    def _receipt_ms(self, sql: str) -> int | None:
        return next(self._rows(decoding.number, sql), None)

    def devices(self) -> Iterator[Device]:
        sql = (
            "SELECT id,name,asset,birth,status,first_seen_ms,last_seen_ms,sequenced,counts,clock,"
            "reported FROM device WHERE name < ? ORDER BY id"
        )
        return self._rows(decoding.device, sql, GONE)

    def tombstones(self) -> Iterator[Tombstone]:
        """Who was removed, and has not come again."""
        return self._rows(decoding.tombstone, "SELECT * FROM removal")

    def changes(self) -> Iterator[Change]:
        """Everything that was ever entered in the registry, in order."""
        return self._rows(decoding.change, f"SELECT {CHANGE_COLUMNS} FROM registry ORDER BY id")  # noqa: S608

    def recent_epochs(self, limit: int, *, always: str) -> Iterator[StoredEpoch]:
        """Of each device the newest ``limit``, and the one called ``always``; oldest first.

        None of imported readings: no board goes on with them.
        """
        sql = (
            # CROSS: each device's few by the index, instead of every epoch there is.
            f"SELECT {EPOCH_COLUMNS} FROM device d CROSS JOIN epoch e ON e.id IN"  # noqa: S608
            " (SELECT n.id FROM epoch n WHERE n.device = d.id"
            f" AND n.name NOT GLOB '{IMPORTED}*' ORDER BY n.id DESC LIMIT ?)"
            f" UNION SELECT {EPOCH_COLUMNS} FROM device d CROSS JOIN epoch e"
            " ON e.device = d.id AND e.name = ? ORDER BY 1"
        )
        return self._rows(decoding.epoch, sql, limit, always)

    def epoch(self, epoch_id: int) -> StoredEpoch:
        """The epoch of a reading that is stored. Raises Damaged where there is none."""
        sql = f"SELECT {EPOCH_COLUMNS} FROM epoch e WHERE e.id = ?"  # noqa: S608
        for found in self._rows(decoding.epoch, sql, epoch_id):
            return found
        raise Damaged(f"{self._path} is damaged: an epoch of stored readings is missing.")

    def find_epoch(self, *, device_id: int, name: str) -> StoredEpoch | None:
        """The epoch of that name, if the device has had one."""
        return next(self._rows(decoding.epoch, FIND_EPOCH, device_id, name), None)

    def items_of(
        self, device_id: int, *, up_to_id: int
    ) -> Iterator[tuple[int, int, int, Reading | Event]]:
        """As ``items_after``, of one device and up to a row: only its own rows are read."""
        sql = (
            f"SELECT r.id, r.device, r.epoch, {_COLUMNS} FROM reading r INDEXED BY reading_by_time"  # noqa: S608
            " JOIN epoch e ON e.id = r.epoch WHERE r.device = ? AND r.id <= ? ORDER BY r.id"
        )
        return self._rows(decoding.owned_item, sql, device_id, up_to_id)

    def refused_for_their_number(self) -> Iterator[tuple[str, int]]:
        """(device, how many) of what was turned away and, but for a few, not kept."""
        marks = ",".join("?" * len(TOO_MUCH))
        sql = f"SELECT device, sum(count) FROM refusal WHERE reason IN ({marks}) GROUP BY device"  # noqa: S608
        return self._rows(decoding.NAME_NUMBER, sql, *sorted(TOO_MUCH))

    def snapshots(self) -> dict[int, tuple[bytes, int]]:
        """Device id → the twin's last checkpoint, and the last row it has folded."""
        rows = self._rows(decoding.SNAPSHOT, "SELECT device, state, folded_id FROM twin")
        return {device_id: (state, folded_id) for device_id, state, folded_id in rows}

    def items_after(self, id_: int) -> Iterator[tuple[int, int, int, Reading | Event]]:
        """(id, device id, epoch id, reading or event) of every row after ``id_``, in order."""
        sql = (
            f"SELECT r.id, r.device, r.epoch, {_COLUMNS} FROM reading r"  # noqa: S608
            " JOIN epoch e ON e.id = r.epoch WHERE r.id > ? ORDER BY r.id"
        )
        return self._rows(decoding.owned_item, sql, id_)

    def settled_after(self, quarantine_id: int, gap_id: int) -> Iterator[tuple[str, str, int, int]]:
        """(device, epoch, first seq, last seq) settled by quarantine and gap rows after these."""
        yield from self._rows(
            decoding.SETTLED,
            "SELECT device, epoch, seq, seq FROM quarantine"
            " WHERE id > ? AND epoch IS NOT NULL AND seq IS NOT NULL",
            quarantine_id,
        )
        yield from self._rows(
            decoding.SETTLED,
            "SELECT d.name, e.name, g.first_seq, g.last_seq FROM gap g"
            " JOIN epoch e ON e.id = g.epoch JOIN device d ON d.id = e.device WHERE g.id > ?",
            gap_id,
        )

    def refused_after(self, quarantine_id: int) -> Iterator[tuple[str, str, int]]:
        """(device, reason, how many) of what devices sent and the gateway refused after this."""
        return self._rows(
            decoding.REFUSED,
            # Those few by their id, instead of every one there is in order of devices.
            "SELECT device, reason, count(*) FROM quarantine NOT INDEXED"
            " WHERE id > ? AND reason <> 'influxdb_refused' GROUP BY device, reason",
            quarantine_id,
        )

    def gone_after(self, gap_id: int) -> Iterator[tuple[str, int, int]]:
        """(device, gaps, readings missing in them) noted after this."""
        return self._rows(
            decoding.GONE,
            "SELECT d.name, count(*), sum(g.missing) FROM gap g JOIN epoch e ON e.id = g.epoch"
            " JOIN device d ON d.id = e.device WHERE g.id > ? GROUP BY d.id",
            gap_id,
        )

    def open_alarms(self) -> Iterator[Alarm]:
        sql = (
            f"SELECT {ALARM_COLUMNS} FROM alarm a JOIN device d ON d.id = a.device"  # noqa: S608
            " WHERE a.cleared_ms IS NULL ORDER BY a.id"
        )
        return self._rows(decoding.alarm, sql)

    def open_anomalies(self, method: Method) -> Iterator[tuple[int, Anomaly]]:
        """Those of this method that last, each with its device's id."""
        sql = (
            f"SELECT {ANOMALY_COLUMNS}, a.device FROM anomaly a INDEXED BY anomaly_open"  # noqa: S608
            " WHERE a.end_ms IS NULL ORDER BY a.id"
        )
        every = self._rows(lambda row: (row[-1], decoding.anomaly(row[:-1])), sql)
        return (each for each in every if each[1].method == method)

    def learned(self) -> Iterator[tuple[int, Learned]]:
        """What is known of each machine's normal, with the id of its device."""
        sql = (
            "SELECT device, from_ms, until_ms, rows, asset, body, proven_ms FROM learned"
            " ORDER BY device"
        )
        return self._rows(decoding.learned, sql)

    def shelved_alarms(self) -> Iterator[Alarm]:
        """Those that are on the shelf, or were when they cleared: of each name the newest alarm."""
        sql = (
            f"SELECT {ALARM_COLUMNS} FROM alarm a INDEXED BY alarm_shelved"  # noqa: S608
            " JOIN device d ON d.id = a.device WHERE a.shelved_until_ms IS NOT NULL"
            " AND a.raised_ms = (SELECT max(n.raised_ms) FROM alarm n"
            " WHERE n.device = a.device AND n.name = a.name)"
        )
        return self._rows(decoding.alarm, sql)

    def removed_logins(self) -> list[str]:
        """Devices whose login was taken away last, and not made anew since."""
        sql = (  # SQLite: ``what`` is of the row with the max
            "SELECT detail, id FROM (SELECT detail, what, max(id) AS id FROM audit"
            " INDEXED BY audit_of_logins WHERE what IN"
            " ('device_added','device_renewed','device_removed') GROUP BY detail)"
            " WHERE what = 'device_removed'"
        )
        return [name for name, _ in self._rows(decoding.NAME_NUMBER, sql)]

    def why_not_open(self, alarm_id: int) -> Refused:
        """The error for an alarm that is not open: it was cleared, or there never was one."""
        sql = "SELECT cleared_ms FROM alarm WHERE id = ?"
        for cleared_ms in self._rows(decoding.number, sql, alarm_id):
            return Conflict(f"Alarm {alarm_id} was cleared already (at {cleared_ms}).")
        return NotFound(f"There is no alarm {alarm_id}.")

    def newest_diagnoses(self) -> Iterator[Diagnosis]:
        """The latest of each device, if it is young. Of what was judged since, ids say nothing."""
        sql = (
            "SELECT (SELECT n.body FROM diagnosis n WHERE n.device = d.id AND n.until_ms IS NULL"
            " ORDER BY n.time_ms DESC, n.id DESC LIMIT 1) AS body FROM device d"
            " WHERE d.name < ? AND body IS NOT NULL"
        )
        return self._rows(decoding.diagnosis, sql, GONE)

    def follower_cursors(self) -> dict[str, dict[str, int]]:
        return dict(self._rows(decoding.cursor, "SELECT name, cursor FROM follower"))

    # ------------------------------------------------------------------ to restate a late minute

    def late_minutes(self) -> Iterator[tuple[int, int, bool, Why]]:
        """(device id, start, alone, why) of what waited to be restated at the last end."""
        return self._rows(decoding.late_minute, "SELECT * FROM late_minute")

    def minute_readings(self, *, device_id: int, start_ms: int) -> list[Reading]:
        """The readings of one minute, by (time, epoch, seq)."""
        sql = f"{_READING} r.device = ? AND r.time_ms BETWEEN ? AND ? ORDER BY {_ORDER}"
        end_ms = start_ms + MINUTE_MS - 1
        return list(self._rows(decoding.reading, sql, device_id, start_ms, end_ms))

    def minute_events(self, *, device_id: int, start_ms: int) -> list[Event]:
        """The events of one minute, by (time, epoch, seq)."""
        sql = (
            f"{_ITEM.replace('reading r', 'reading r INDEXED BY event_by_time')}"
            " WHERE r.event IS NOT NULL AND r.device = ? AND r.time_ms BETWEEN ? AND ?"
            f" ORDER BY {_ORDER}"
        )
        end_ms = start_ms + MINUTE_MS - 1
        return list(self._rows(decoding.event, sql, device_id, start_ms, end_ms))

    def has_items(self, *, device_id: int, start_ms: int) -> bool:
        """Whether the journal has any reading or event of one minute."""
        sql = "SELECT EXISTS(SELECT 1 FROM reading WHERE device = ? AND time_ms BETWEEN ? AND ?)"
        end_ms = start_ms + MINUTE_MS - 1
        return bool(next(self._rows(decoding.number, sql, device_id, start_ms, end_ms)))

    def missing(self, *, device_id: int, start_ms: int) -> int:
        """How many numbers lack before the items of one minute, each after the one before it."""
        end_ms = start_ms + MINUTE_MS - 1
        return next(self._rows(decoding.number, MISSING, device_id, start_ms, end_ms))

    def next_in_number(self, *, device_id: int, start_ms: int) -> list[int]:
        """The minutes of the items that follow, by number, on those of one minute."""
        end_ms = start_ms + MINUTE_MS - 1
        return list(self._rows(decoding.number, NEXT_IN_NUMBER, device_id, start_ms, end_ms))

    def last_before(self, *, device_id: int, time_ms: int, limit: int) -> list[Reading]:
        """The last ``limit`` readings before ``time_ms``, by (time, epoch, seq)."""
        sql = f"{_READING} r.device = ? AND r.time_ms < ? ORDER BY {_BACKWARDS} LIMIT ?"
        return list(self._rows(decoding.reading, sql, device_id, time_ms, limit))[::-1]

    def first_from(self, *, device_id: int, time_ms: int, limit: int) -> list[Reading]:
        """The first ``limit`` readings at or after ``time_ms``, by (time, epoch, seq)."""
        sql = f"{_READING} r.device = ? AND r.time_ms >= ? ORDER BY {_ORDER} LIMIT ?"
        return list(self._rows(decoding.reading, sql, device_id, time_ms, limit))

    def nth_before_ms(self, *, device_id: int, time_ms: int, n: int) -> int:
        """The time of the n-th item up to a time, counted backwards; 0 where there are fewer."""
        sql = (
            "SELECT time_ms FROM reading WHERE device = ? AND time_ms <= ?"
            " ORDER BY time_ms DESC LIMIT 1 OFFSET ?"
        )
        return next(self._rows(decoding.number, sql, device_id, time_ms, n), 0)

    def last_telling(
        self, *, device_id: int, name: str, from_ms: int, to_ms: int
    ) -> Reading | None:
        """The last reading of a time, both ends included, that tells or sets aside a channel."""
        at_ms = next(
            self._rows(decoding.number, LAST_TELLING, device_id, from_ms, to_ms, *_keyed(name)),
            None,
        )
        if at_ms is None:
            return None
        sql = f"{_READING} r.device = ? AND r.time_ms = ? AND {TELLS} ORDER BY {_BACKWARDS} LIMIT 1"
        return next(self._rows(decoding.reading, sql, device_id, at_ms, *_keyed(name)))

    def next_telling_ms(self, *, device_id: int, name: str, from_ms: int) -> int | None:
        """When a channel is told, or set aside, next at or after a time."""
        rows = self._rows(decoding.number, NEXT_TELLING, device_id, from_ms, *_keyed(name))
        return next(rows, None)

    def minute_starts(self, *, device_id: int, from_ms: int, to_ms: int) -> list[int]:
        """The minutes there are that begin within a time, both ends included."""
        sql = "SELECT start_ms FROM minute WHERE device = ? AND start_ms BETWEEN ? AND ?"
        return list(self._rows(decoding.number, sql, device_id, from_ms, to_ms))

    def minute(self, *, device_id: int, start_ms: int) -> Minute | None:
        sql = "SELECT body FROM minute WHERE device = ? AND start_ms = ?"
        return next(self._rows(decoding.minute, sql, device_id, start_ms), None)

    # ------------------------------------------------------------------ tiers

    def reach(self) -> Reach:
        """How far the sums of quarter hours, hours and days go."""
        with legible(self._path):
            return reach_of(self._connection)

    def tiers(self) -> TierSource:
        """What they are made of; use it within ``blamed``."""
        return TierSource(self._connection)

    def imports(self) -> ImportSource:
        """What is known of imported files; use it within ``blamed``."""
        return ImportSource(self._connection)

    # ------------------------------------------------------------------ minutes of other programs

    def oldest_item_ms(self, *, device_id: int) -> int | None:
        """The time of a device's oldest reading or event; None where none is kept."""
        sql = "SELECT time_ms FROM reading WHERE device = ? ORDER BY time_ms LIMIT 1"
        return next(self._rows(decoding.number, sql, device_id), None)

    def last_minute_before(self, *, device_id: int, time_ms: int) -> int | None:
        """The start of a device's last minute that began before a time."""
        sql = (
            "SELECT start_ms FROM minute WHERE device = ? AND start_ms < ?"
            " ORDER BY start_ms DESC LIMIT 1"
        )
        return next(self._rows(decoding.number, sql, device_id, time_ms), None)

    def minutes_before(self, *, device_id: int, time_ms: int) -> Iterator[Minute]:
        """All minutes of a device that began before a time, in order."""
        sql = "SELECT body FROM minute WHERE device = ? AND start_ms < ? ORDER BY start_ms"
        return self._rows(decoding.minute, sql, device_id, time_ms)

    def minutes_of_others(
        self, *, device_id: int, program: str, from_ms: int, to_ms: int
    ) -> list[int]:
        """Starts of minutes, both ends included, that another program has written."""
        sql = (
            "SELECT start_ms FROM minute WHERE device = ? AND start_ms BETWEEN ? AND ?"
            " AND coalesce(body ->> 'program', '') <> ? ORDER BY start_ms DESC"
        )
        return list(self._rows(decoding.number, sql, device_id, from_ms, to_ms, program))

    # ------------------------------------------------------------------ to judge the past

    def bodies_between(
        self, *, device_id: int, from_ms: int, to_ms: int
    ) -> Iterator[tuple[int, str]]:
        """(time, values as JSON) of the readings of a time, its end not included, in order."""
        sql = (
            "SELECT time_ms, body FROM reading WHERE device = ? AND time_ms >= ? AND time_ms < ?"
            " AND event IS NULL ORDER BY time_ms"
        )
        return self._rows(decoding.timed, sql, device_id, from_ms, to_ms)

    def readings_around(
        self, *, device_id: int, from_ms: int, until_ms: int, before: int, limit: int
    ) -> tuple[list[Reading], list[Reading]]:
        """The last ``before`` readings up to ``from_ms``, and the first ``limit`` after it.

        Both by (time, epoch, seq), the latter before ``until_ms``.
        """
        sql = f"{_READING} r.device = ? AND r.time_ms <= ? ORDER BY {_BACKWARDS} LIMIT ?"
        earlier = list(self._rows(decoding.reading, sql, device_id, from_ms, before))
        sql = (
            f"{_READING} r.device = ? AND r.time_ms > ? AND r.time_ms < ? ORDER BY {_ORDER} LIMIT ?"
        )
        later = self._rows(decoding.reading, sql, device_id, from_ms, until_ms, limit)
        return earlier[::-1], list(later)

    def diagnoses_between(
        self, *, device_id: int, from_ms: int, to_ms: int
    ) -> list[tuple[int, str, bool]]:
        """(time, fault, whether it is an end) of rows after ``from_ms`` and up to ``to_ms``."""
        sql = (
            "SELECT time_ms, fault, body ->> 'stale', max(id) FROM diagnosis"
            " WHERE device = ? AND time_ms > ? AND time_ms <= ? GROUP BY time_ms ORDER BY time_ms"
        )
        return list(self._rows(decoding.told, sql, device_id, from_ms, to_ms))


def _keyed(name: str) -> tuple[str, str, str, str]:
    """A channel's name as ``TELLS`` asks for it: as text, which is quick, and by its path."""
    return (text := f'"{name}":', path := f'$."{name}"', text, path)
