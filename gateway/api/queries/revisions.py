"""A machine and a time in; out, which of its minutes became others, when, why and by how much.

Rows of one reason that follow one another are one revision: a backlog, a file, a restatement.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

import apsw
import msgspec

from gateway.api.pages import Listed
from gateway.journal.formers import MINUTE_MS, WhyKind
from gateway.registry.params import SITE
from gateway.twin import kpi

APART_MS: Final = 300_000  # what changes later than that is another revision
MOST_ROWS: Final = 20_000  # of one revision: a longer one is told in parts

# What became of a minute: what the next change has found, or else what it is now.
_AFTER: Final = (
    "(SELECT sum(iif(n.body IS NULL, m.body ->> 'energy_j', n.body ->> 'energy_j'))"
    " FROM minute m LEFT JOIN former n ON n.id = (SELECT min(l.id) FROM former l"
    " WHERE l.device = m.device AND l.start_ms = m.start_ms AND l.id > f.id AND l.body IS NOT NULL)"
    " WHERE m.device = f.device AND m.start_ms >= f.start_ms AND m.start_ms < f.end_ms)"
)
_ROWS: Final = (
    "SELECT f.id, f.start_ms, f.end_ms, f.changed_ms, f.reason, f.by, f.body IS NULL,"  # noqa: S608
    f" f.body ->> 'energy_j', {_AFTER} FROM former f"
    " WHERE f.device = ? AND f.start_ms < ? AND f.end_ms > ? AND f.id < ? ORDER BY f.id DESC"
)
_NEWEST: Final = 2**62
# Of a run that nobody had known, each minute once, also where it changed for that reason again:
# ``known_ms`` is how far runs reach that begin then or before. One pass, however many there are.
_CHANGED: Final = (
    "SELECT reason,"
    " count(DISTINCT iif(body IS NULL OR known_ms > start_ms, NULL, device || ' ' || start_ms))"
    " + coalesce(sum(iif(body IS NULL, lasts, 0)), 0) AS minutes,"
    " coalesce(sum(iif(body IS NULL AND reason <> 'deleted', lasts, 0)), 0) FROM"
    " (SELECT device, start_ms, body, reason,"
    " (min(end_ms, ?3) - max(start_ms, ?2)) / 60000 AS lasts,"
    " max(iif(body IS NULL, end_ms, 0)) OVER (PARTITION BY device, reason ORDER BY start_ms)"
    " AS known_ms FROM former WHERE device IN (SELECT value FROM json_each(?4))"
    " AND changed_ms > ?1 AND start_ms < ?3 AND end_ms > ?2)"
    " GROUP BY reason ORDER BY minutes DESC, reason"
)
_SET: Final = (
    "SELECT count(*) FROM registry WHERE kind = 'param' AND changed_ms > ?"
    " AND coalesce(valid_from_ms, 0) < ? AND device IN (SELECT value FROM json_each(?))"
)
_SAID: Final[dict[WhyKind, str]] = {
    "late": "Readings came late.",
    "pace": "Its readings turned out to come at a steady pace, so more of the time was measured.",
    "parameter": "Somebody has set a parameter from a past date on.",
    "program": "Its type has other formulas.",
    "imported": "A file was imported.",
    "deleted": "Readings were deleted.",
    "restated": "Somebody has asked for it.",
}


class _Row(NamedTuple):
    id: int
    start_ms: int
    end_ms: int
    changed_ms: int
    reason: WhyKind
    by: str
    is_unknown: bool
    before_j: float | None
    after_j: float | None

    @property
    def was_known(self) -> bool:
        """Of what a deletion has emptied longer sums were known, also where minutes were gone."""
        return not self.is_unknown or self.reason == "deleted"


class Energy(msgspec.Struct, frozen=True):
    """Wh of the minutes that changed; None where it cannot be told."""

    before: float | None
    after: float | None


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes that became others. ``unknown``: of how many of them nobody had known."""

    id: int
    first_changed_ms: int
    last_changed_ms: int
    from_ms: int
    to_ms: int
    minutes: int
    unknown: int
    reason: WhyKind
    by: str
    text: str
    energy_wh: Energy


def revisions(
    connection: apsw.Connection,
    device_id: int,
    *,
    from_ms: int,
    to_ms: int,
    before: int | None,
    limit: int,
) -> list[Listed]:
    """At most ``limit`` that touch a time, the newest first; ``before``: with smaller ids."""
    asked = (device_id, to_ms, from_ms, _NEWEST if before is None else before)
    rows: Any = connection.execute(_ROWS, asked)
    found = islice(_grouped(map(_Row._make, rows)), limit)
    return [Listed(each.id, each) for each in map(_together, found)]


class Changed(msgspec.Struct, frozen=True):
    """How many minutes of some machines became others for a reason.

    ``unknown``: of how many of them nobody had known.
    """

    reason: WhyKind
    text: str
    minutes: int
    unknown: int


class Since(msgspec.Struct, frozen=True):
    """``params``: how often a parameter or price that counts then was set."""

    minutes: list[Changed]
    params: int


def changed_since(
    connection: apsw.Connection, of: Mapping[int, str], *, at_ms: int, from_ms: int, to_ms: int
) -> Since:
    """What has changed of a time since ``at_ms``; ``of``: names of devices by their ids."""
    ids, names = (msgspec.json.encode(list(each)).decode() for each in (of, [SITE, *of.values()]))
    rows: Any = connection.execute(_CHANGED, (at_ms, from_ms, to_ms, ids))
    params: Any = connection.execute(_SET, (at_ms, to_ms, names)).get
    return Since([Changed(why, _SAID[why], *counts) for why, *counts in rows], params)


def _grouped(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    some: list[_Row] = []
    for row in rows:
        if some and not _goes_on(some, row):
            yield some
            some = []
        some.append(row)
    if some:
        yield some


def _goes_on(some: list[_Row], row: _Row) -> bool:
    last = some[-1]
    is_same = (last.reason, last.by) == (row.reason, row.by)
    return is_same and last.changed_ms - row.changed_ms <= APART_MS and len(some) < MOST_ROWS


def _together(rows: list[_Row]) -> Revision:
    newest, oldest = rows[0], rows[-1]
    firsts, again = _firsts(rows)
    return Revision(
        id=oldest.id,
        first_changed_ms=oldest.changed_ms,
        last_changed_ms=newest.changed_ms,
        from_ms=min(row.start_ms for row in rows),
        to_ms=max(row.end_ms for row in rows),
        minutes=sum(map(_minutes, firsts)),
        unknown=sum(_minutes(row) for row in firsts if not row.was_known),
        reason=newest.reason,
        by=newest.by,
        text=_SAID[newest.reason],
        energy_wh=Energy(
            _watt_hours(_before_j(row) for row in firsts),
            # What changed again counts by how much: what it was then is part of what came of it.
            _watt_hours([*(row.after_j for row in firsts), *map(_by_j, again)]),
        ),
    )


def _firsts(rows: list[_Row]) -> tuple[list[_Row], list[_Row]]:
    """The first change of each minute, and those of minutes that had changed already."""
    firsts: list[_Row] = []
    again: list[_Row] = []
    seen, runs = set[int](), list[_Row]()
    for row in reversed(rows):
        is_known = row.start_ms in seen or any(
            run.start_ms <= row.start_ms < run.end_ms for run in runs
        )
        (again if is_known else firsts).append(row)
        seen.add(row.start_ms)
        if _minutes(row) > 1:
            runs.append(row)
    return firsts, again


def _before_j(row: _Row) -> float | None:
    return row.before_j if row.was_known else 0.0


def _by_j(row: _Row) -> float | None:
    before_j = _before_j(row)
    return None if row.after_j is None or before_j is None else row.after_j - before_j


def _minutes(row: _Row) -> int:
    return (row.end_ms - row.start_ms) // MINUTE_MS


def _watt_hours(energies_j: Iterable[float | None]) -> float | None:
    total_j = 0.0
    for energy_j in energies_j:
        if energy_j is None:
            return None
        total_j += energy_j
    return kpi.watt_hours(total_j)
