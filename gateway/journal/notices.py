"""What people are to be told of, and what they were: written in the writer's open transaction."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

_PUT: Final = (
    "INSERT INTO notice(transition,route,target,due_ms) VALUES (?,?,?,?)"
    " ON CONFLICT DO UPDATE SET due_ms = min(due_ms, excluded.due_ms)"
)
_EXPIRE: Final = "DELETE FROM notice WHERE id = ? AND told_ms IS NULL RETURNING target"
_COUNT_EXPIRED: Final = (
    "INSERT INTO target(name,expired,expired_ms) VALUES (?,1,?)"
    " ON CONFLICT DO UPDATE SET expired = expired + 1, expired_ms = excluded.expired_ms"
)
_FAILED: Final = (
    "INSERT INTO target(name,failure,failed_ms,failing_since_ms) VALUES (?,?,?,?)"
    " ON CONFLICT DO UPDATE SET failure = excluded.failure, failed_ms = excluded.failed_ms,"
    " failing_since_ms = coalesce(failing_since_ms, excluded.failing_since_ms)"
)

Run = Callable[[str, Sequence[Any]], list[Any]]


class Notice(NamedTuple):
    """A transition that a target is to be told of once it is ``due_ms``, and the route's name."""

    transition: int
    route: str
    target: str
    due_ms: int


class Notices:
    """``run`` executes SQL in the writer's transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def put(self, notices: Iterable[Notice]) -> None:
        """A target is told of a transition once, however many routes lead there."""
        for notice in notices:
            self._run(_PUT, notice)

    def told(self, ids: Iterable[int], *, now_ms: int) -> None:
        for id_ in ids:
            self._run("UPDATE notice SET told_ms = ? WHERE id = ?", (now_ms, id_))

    def bind(self, ids: Iterable[int], message: str) -> None:
        """These are about to be sent as one message, which is known by a name from now on."""
        for id_ in ids:
            self._run("UPDATE notice SET message = ? WHERE id = ?", (message, id_))

    def unbind(self, ids: Iterable[int]) -> None:
        """Their message has failed: each may go with others in the next one."""
        for id_ in ids:
            self._run("UPDATE notice SET message = NULL WHERE id = ? AND told_ms IS NULL", (id_,))

    def drop(self, ids: Iterable[int]) -> None:
        """Nobody is to be told of these any more."""
        for id_ in ids:
            self._run("DELETE FROM notice WHERE id = ? AND told_ms IS NULL", (id_,))

    def expire(self, ids: Iterable[int], *, now_ms: int) -> None:
        """These could not be told in time: dropped, and counted with their target."""
        for id_ in ids:
            for (target,) in self._run(_EXPIRE, (id_,)):
                self._run(_COUNT_EXPIRED, (target, now_ms))

    def failed(self, target: str, failure: str, *, now_ms: int) -> None:
        """The last message to a target has not arrived, and why."""
        self._run(_FAILED, (target, failure, now_ms, now_ms))

    def arrived(self, target: str) -> None:
        """The last message to a target has; what failed before stays to be read."""
        sql = "UPDATE target SET failing_since_ms = NULL WHERE name = ?"
        self._run(sql, (target,))
