"""What maintenance is due: by use, what each service has used; by wear, what each part has left."""

from collections.abc import Sequence
from math import inf
from typing import Final, Literal, NamedTuple

import apsw
import msgspec

from contract.assets.words import Channel, Service, Wear
from contract.language.parts import Part, answers_of
from contract.prognosis import remaining
from contract.prognosis.remaining import LEVEL, Left, Series, left
from gateway.api.instants import LATEST_MS
from gateway.api.queries.happenings import events
from gateway.api.queries.pieces import Cuts, Machine, Plan, oldest_ms, sums
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Range
from gateway.api.wear import HOUR_MS, Courses
from gateway.registry.logbook import Entry
from gateway.twin.ledger import ledger_of

MINUTE_MS: Final = 60_000
LEAST_H: Final = 0.5  # a trend over less tells of the moment
METHOD: Final = "slope of Theil and Sen, first passage of a Wiener process"
_NOT_MEASURED: Final = "nothing was measured that tells it"
_NO_END: Final = "no limit is set at which it would end"
_OF_USE: Final = {
    remaining.TOO_LITTLE: "it was used for too short a time yet to say when it is due",
    remaining.NO_WEAR: "it is used too unevenly to say when it is due",
    remaining.BEYOND: "it is due already",
    remaining.SLOW: "it is used too little to say when it is due",
}


class Sign(msgspec.Struct):
    """What shows a wear: its newest mean, and where it ends."""

    title: str
    unit: str
    decimals: int
    value: float | None
    ends_at: float | None
    falls: bool


class Remaining(msgspec.Struct):
    """How long is left, in hours from now on: the median, and bounds that hold ``level``."""

    hours: float | None
    low: float | None
    high: float | None
    reason: str | None
    level: float = LEVEL
    method: str = METHOD
    points: int = 0
    seen_h: float = 0.0  # how long the trend is that was taken


class Due(msgspec.Struct):
    """A service, a part that wears, or a life as others had it; 1 of ``share`` is due."""

    name: str
    title: str
    advice: str
    kind: Literal["service", "wear", "learned"]
    share: float | None
    low: float | None
    high: float | None
    coverage: float
    since_ms: int | None  # when it was done last; None: it has not been
    done_by: str | None  # who entered it; None: the machine
    reason: str | None
    reset_by: str
    sign: Sign | None  # of a wear
    left: Remaining


class Since(NamedTuple):
    """The time that counts for a service, and when it was done; None: never."""

    from_ms: int
    done_ms: int | None
    done_by: str | None = None


def since(
    connection: apsw.Connection, machine: Machine, reset_by: str, entered: Entry | None
) -> Since:
    """From the minute on in which it was done last; else from the first reading on.

    ``entered``: the last word of a person; ``reset_by`` is empty where nothing makes it new.
    """
    last = reset_by and events(
        connection,
        device_id=machine.device_id,
        from_ms=0,
        to_ms=LATEST_MS,
        event=reset_by,
        before=None,
        limit=1,
    )
    told_ms = last[0].time_ms if last else None
    if entered is not None and (told_ms is None or entered.note.time_ms >= told_ms):
        done_ms = entered.note.time_ms
        return Since(done_ms // MINUTE_MS * MINUTE_MS, done_ms, entered.changed_by)
    if not last:
        return Since(oldest_ms(connection, machine), None)
    return Since(last[0].time_ms // MINUTE_MS * MINUTE_MS, last[0].time_ms)


def due(
    connection: apsw.Connection, machine: Machine, service: Service, span: Range, begun: Since
) -> Due:
    """How much of its interval it has used within ``span``, which begins with ``begun``."""
    program = ledger_of(machine.asset).program
    found = answers_of(program, _parts(connection, machine, span)).service(service.name)
    return Due(
        name=service.name,
        title=service.title,
        advice=service.advice,
        kind="service",
        share=found.value,
        low=found.low,
        high=found.high,
        coverage=found.coverage,
        since_ms=begun.done_ms,
        done_by=begun.done_by,
        reason=_NOT_MEASURED if found.value is None else None,
        reset_by=service.reset_by,
        sign=None,
        left=_until_due(connection, machine, service, span, found.value),
    )


def _until_due(
    connection: apsw.Connection, machine: Machine, service: Service, span: Range, used: float | None
) -> Remaining:
    """When a service is due, if the machine is used as it was in the last weeks."""
    if used is None:
        return _unknown(_NOT_MEASURED)
    if used >= 1.0:
        return _unknown(_OF_USE[remaining.BEYOND])
    courses = Courses(connection, machine, span.buckets.site)
    (course,) = courses.of_use(service, oldest_ms(connection, machine), span.to_ms)
    end = (course.values[-1] if course.values else 0.0) + 1.0 - used
    found = left((course,), end=end, averaged=False)
    told = _long_enough(found)
    told = told if told.reason is None else told._replace(reason=_OF_USE[told.reason])
    least_h = _hours_at_most_use(machine, service, 1.0 - used)
    return _no_sooner(_from_now(told, told.at_h), least_h)  # what is used by now is in ``used``


def _hours_at_most_use(machine: Machine, service: Service, share: float) -> float:
    """How long that share lasts however much it is used; 0 where that knows no bound."""
    program = ledger_of(machine.asset).program
    hour = Part(program.zero(), machine.terms.sets[-1], int(HOUR_MS))
    most = answers_of(program, [hour]).service(service.name).high
    return share / most if most else 0.0


def _no_sooner(told: Remaining, least_h: float) -> Remaining:
    def bounded(hours: float | None) -> float | None:
        return None if hours is None else max(hours, least_h)

    told.hours, told.low, told.high = map(bounded, (told.hours, told.low, told.high))
    return told


def _long_enough(found: Left) -> Left:
    if found.points and found.span_h < LEAST_H and found.reason != remaining.BEYOND:
        return Left(reason=remaining.TOO_LITTLE, points=found.points)
    return found


def worn(
    connection: apsw.Connection,
    machine: Machine,
    wear: Wear,
    span: Range,
    begun: Since,
    *,
    channels: Sequence[Channel],
) -> Due:
    """How long a part has left; ``channels`` have the limits of this machine."""
    courses = Courses(connection, machine, span.buckets.site)
    windows = courses.of_wear(wear, begun.from_ms, span.to_ms)
    ends_at = _end(machine, wear, channels, now_ms=span.to_ms)
    return Due(
        name=wear.name,
        title=wear.title,
        advice=wear.advice,
        kind="wear",
        share=None,
        low=None,
        high=None,
        coverage=1.0 if any(window.values for window in windows) else 0.0,
        since_ms=begun.done_ms,
        done_by=begun.done_by,
        reason=None,
        reset_by=wear.reset_by,
        sign=Sign(wear.sign, wear.unit, wear.decimals, _newest(windows), ends_at, falls=wear.falls),
        left=_until_worn(windows, wear, ends_at, span.to_ms),
    )


def _until_worn(
    windows: tuple[Series, ...], wear: Wear, ends_at: float | None, now_ms: int
) -> Remaining:
    if ends_at is None:
        return _unknown(_NO_END)
    found = left(windows, end=ends_at, falls=wear.falls)
    return _from_now(_long_enough(found), now_ms / HOUR_MS)


def _end(machine: Machine, wear: Wear, channels: Sequence[Channel], *, now_ms: int) -> float | None:
    channel = next((each for each in channels if each.name == wear.ends_at), None)
    if channel is not None:
        side = "low" if wear.falls else "high"
        return next((limit.at for limit in channel.limits if limit.side == side), None)
    program, terms = ledger_of(machine.asset).program, machine.terms
    nothing = Part(program.zero(), terms.sets[terms.at(now_ms, now_ms)[0]], 0)
    return answers_of(program, [nothing]).wear_ends_at(wear.name)


def _newest(windows: tuple[Series, ...]) -> float | None:
    """Of the finest steps that have any."""
    return next((each.values[-1] for each in reversed(windows) if each.values), None)


def _unknown(reason: str) -> Remaining:
    return Remaining(None, None, None, reason)


def _from_now(found: Left, now_h: float | None) -> Remaining:
    """The trend's last mean is from a while ago."""
    passed_h = 0.0 if found.at_h is None or now_h is None else now_h - found.at_h

    def from_now(hours: float | None) -> float | None:
        return None if hours is None or hours == inf else max(0.0, hours - passed_h)

    return Remaining(
        from_now(found.hours),
        from_now(found.low),
        from_now(found.high),
        found.reason,
        points=found.points,
        seen_h=found.span_h,
    )


def _parts(connection: apsw.Connection, machine: Machine, span: Range) -> Sequence[Part]:
    """One of each set of its parameters."""
    cuts = Cuts(span, machine.terms, Plan(None, span.whole))
    stored = Stored(connection, span.buckets.site)
    pieces = sums(stored, machine, span, cuts, frozenset())
    zero = ledger_of(machine.asset).zero
    found = {piece.terms: own for piece, own in pieces.items()}
    lengths_ms = machine.terms.lengths(span.whole, lambda part: part.end_ms - part.start_ms)
    return [
        Part(found.get(place, zero()), params, lengths_ms[place])
        for place, params in enumerate(machine.terms.sets)
    ]
