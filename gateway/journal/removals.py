"""What the journal holds of one machine, let go of or put under another name.

A machine that is removed is out of everybody's sight in one transaction: its name is free, its few
rows are gone. Its many rows go piece by piece afterwards, as the pipeline waits meanwhile; until
then its row in ``device`` has a name that no device can have, so a restart goes on with it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import apsw
import msgspec

from gateway.journal import statements

GONE: Final = "~"  # what its name begins with; every device's is less than that

# In the order in which they go: an epoch stays as long as a reading is of it.
_MANY: Final = {
    "reading": "DELETE FROM reading WHERE id IN (SELECT id FROM reading WHERE device = ? LIMIT ?)",
    "minute": (
        "DELETE FROM minute WHERE (device, start_ms) IN"
        " (SELECT device, start_ms FROM minute WHERE device = ? LIMIT ?)"
    ),
    "former": "DELETE FROM former WHERE id IN (SELECT id FROM former WHERE device = ? LIMIT ?)",
    "tier": (
        "DELETE FROM tier WHERE (device, level, start_ms, program) IN"
        " (SELECT device, level, start_ms, program FROM tier WHERE device = ? LIMIT ?)"
    ),
    "diagnosis": (
        "DELETE FROM diagnosis WHERE id IN (SELECT id FROM diagnosis WHERE device = ? LIMIT ?)"
    ),
    "gap": (
        "DELETE FROM gap WHERE id IN (SELECT g.id FROM epoch e CROSS JOIN gap g"
        " ON g.epoch = e.id WHERE e.device = ? LIMIT ?)"
    ),
    "epoch": "DELETE FROM epoch WHERE id IN (SELECT id FROM epoch WHERE device = ? LIMIT ?)",
}
_OF_ALARMS: Final = (
    "DELETE FROM notice WHERE transition IN (SELECT id FROM transition WHERE device = ?)",
    "DELETE FROM transition WHERE device = ?",
    "DELETE FROM escalation WHERE alarm IN (SELECT id FROM alarm WHERE device = ?)",
    "DELETE FROM alarm WHERE device = ?",
)
_FEW: Final = (
    *_OF_ALARMS,
    "DELETE FROM anomaly WHERE device = ?",
    "DELETE FROM learned WHERE device = ?",
    "DELETE FROM late_minute WHERE device = ?",
    "DELETE FROM import WHERE device = ?",
    "DELETE FROM twin WHERE device = ?",
    "DELETE FROM meta WHERE key = 'renewed:' || ?",
    "UPDATE archive SET state = 'gone' WHERE device = ?",  # whoever keeps the files deletes them
)
_BY_NAME: Final = ("quarantine", "refusal", "registry")
_COUNTS: Final = {
    "readings": (
        "SELECT (SELECT count(*) FROM reading WHERE device = :id AND event IS NULL)"
        " + (SELECT coalesce(sum(rows), 0) FROM archive WHERE device = :id AND state = 'kept')"
    ),
    "events": (
        "SELECT (SELECT count(*) FROM reading WHERE device = :id AND event IS NOT NULL)"
        " + (SELECT coalesce(sum(events), 0) FROM archive WHERE device = :id AND state = 'kept')"
    ),
    "minutes": "SELECT count(*) FROM minute WHERE device = :id",
    "diagnoses": "SELECT count(*) FROM diagnosis WHERE device = :id",
    "alarms": "SELECT count(*) FROM alarm WHERE device = :id",
    "open_alarms": "SELECT count(*) FROM alarm WHERE device = :id AND cleared_ms IS NULL",
    "refused": "SELECT count(*) FROM quarantine WHERE device = :name",
    "registry": "SELECT count(*) FROM registry WHERE device = :name",
    "first_ms": (
        "SELECT min(at_ms) FROM (SELECT min(time_ms) AS at_ms FROM reading WHERE device = :id"
        " UNION ALL SELECT min(first_ms) FROM archive WHERE device = :id AND state = 'kept')"
    ),
}
_PUT_LEAST: Final = (
    "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = max(value, ?2)"
)
_RENAME_DIAGNOSES: Final = (  # which say of whom they are
    "UPDATE diagnosis SET body = json_set(body, '$.device', ?) WHERE device = ?"
)
_COPY_REGISTRY: Final = (
    "INSERT INTO registry(device,kind,name,valid_from_ms,value,source,changed_ms,changed_by)"
    " SELECT ?, kind, name, valid_from_ms, value, source, changed_ms, changed_by FROM registry"
    " WHERE device = ? AND kind <> 'setting' ORDER BY id"
)

Run = Callable[[str, Sequence[Any]], list[Any]]


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """Who was removed, by whom, when: it may come again with a new login only."""

    name: str
    removed_by: str
    removed_ms: int


class Removals:
    """``run`` executes SQL in the writer's open transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run

    # ------------------------------------------------------------------ removed

    def begin(self, stone: Tombstone) -> None:
        """The name is free from now on, and what is few is gone; ``purge`` drops the rest."""
        for id_ in self._ids("name = ?", stone.name):
            self.keep_numbers()
            for sql in _FEW:
                self._run(sql, (id_,))
            self._run("UPDATE device SET name = ? WHERE id = ?", (f"{GONE}{id_}", id_))
        self._drop_raw(stone.name)
        for table in _BY_NAME:
            self._run(f"DELETE FROM {table} WHERE device = ?", (stone.name,))  # noqa: S608
        row = (stone.name, stone.removed_by, stone.removed_ms)
        self._run("INSERT OR REPLACE INTO removal VALUES (?,?,?)", row)

    def lift(self, name: str) -> None:
        """Whoever has this name now has a login of its own."""
        self._run("DELETE FROM removal WHERE name = ?", (name,))

    def purge(self, *, limit: int) -> bool:
        """Drop at most ``limit`` rows of a removed machine; whether there may be more."""
        for id_ in self._ids("name >= ?", GONE):
            if any(self._dropped(sql, id_, limit) for sql in _MANY.values()):
                return True
            for sql in _FEW:  # what somebody wrote who did not know yet
                self._run(sql, (id_,))
            self._run("DELETE FROM device WHERE id = ?", (id_,))
            return True
        return False

    def _dropped(self, sql: str, device_id: int, limit: int) -> int:
        return len(self._run(f"{sql} RETURNING 1", (device_id, limit)))

    def _ids(self, condition: str, *bindings: Any) -> list[int]:
        rows = self._run(f"SELECT id FROM device WHERE {condition} ORDER BY id", bindings)  # noqa: S608
        return [int(id_) for (id_,) in rows]

    def keep_numbers(self) -> None:
        """No id or revision is given a second time: followers' cursors only grow."""
        for key, sql in statements.NEWEST_OF.items():
            [(newest,)] = self._run(f"SELECT {sql}", ())
            self._run(_PUT_LEAST, (key, newest))

    def _drop_raw(self, name: str) -> None:
        sql = "SELECT coalesce(sum(length(raw)), 0) FROM quarantine WHERE device = ?"
        [(size,)] = self._run(sql, (name,))
        self._run(statements.ADD_QUARANTINE_BYTES, (-size,))

    # ------------------------------------------------------------------ replaced

    def rename(self, device_id: int, *, before: str, after: str) -> None:
        """What the machine was and did is another's history from now on; what was said of it too.

        The registry is copied: the new life stands where the earlier one stood.
        """
        self._run("UPDATE device SET name = ? WHERE id = ?", (after, device_id))
        for table in ("quarantine", "refusal"):
            self._run(f"UPDATE {table} SET device = ? WHERE device = ?", (after, before))  # noqa: S608
        self._run(_RENAME_DIAGNOSES, (after, device_id))
        self._run(_COPY_REGISTRY, (after, before))


def counts(connection: apsw.Connection, *, device_id: int, name: str) -> dict[str, int | None]:
    """How many rows of each kind are kept of a machine, and the time of its first reading."""
    bindings = {"id": device_id, "name": name}
    return {what: connection.execute(sql, bindings).get for what, sql in _COUNTS.items()}
