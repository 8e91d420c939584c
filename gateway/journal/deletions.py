"""Rows of one machine and time that somebody wants gone; in the writer's open transaction."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from gateway.journal import statements
from gateway.journal.audits import Audits
from hosting.audit.events import Event

# What the last checkpoint covers: a row beyond it would be missed by the watermark at a start.
_FOLDED: Final = "SELECT coalesce((SELECT value FROM meta WHERE key = 'folded_reading'), 0)"

Run = Callable[[str, Sequence[Any]], list[Any]]


class Deletions:
    """``run`` executes SQL in the writer's transaction."""

    def __init__(self, run: Run, audits: Audits, keep_numbers: Callable[[], None]) -> None:
        """``keep_numbers``: no id is given a second time, whatever row is the newest then."""
        self._run = run
        self._audits = audits
        self._keep_numbers = keep_numbers

    def enter(self, event: Event) -> None:
        """Into the audit trail, once however often that is done."""
        if not self._audits.holds(event):
            self._audits.add(event, count=1)

    def drop(self, device_id: int, from_ms: int, to_ms: int, *, limit: int) -> int:
        """Drop at most so many readings and events of a time; how many went."""
        self._keep_numbers()
        [(folded_id,)] = self._run(_FOLDED, ())
        bounds = (device_id, from_ms, to_ms, folded_id, limit)
        return len(self._run(statements.DROP_OF_TIME, bounds))
