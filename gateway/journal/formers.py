"""What minutes were until something changed them: for who asks what was known at a time.

A minute grows until it has ended, and for a while after that, as readings are on their way: so far
nothing is kept of it. What changes it later leaves what it was, in the transaction of the change.
Of minutes that nobody knew of (a board sends what it has kept) one row has a whole run, so that a
backlog of a day is some dozen rows; and changes of a minute that come at short notice are one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

import apsw
import msgspec

MINUTE_MS: Final = 60_000
GRACE_MS: Final = 120_000  # so long after its end nobody is surprised that a minute changes
TOGETHER_MS: Final = 60_000  # changes of a minute for one reason within this time are one
FLOOR: Final = "former_floor_ms"  # in meta: what was known before is not kept

WhyKind = Literal["late", "pace", "parameter", "program", "imported", "deleted", "restated"]
Run = Callable[[str, Sequence[Any]], list[Any]]

_BEFORE: Final = "SELECT body FROM minute WHERE device = ? AND start_ms = ?"
_IS_RECENT: Final = (
    "SELECT 1 FROM former WHERE device = ? AND start_ms = ? AND changed_ms BETWEEN ? AND ?"
    " AND reason = ? AND by = ? AND body IS NOT NULL LIMIT 1"
)
_PUT: Final = (
    "INSERT INTO former(device,start_ms,end_ms,changed_ms,body,reason,by) VALUES (?,?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET end_ms = max(end_ms, excluded.end_ms)"
    " WHERE body IS NULL AND excluded.body IS NULL"
)
_RAISE_FLOOR: Final = (
    "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)"
)
_FLOOR: Final = "SELECT value FROM meta WHERE key = ?"
_SINCE: Final = (
    "SELECT start_ms, end_ms, body FROM former WHERE device = ? AND changed_ms > ?"
    " AND start_ms < ? AND end_ms > ? ORDER BY id DESC"
)
_STARTS: Final = "SELECT start_ms FROM minute WHERE device = ? AND start_ms >= ? AND start_ms < ?"
_WAITING: Final = "SELECT count(*) FROM late_minute WHERE device = ? AND reason = ? AND by = ?"
_CHANGED: Final = (
    "SELECT coalesce(sum((end_ms - start_ms) / 60000), 0) FROM former"
    " WHERE device = ? AND changed_ms >= ? AND reason = ? AND by = ?"
)


class Why(msgspec.Struct, frozen=True):
    """Why a minute is another one; ``by``: on whose word, where it is a person's."""

    reason: WhyKind
    by: str = ""

    @property
    def may_shrink(self) -> bool:
        """Whether a minute may have fewer readings than before: some were deleted."""
        return self.reason == "deleted"


LATE: Final = Why("late")
PACE: Final = Why("pace")
PARAMETER: Final = Why("parameter")
PROGRAM: Final = Why("program")
IMPORTED: Final = Why("imported")


class Former(msgspec.Struct, frozen=True, kw_only=True):
    """What a minute was until ``changed_ms``: its ``body``.

    None: nobody knew of it, nor of those behind it up to ``end_ms``.
    """

    device_id: int
    start_ms: int
    end_ms: int
    changed_ms: int
    body: str | None
    why: Why


class NewMinute(NamedTuple):
    """A minute as it is about to be stored."""

    device_id: int
    start_ms: int
    body: str


def has_ended(start_ms: int, now_ms: int) -> bool:
    """Whether a minute ended so long ago that it is not expected to change any more."""
    return start_ms + MINUTE_MS + GRACE_MS <= now_ms


def settled_ms(at_ms: int) -> int:
    """Minutes that begin before this had ended for a while at a time."""
    return max(0, (at_ms - GRACE_MS) // MINUTE_MS * MINUTE_MS)


# ---------------------------------------------------------------- to write


class Formers:
    """Rows as they are written; ``run`` executes SQL in the writer's transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._unknown: dict[int, Former] = {}  # device id → the newest run that nobody knew of

    def replaced(self, minutes: Iterable[NewMinute], *, why: Why, now_ms: int) -> None:
        """Keep what these minutes are, before they are stored."""
        for device_id, start_ms, body in minutes:
            if not has_ended(start_ms, now_ms):
                continue
            found = self._run(_BEFORE, (device_id, start_ms))
            before = found[0][0] if found else None
            if before != body:
                self.add(
                    Former(
                        device_id=device_id,
                        start_ms=start_ms,
                        end_ms=start_ms + MINUTE_MS,
                        changed_ms=now_ms,
                        body=before,
                        why=why,
                    )
                )

    def add(self, former: Former) -> None:
        """Keep what a minute was; told twice, it is kept once."""
        if former.body is None:
            former = self._unknown[former.device_id] = self._joined(former)
        elif self._is_recent(former):
            return
        it = former
        row = (it.device_id, it.start_ms, it.end_ms, it.changed_ms, it.body)
        self._run(_PUT, (*row, it.why.reason, it.why.by))

    def _joined(self, former: Former) -> Former:
        """With the run that it goes on from, where there is one."""
        last = self._unknown.get(former.device_id)
        if last is None or last.end_ms != former.start_ms or last.why != former.why:
            return former
        if not 0 <= former.changed_ms - last.changed_ms <= TOGETHER_MS:
            return former
        return msgspec.structs.replace(last, end_ms=former.end_ms)

    def _is_recent(self, former: Former) -> bool:
        it = former
        within = it.changed_ms - TOGETHER_MS, it.changed_ms
        asked = (it.device_id, it.start_ms, *within, it.why.reason, it.why.by)
        return bool(self._run(_IS_RECENT, asked))

    def raise_floor(self, time_ms: int) -> None:
        """What was known before is not kept any more."""
        self._run(_RAISE_FLOOR, (FLOOR, time_ms))


# ---------------------------------------------------------------- to ask


def floor_ms(journal: apsw.Connection) -> int:
    """From when on it is kept what was known; 0: always."""
    found: Any = journal.execute(_FLOOR, (FLOOR,)).get
    return 0 if found is None else int(found)


def known_at(
    journal: apsw.Connection, device_id: int, *, at_ms: int, from_ms: int, to_ms: int
) -> dict[int, str | None]:
    """What minutes of a time were at ``at_ms``, where that is not what they are now, by start.

    None: nobody knew of it then.
    """
    found: dict[int, str | None] = {}
    for start_ms, end_ms, body in journal.execute(_SINCE, (device_id, at_ms, to_ms, from_ms)):
        if body is not None:
            found[start_ms] = body  # an older row says what it was before
            continue
        for each in _run_of(journal, device_id, found, start_ms, end_ms):
            found[each] = None
    return {start_ms: body for start_ms, body in found.items() if from_ms <= start_ms < to_ms}


def _run_of(
    journal: apsw.Connection, device_id: int, found: Iterable[int], start_ms: int, end_ms: int
) -> Iterator[int]:
    """The minutes of a run: those there are, and those that there were in between.

    The last may be open, and so not stored yet.
    """
    yield end_ms - MINUTE_MS
    if end_ms - start_ms == MINUTE_MS:
        return
    stored: Any = journal.execute(_STARTS, (device_id, start_ms, end_ms)).fetchall()
    yield from (each for (each,) in stored)
    yield from [each for each in found if start_ms <= each < end_ms]


def still_waiting(journal: apsw.Connection, device_id: int, why: Why) -> int:
    """How many minutes of a device are to be computed anew for that reason."""
    return int(journal.execute(_WAITING, (device_id, why.reason, why.by)).get)


def changed_since(journal: apsw.Connection, device_id: int, why: Why, since_ms: int) -> int:
    """How many minutes of a device have become others for that reason."""
    return int(journal.execute(_CHANGED, (device_id, since_ms, why.reason, why.by)).get)
