"""The sums of quarter hours, hours and days beside the minutes: how far they go, read and written.

``Reach`` says what holds: each minute that began before ``until_ms``, and whose revision is at most
``revision``, is in the rows of its quarter and its hour; in that of its six hours, where they have
ended by ``six_hours_ms``, and of its day, where that has ended by ``days_ms``. What was stored
later is read from the minutes themselves.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import apsw
import msgspec

from contract.messages import Minute
from gateway.twin.tiers import DAY, SIX_HOURS, Tier, packed, unpacked

FOLLOWER: Final = "tiers"  # whose cursor the reach is

_PUT: Final = "INSERT INTO tier VALUES (?,?,?,?,?,?,?,?)"
_DROP: Final = "DELETE FROM tier WHERE device = ? AND level = ? AND start_ms = ?"
_DROP_SOME: Final = (
    "DELETE FROM tier WHERE (device, level, start_ms, program) IN (SELECT device, level, start_ms,"
    " program FROM tier INDEXED BY tier_by_time WHERE level = ? LIMIT ?) RETURNING 1"
)
_CURSOR: Final = "SELECT cursor FROM follower WHERE name = ?"
_REVISION: Final = "SELECT coalesce(max(revision), 0) FROM minute"
# By the index of revisions alone, which has the key of each minute.
_CHANGED: Final = (
    "SELECT device, start_ms, revision FROM minute INDEXED BY minute_by_revision"
    " WHERE revision > ? ORDER BY revision LIMIT ?"
)
_UNSUMMED: Final = (
    "SELECT start_ms FROM tier INDEXED BY tier_unsummed"
    " WHERE device = ? AND program = ? AND sums IS NULL"
)
_ROWS: Final = (
    "SELECT start_ms, program, body, sums FROM tier WHERE device = ? AND level = ?"
    " AND start_ms >= ? AND start_ms < ? ORDER BY start_ms"
)
_MINUTES: Final = (
    "SELECT body FROM minute WHERE device = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms"
)
_NTH_FROM: Final = (
    "SELECT start_ms FROM minute INDEXED BY minute_by_time WHERE start_ms >= ?"
    " ORDER BY start_ms LIMIT 1 OFFSET ?"
)
_QUARTERS: Final = (
    "SELECT DISTINCT device, start_ms - start_ms % 900000 FROM main.minute"
    " INDEXED BY minute_by_time WHERE start_ms >= ? AND start_ms < ?"
)
_STALE: Final = (
    "SELECT DISTINCT device, start_ms - start_ms % 900000 FROM main.minute"
    " INDEXED BY minute_by_revision WHERE revision > ? AND start_ms < ?"
)
_WITHIN: Final = (
    "SELECT DISTINCT device FROM tier INDEXED BY tier_by_time"
    " WHERE level = ? AND start_ms >= ? AND start_ms < ?"
)
_OLDEST: Final = "SELECT start_ms FROM tier WHERE level = ? ORDER BY start_ms LIMIT 1"

_minute: Final = msgspec.json.Decoder(Minute).decode

Key = tuple[int, int]  # device id, start of a span
Run = Callable[[str, Sequence[Any]], list[Any]]


class Reach(msgspec.Struct, frozen=True):
    """How far the rows go; nowhere at first. ``zone`` is the one of the days: see ``zone_id``."""

    revision: int = 0
    until_ms: int = 0
    days_ms: int = 0
    zone: int = 0
    six_hours_ms: int = 0  # a journal from before has none


def zone_id(name: str) -> int:
    """A number for a time zone, as a cursor has none but numbers."""
    return zlib.crc32(name.encode())


def reach_of(journal: apsw.Connection) -> Reach:
    found: Any = journal.execute(_CURSOR, (FOLLOWER,)).fetchone()
    return Reach() if found is None else msgspec.json.decode(found[0], type=Reach)


# ---------------------------------------------------------------- to write


class Tiers:
    """Rows as they are written; ``run`` executes SQL in the writer's transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def put(self, level: int, rows: Iterable[tuple[Key, Sequence[Tier]]]) -> None:
        """The rows of some spans, in the place of those that were there."""
        for (device_id, start_ms), tiers in rows:
            self._run(_DROP, (device_id, level, start_ms))
            for tier in tiers:
                self._run(_PUT, _columns(device_id, level, tier))

    def drop_some(self, level: int, limit: int) -> int:
        """Drop at most so many rows of a level; how many went."""
        return len(self._run(_DROP_SOME, (level, limit)))

    def put_reach(self, reach: Reach) -> None:
        cursor = msgspec.json.encode(reach).decode()
        self._run("INSERT OR REPLACE INTO follower VALUES (?,?)", (FOLLOWER, cursor))


def _columns(device_id: int, level: int, tier: Tier) -> tuple[Any, ...]:
    named = tier.named
    return (
        device_id, level, named.start_ms, named.program, named.energy_j, named.measured_ms,
        msgspec.json.encode(named).decode(), packed(tier.sums),
    )  # fmt: skip


# ---------------------------------------------------------------- to make them


class TierSource:
    """What rows are made of, on a connection of the caller's; each call sees what is committed."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def _numbers(self, sql: str, *bindings: Any) -> list[int]:
        return [int(row[0]) for row in self._connection.execute(sql, bindings)]

    def newest_revision(self) -> int:
        return self._numbers(_REVISION)[0]

    def changed(self, after: int, limit: int) -> list[tuple[int, int, int]]:
        """(device id, start, revision) of minutes stored after a revision, in order of it."""
        return list(self._connection.execute(_CHANGED, (after, limit)))

    def nth_from(self, time_ms: int, n: int) -> int | None:
        """The start of the n-th minute (of any device) from a time on, counted from 0."""
        return next(iter(self._numbers(_NTH_FROM, time_ms, n)), None)

    def quarters(self, from_ms: int, to_ms: int) -> list[Key]:
        """Those in which there are minutes."""
        return list(self._connection.execute(_QUARTERS, (from_ms, to_ms)))

    def unsummed(self, device_id: int, program: str) -> list[int]:
        """Where spans begin that were summed up before anybody knew that program."""
        return self._numbers(_UNSUMMED, device_id, program)

    def devices(self, level: int, from_ms: int, to_ms: int) -> list[int]:
        """Who has rows of that level there."""
        return self._numbers(_WITHIN, level, from_ms, to_ms)

    def oldest_ms(self, level: int) -> int | None:
        return next(iter(self._numbers(_OLDEST, level)), None)

    def minutes(self, device_id: int, from_ms: int, to_ms: int) -> Iterator[Minute]:
        for (body,) in self._connection.execute(_MINUTES, (device_id, from_ms, to_ms)):
            yield _minute(body)

    def tiers(self, device_id: int, level: int, from_ms: int, to_ms: int) -> Iterator[Tier]:
        rows = self._connection.execute(_ROWS, (device_id, level, from_ms, to_ms))
        for _, _, body, sums in rows:
            yield Tier(_minute(body), None if sums is None else list(unpacked(sums)))


# ---------------------------------------------------------------- to ask what holds


class Standing:
    """What of the rows may be used, as of one snapshot of the journal."""

    def __init__(self, journal: apsw.Connection, zone_name: str) -> None:
        reach = reach_of(journal)
        self.until_ms = reach.until_ms
        days_ms = reach.days_ms if reach.zone == zone_id(zone_name) else 0
        self._ends_ms = {DAY: days_ms, SIX_HOURS: reach.six_hours_ms}
        self._journal = journal
        self._stale: dict[int, set[int]] = {}
        changed = journal.execute(_STALE, (reach.revision, reach.until_ms))
        for device_id, start_ms in changed:
            self._stale.setdefault(device_id, set()).add(start_ms)

    def stale(self, device_id: int, program: str | None) -> tuple[int, ...]:
        """Quarters of a device, in order, whose rows are not to be used, nor those around them.

        ``program``: whose sums are read; None: none.
        """
        known = self._stale.get(device_id, set())
        if program is not None:
            known = known.union(TierSource(self._journal).unsummed(device_id, program))
        return tuple(sorted(known))

    def usable_ms(self, level: int) -> int:
        """Until when there are rows of a level."""
        return self._ends_ms.get(level, self.until_ms)
