"""Alarms in the order of being raised or of their gravity, and what they add up to."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import apsw
import msgspec

from contract.messages import Alarm, Judgement
from gateway.api.queries.doubts import listed
from gateway.api.queries.verdicts import with_verdicts
from gateway.journal import decoding
from gateway.journal.reader import ALARM_COLUMNS

Order = Literal["newest", "severity", "longest"]
By = Literal["device", "name", "device_and_name", "kind", "severity"]
Said = Literal["none", "given"] | Judgement

_RANK: Final = (
    "CASE {0}.severity WHEN 'Critical' THEN 0 WHEN 'High' THEN 1 WHEN 'Medium' THEN 2 ELSE 3 END"
)
# The place of an alarm in each order; of one severity the oldest comes first.
_PLACES: Final[dict[Order, str]] = {
    "newest": "(-{0}.raised_ms, -{0}.id)",
    "severity": f"({_RANK}, {{0}}.raised_ms, {{0}}.id)",
    "longest": "({0}.raised_ms - min(coalesce({0}.cleared_ms, :now_ms), :now_ms),"
    " {0}.raised_ms, {0}.id)",
}
_OF_SOME: Final = "(:devices IS NULL OR d.name IN (SELECT value FROM json_each(:devices)))"
# What people say of an alarm now; nothing of one whose verdict was taken back.
_SAID: Final = "(SELECT v.verdict FROM verdict v WHERE v.alarm = a.id ORDER BY v.id DESC LIMIT 1)"
_ALARMS: Final = (
    f"SELECT {ALARM_COLUMNS} FROM alarm a JOIN device d ON d.id = a.device"  # noqa: S608
    " WHERE a.part_of IS NULL AND a.raised_ms < :to_ms"
    " AND coalesce(a.cleared_ms, :from_ms) >= :from_ms"
    f" AND (:is_open = 0 OR a.cleared_ms IS NULL) AND {_OF_SOME}"
    f" AND (:said IS NULL OR iif({_SAID} IS NULL, :said = 'none', :said IN ('given', {_SAID})))"
    " AND (:before IS NULL OR {place} > (SELECT {other} FROM alarm b WHERE b.id = :before))"
    " ORDER BY {columns} LIMIT :limit"
)
_KEYS: Final[dict[By, str]] = {
    "device": "d.name, NULL, NULL, NULL",
    "name": "NULL, a.cause, NULL, NULL",
    "device_and_name": "d.name, a.cause, NULL, NULL",
    "kind": "NULL, NULL, a.kind, NULL",
    "severity": "NULL, NULL, NULL, a.severity",
}
# What is suppressed by maintenance to its end has asked for nobody: nobody was late. One that asks
# since it is suppressed no more does so from then on.
# Clocks step, and a board's runs ahead: what was seen before it was raised was seen at once.
_SUMS: Final = (
    "count(*), sum(a.count), count(a.cleared_ms),"
    " sum(CASE WHEN a.cleared_ms IS NOT NULL THEN max(0, a.cleared_ms - a.raised_ms) END),"
    " count(CASE WHEN a.suppressed_ms IS NULL THEN a.acknowledged_ms END),"
    " sum(CASE WHEN a.acknowledged_ms IS NOT NULL AND a.suppressed_ms IS NULL"
    " THEN max(0, a.acknowledged_ms - coalesce(a.asked_ms, a.raised_ms)) END),"
    " sum(CASE WHEN a.cleared_ms IS NULL THEN max(0, :now_ms - a.raised_ms) END),"
    " max(CASE WHEN a.cleared_ms IS NULL THEN max(0, :now_ms - a.raised_ms) END),"
    " count(a.suppressed_ms),"
    " count(CASE WHEN a.suppressed_ms IS NULL THEN a.cleared_ms END),"
    " sum(CASE WHEN a.cleared_ms IS NOT NULL AND a.suppressed_ms IS NULL"
    " THEN max(0, a.cleared_ms - a.raised_ms) END),"
    " count(*) FILTER (WHERE v.verdict = 'right'), count(*) FILTER (WHERE v.verdict = 'nothing'),"
    " count(*) FILTER (WHERE v.verdict = 'normal_here'),"
    " count(*) FILTER (WHERE v.verdict = 'cause')"
)
_OF_RANGE: Final = (
    "FROM alarm a JOIN device d ON d.id = a.device"  # noqa: S608
    " LEFT JOIN verdict v ON v.id = (SELECT max(l.id) FROM verdict l WHERE l.alarm = a.id)"
    " WHERE a.part_of IS NULL AND a.raised_ms >= :from_ms AND a.raised_ms < :to_ms"
    f" AND {_OF_SOME}"
)


class Mean(msgspec.Struct, frozen=True):
    """A mean over ``of`` alarms; None with the reason where there was none."""

    value_ms: int | None
    of: int
    reason: str | None


class JudgedCounts(msgspec.Struct, frozen=True):
    """Of how many alarms people say what."""

    right: int
    nothing: int
    normal_here: int
    cause: int


class Precision(msgspec.Struct, frozen=True):
    """The share (0..1) that was about something, of those people judged; None with the reason."""

    value: float | None
    of: int
    reason: str | None


class Statistics(msgspec.Struct, frozen=True):
    """What alarms add up to; what they are told apart by is None where these are of several.

    ``name`` is that of the finding which an alarm tells of.
    """

    device: str | None
    name: str | None
    kind: str | None
    severity: str | None
    count: int
    times: int  # the same with those that came back within a minute
    duration_ms: int  # of those that were cleared
    mtta: Mean
    mttr: Mean
    open: int
    open_ms: int  # how long these stand, so far
    oldest_open_ms: int | None
    suppressed: int  # asked for nobody to the end: in no mean
    judged: JudgedCounts
    precision: Precision


def alarms(
    connection: apsw.Connection,
    *,
    is_open: bool,
    devices: Sequence[str] | None,
    from_ms: int,
    to_ms: int,
    now_ms: int,
    order: Order,
    before: int | None,
    limit: int,
    said: Said | None = None,
) -> list[Alarm]:
    """Alarms that stood at some time from ``from_ms`` on and before ``to_ms``, in this order.

    ``devices``: of these; None: of all. ``before``: only what stands behind the row with this id.
    ``said``: what people say of them. ``now_ms``: until when ``longest`` counts.
    """
    place, other = (_PLACES[order].format(table) for table in "ab")
    sql = _ALARMS.format(place=place, other=other.strip("()"), columns=place.strip("()"))
    bindings = {
        "is_open": is_open,
        "devices": listed(devices),
        "from_ms": from_ms,
        "to_ms": to_ms,
        "now_ms": now_ms,
        "before": before,
        "limit": limit,
        "said": said,
    }
    found = map(decoding.alarm, connection.execute(sql, bindings))
    return with_verdicts(connection, list(found))


def statistics(
    connection: apsw.Connection,
    *,
    by: By,
    devices: Sequence[str] | None,
    from_ms: int,
    to_ms: int,
    now_ms: int,
    limit: int,
) -> tuple[Statistics, list[Statistics]]:
    """Of the alarms raised in the range: all together, and the groups that came most often."""
    keys = _KEYS[by]
    total = f"SELECT NULL, NULL, NULL, NULL, {_SUMS} {_OF_RANGE}"
    groups = (
        f"SELECT {keys}, {_SUMS} {_OF_RANGE} GROUP BY {keys}"
        f" ORDER BY sum(a.count) DESC, {keys} LIMIT :limit"
    )
    bindings = {
        "devices": listed(devices),
        "from_ms": from_ms,
        "to_ms": to_ms,
        "now_ms": now_ms,
        "limit": limit,
    }
    [all_] = connection.execute(total, bindings)
    found = connection.execute(groups, bindings)
    return _statistics(*all_), [_statistics(*row) for row in found]


def _statistics(
    device: str | None, name: str | None, kind: str | None, severity: str | None, *sums: Any
) -> Statistics:
    count, times, cleared, cleared_ms, seen, seen_ms, open_ms, oldest_ms, *asked = sums
    suppressed, over, over_ms, *counts = asked
    judged = JudgedCounts(*counts)
    return Statistics(
        device=device,
        name=name,
        kind=kind,
        severity=severity,
        count=count,
        times=times or 0,
        duration_ms=cleared_ms or 0,
        mtta=_mean(seen_ms, seen, "none was acknowledged" if count else "there was no alarm"),
        mttr=_mean(over_ms, over, "none was cleared" if count else "there was no alarm"),
        open=count - cleared,
        open_ms=open_ms or 0,
        oldest_open_ms=oldest_ms,
        suppressed=suppressed,
        judged=judged,
        precision=_precision(judged),
    )


def _precision(judged: JudgedCounts) -> Precision:
    of = sum(msgspec.structs.astuple(judged))
    if of == 0:
        return Precision(None, 0, "nobody has said whether they were right")
    return Precision((judged.right + judged.cause) / of, of, None)


def _mean(total_ms: int | None, of: int, reason: str) -> Mean:
    if total_ms is None or of == 0:
        return Mean(None, 0, reason)
    return Mean(round(total_ms / of), of, None)
