"""Diagnoses that are older than readings are kept, as stretches of one class: bounded, a round.

What is young is a row a change of class and one a minute. Of what is old the first row of each
stretch stays, with how long it stood (``until_ms``) and the greatest confidence it had; so the
episodes of a machine are kept for as long as its alarms are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from contract.diagnosing import IN_FORCE_MS, JUMP_MS

# A row stands until the next one, as ``api.queries.events`` has it. Of rows of one device and time
# the last counts. The newest of all stays as it is: its id must not be given a second time.
_OLD: Final = (
    "SELECT d.id, d.device, d.time_ms, d.fault, coalesce(d.body ->> 'stale', 0),"
    " coalesce(d.body ->> 'confidence', 0.0), (SELECT min(n.time_ms) FROM diagnosis n"
    " WHERE n.device = d.device AND n.time_ms > d.time_ms),"
    " EXISTS (SELECT 1 FROM diagnosis n WHERE n.device = d.device AND n.time_ms = d.time_ms"
    " AND n.id > d.id) FROM diagnosis d INDEXED BY diagnosis_apart"
    " WHERE d.until_ms IS NULL AND d.time_ms < ? AND d.id < (SELECT max(id) FROM diagnosis)"
    " ORDER BY d.time_ms, d.id LIMIT ?"
)
_BEFORE: Final = (
    "SELECT id, fault, until_ms, confidence FROM diagnosis WHERE device = ? AND time_ms <= ?"
    " AND until_ms IS NOT NULL ORDER BY time_ms DESC, id DESC LIMIT 1"
)
_STAND: Final = "UPDATE diagnosis SET until_ms = ?, confidence = ? WHERE id = ?"
_DROP: Final = "DELETE FROM diagnosis WHERE id = ?"

Run = Callable[[str, Sequence[Any]], list[Any]]


class _Row(NamedTuple):
    id: int
    device_id: int
    time_ms: int
    fault: str
    ends: int  # whether it says that nothing was judged from there on
    confidence: float
    next_ms: int | None
    is_replaced: int

    @property
    def until_ms(self) -> int:
        """How long it stands by itself."""
        if self.next_ms is None or (self.ends and self.next_ms - self.time_ms > JUMP_MS):
            return self.time_ms
        return min(self.next_ms, self.time_ms + IN_FORCE_MS)


@dataclass
class _Stretch:
    id: int
    fault: str
    until_ms: int
    confidence: float
    is_changed: bool = False

    def takes(self, row: _Row) -> bool:
        """Whether a row goes on with it, and need not be kept."""
        if row.fault != self.fault or row.time_ms > self.until_ms:
            return False
        self.until_ms = max(self.until_ms, row.until_ms)
        self.confidence = max(self.confidence, row.confidence)
        self.is_changed = True
        return True


class Diagnoses:
    """``run`` executes SQL in the writer's transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def join(self, *, before_ms: int, limit: int) -> int:
        """Make stretches of the oldest rows from before a time; how many rows went.

        Looks at ``limit`` at most. What is made is the same whatever comes at once.
        """
        rows = [_Row(*each) for each in self._run(_OLD, (before_ms, limit))]
        newest: dict[int, _Stretch] = {}
        made: list[_Stretch] = []
        gone: list[int] = []
        for row in rows:
            stretch = newest.get(row.device_id) or self._before(row)
            if row.is_replaced or (stretch is not None and stretch.takes(row)):
                gone.append(row.id)
            else:
                own = _Stretch(row.id, row.fault, row.until_ms, row.confidence, is_changed=True)
                made.append(stretch := own)
            if stretch is not None:
                newest[row.device_id] = stretch
                made.append(stretch)
        self._put({each.id: each for each in made}.values(), gone)
        return len(gone)

    def _before(self, row: _Row) -> _Stretch | None:
        found = self._run(_BEFORE, (row.device_id, row.time_ms))
        return _Stretch(*found[0]) if found else None

    def _put(self, stretches: Iterable[_Stretch], gone: Iterable[int]) -> None:
        for each in stretches:
            if each.is_changed:
                self._run(_STAND, (each.until_ms, each.confidence, each.id))
        for id_ in gone:
            self._run(_DROP, (id_,))
