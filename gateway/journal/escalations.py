"""Which alarms somebody else is to be told of where nobody acknowledges, and since when they were.

Written in the writer's open transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

_ONCE: Final = "INSERT INTO escalation(alarm,route,due_ms) VALUES (?,?,?) ON CONFLICT DO NOTHING"
_RESTART: Final = (
    "UPDATE escalation SET due_ms = ?3, done_ms = NULL WHERE alarm = ?1 AND route = ?2"
)
_HASTEN: Final = f"{_RESTART} AND (done_ms IS NOT NULL OR due_ms > ?3)"
_DONE: Final = (
    "UPDATE escalation SET done_ms = ? WHERE alarm = ? AND route = ? AND done_ms IS NULL"
    " RETURNING alarm"
)
_TELL: Final = (
    "INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms,by)"
    " SELECT id,device,'escalated',?,name,kind,severity,text,raised_ms,? FROM alarm WHERE id = ?"
)

Run = Callable[[str, Sequence[Any]], list[Any]]


class Escalation(NamedTuple):
    """An alarm that a route tells others of at ``due_ms`` where nobody has acknowledged it."""

    alarm: int
    route: str
    due_ms: int


class Escalations:
    """``run`` executes SQL in the writer's transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def put(self, found: Iterable[Escalation]) -> None:
        """An alarm waits, or was told, once a route: what comes again changes nothing."""
        for each in found:
            self._run(_ONCE, each)

    def restart(self, found: Iterable[Escalation]) -> None:
        """Those that there are wait from now on, as if nobody had been told."""
        for each in found:
            self._run(_RESTART, each)

    def hasten(self, found: Iterable[Escalation]) -> None:
        """Those that were told wait anew, and those that wait do so no longer than this."""
        for each in found:
            self._run(_HASTEN, each)

    def forget(self, alarms: Iterable[int]) -> None:
        for alarm in alarms:
            self._run("DELETE FROM escalation WHERE alarm = ?", (alarm,))

    def escalate(self, alarm: int, route: str, *, now_ms: int) -> None:
        """It is time: a transition says so, once."""
        if self._run(_DONE, (now_ms, alarm, route)):
            self._run(_TELL, (now_ms, route, alarm))

    def end(self, alarm: int, route: str, *, now_ms: int) -> None:
        """The route tells nobody else any more."""
        self._run(_DONE, (now_ms, alarm, route))
