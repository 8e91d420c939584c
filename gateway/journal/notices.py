"""What people are to be told of, and what they were: written in the writer's open transaction."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

_PUT: Final = (
    "INSERT INTO notice(transition,route,target,due_ms) VALUES (?,?,?,?)"
    " ON CONFLICT DO UPDATE SET due_ms = min(due_ms, excluded.due_ms)"
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

    def drop(self, ids: Iterable[int]) -> None:
        """Nobody is to be told of these any more."""
        for id_ in ids:
            self._run("DELETE FROM notice WHERE id = ? AND told_ms IS NULL", (id_,))
