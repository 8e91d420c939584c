"""What people say of alarms, as answers: of one, of a list, and with the readings around them."""

from collections.abc import Iterable
from typing import Any, Final, TypeVar

import apsw
import msgspec

from contract.assets.words import Asset
from contract.errors import NotFound, Unreadable
from contract.messages import Alarm, Judgement, Verdict
from gateway.archive.around import values_around
from gateway.archive.shadow import reaches_archive
from gateway.journal.excerpts import Excerpt, excerpt_of, names_of, span_of, unpacked
from gateway.journal.verdicts import Word

_COLUMNS: Final = "v.verdict, v.cause, v.note, v.decided_ms, v.decided_by"
_WORDS: Final = f"SELECT {_COLUMNS} FROM verdict v WHERE v.alarm = ? ORDER BY v.id DESC"  # noqa: S608
_SUBJECT: Final = (
    "a.id, a.device, d.name, d.asset, a.kind, a.name, iif(a.cause = '', a.name, a.cause),"
    " a.severity, a.text, a.part_of, a.raised_ms, a.cleared_ms"
)
_ONE: Final = f"SELECT {_SUBJECT} FROM alarm a JOIN device d ON d.id = a.device WHERE a.id = ?"  # noqa: S608
_VERDICTS: Final = (
    f"SELECT v.id, {_COLUMNS}, {_SUBJECT} FROM verdict v JOIN alarm a ON a.id = v.alarm"  # noqa: S608
    " JOIN device d ON d.id = a.device WHERE v.verdict IS NOT NULL"
    " AND v.id = (SELECT max(l.id) FROM verdict l WHERE l.alarm = v.alarm)"
    " AND v.decided_ms >= :from_ms AND v.decided_ms < :to_ms"
    " AND (:device IS NULL OR d.name = :device) AND (:asset IS NULL OR d.asset = :asset)"
    " AND (:verdict IS NULL OR v.verdict = :verdict) AND (:before IS NULL OR v.id < :before)"
    " ORDER BY v.id DESC LIMIT :limit"
)
_KEPT: Final = "SELECT body FROM excerpt WHERE alarm = ? AND due_ms IS NULL AND rows > 0"
_IS_KEPT: Final = (
    "SELECT EXISTS (SELECT 1 FROM excerpt WHERE alarm = ?1 AND due_ms IS NULL AND rows > 0)"
    " OR EXISTS (SELECT 1 FROM reading INDEXED BY reading_by_time WHERE device = ?2"
    " AND time_ms BETWEEN ?3 AND ?4 AND event IS NULL)"
)
ALL: Final = -1  # as a limit

T = TypeVar("T", bound=msgspec.Struct)


class Subject(msgspec.Struct, frozen=True):
    """An alarm that is judged, or may be."""

    alarm: int
    device_id: int
    device: str
    asset: str
    kind: str
    name: str
    cause: str
    severity: str
    text: str
    part_of: int | None
    raised_ms: int
    cleared_ms: int | None


class Judged(msgspec.Struct, frozen=True):
    """A verdict that counts, and the alarm it is on; ``id`` is its own."""

    id: int
    verdict: Verdict
    of: Subject


def subject(connection: apsw.Connection, alarm: int) -> Subject:
    """Raises NotFound: there is no such alarm."""
    for row in connection.execute(_ONE, (alarm,)):
        return _made(Subject, row)
    raise NotFound(f"There is no alarm {alarm}.")


def words(connection: apsw.Connection, alarm: int) -> list[Word]:
    """All that people have said of it, the newest first."""
    return [_made(Word, row) for row in connection.execute(_WORDS, (alarm,))]


def with_verdicts(connection: apsw.Connection, alarms: Iterable[Alarm]) -> list[Alarm]:
    """The same alarms, each with the verdict that counts."""
    return [
        msgspec.structs.replace(each, verdict=counting(words(connection, each.id)))
        for each in alarms
    ]


def counting(said: list[Word]) -> Verdict | None:
    """The verdict that counts of words, the newest first."""
    if not said or said[0].verdict is None:
        return None
    return msgspec.convert(said[0], Verdict, from_attributes=True)


def verdicts(
    connection: apsw.Connection,
    *,
    device: str | None,
    asset: str | None,
    verdict: Judgement | None,
    from_ms: int,
    to_ms: int,
    before: int | None = None,
    limit: int = ALL,
) -> list[Judged]:
    """Those that count and were given in the range, the newest first.

    ``before``: only what was given before the one with this id.
    """
    bindings = {
        "device": device, "asset": asset, "verdict": verdict, "from_ms": from_ms, "to_ms": to_ms,
        "before": before, "limit": limit,
    }  # fmt: skip
    return [_judged(row) for row in connection.execute(_VERDICTS, bindings)]


def _judged(row: tuple[Any, ...]) -> Judged:
    behind = 1 + len(Verdict.__struct_fields__)
    return Judged(row[0], _made(Verdict, row[1:behind]), _made(Subject, row[behind:]))


def _made(kind: type[T], row: tuple[Any, ...]) -> T:
    return msgspec.convert(dict(zip(kind.__struct_fields__, row, strict=True)), kind)


def is_kept(connection: apsw.Connection, of: Subject, asset: Asset) -> bool:
    """Whether there is any reading in its excerpt that can be read."""
    span = span_of(asset, raised_ms=of.raised_ms, cleared_ms=of.cleared_ms)
    found: Any = connection.execute(_IS_KEPT, (of.alarm, of.device_id, *span)).get
    if found or not reaches_archive(connection, of.device_id, span.from_ms, span.to_ms + 1):
        return bool(found)
    try:
        return bool(excerpt(connection, of, asset).time_ms)
    except Unreadable:  # whoever asks for them is told which file
        return False


def excerpt(connection: apsw.Connection, of: Subject, asset: Asset) -> Excerpt:
    """The readings around an alarm: as they were kept, else as far as they are still there."""
    for (body,) in connection.execute(_KEPT, (of.alarm,)):
        return unpacked(body)
    span = span_of(asset, raised_ms=of.raised_ms, cleared_ms=of.cleared_ms)
    found = values_around(connection, of.device_id, span)
    return excerpt_of(found, names_of(asset))
