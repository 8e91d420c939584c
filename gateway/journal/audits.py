"""The audit trail's rows, and what the settings were: written in the writer's open transaction."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from hosting.audit.events import Event

ROWS_KEPT: Final = 100_000

Run = Callable[[str, Sequence[Any]], list[Any]]


class Audits:
    """``run`` executes SQL in the writer's transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def add(self, event: Event, *, count: int) -> int:
        """A new row; returns its id."""
        sql = (
            "INSERT INTO audit(time_ms,who,origin,what,detail,count) VALUES (?,?,?,?,?,?)"
            " RETURNING id"
        )
        row = (event.time_ms, event.who, event.origin, str(event.what), event.detail, count)
        return int(self._run(sql, row)[0][0])

    def recount(self, counts: Iterable[tuple[int, int]]) -> None:
        """(row, how often by now)."""
        for id_, count in counts:
            self._run("UPDATE audit SET count = ? WHERE id = ?", (count, id_))

    def holds(self, event: Event) -> bool:
        """Whether just that has been entered."""
        sql = "SELECT EXISTS(SELECT 1 FROM audit WHERE time_ms = ? AND what = ? AND detail = ?)"
        return bool(self._run(sql, (event.time_ms, str(event.what), event.detail))[0][0])

    def has(self, what: str, *, since_ms: int) -> bool:
        """Whether such an entry has been made since."""
        sql = "SELECT EXISTS(SELECT 1 FROM audit WHERE what = ? AND time_ms >= ?)"
        return bool(self._run(sql, (what, since_ms))[0][0])

    def prune(self) -> None:
        """Keep the newest rows."""
        self._run("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", (ROWS_KEPT,))

    def settings(self) -> str:
        """What ``keep_settings`` kept, empty at first."""
        rows = self._run("SELECT value FROM meta WHERE key = 'settings'", ())
        return str(rows[0][0]) if rows else ""

    def keep_settings(self, text: str) -> None:
        self._run("INSERT OR REPLACE INTO meta VALUES ('settings', ?)", (text,))
