"""What maintenance is due: the share of its interval that each service of a machine has used."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import apsw
import msgspec

from contract.assets.words import Service
from contract.language.parts import Part, answers_of
from gateway.api.instants import LATEST_MS
from gateway.api.queries.happenings import events
from gateway.api.queries.pieces import Cuts, Machine, Plan, oldest_ms, sums
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Range
from gateway.registry.logbook import Entry
from gateway.twin.ledger import ledger_of

MINUTE_MS: Final = 60_000
_NOT_MEASURED: Final = "nothing was measured that tells it"


class Due(msgspec.Struct):
    """One service; 1 of ``share`` is due."""

    name: str
    title: str
    advice: str
    share: float | None
    low: float | None
    high: float | None
    coverage: float
    since_ms: int | None  # when it was done last; None: it has not been
    done_by: str | None  # who entered it; None: the machine
    reason: str | None


class Since(NamedTuple):
    """The time that counts for a service, and when it was done; None: never."""

    from_ms: int
    done_ms: int | None
    done_by: str | None = None


def since(
    connection: apsw.Connection, machine: Machine, service: Service, entered: Entry | None
) -> Since:
    """From the minute on in which it was done last; else from the first reading on.

    ``entered``: the last word of a person.
    """
    last = events(
        connection,
        device_id=machine.device_id,
        from_ms=0,
        to_ms=LATEST_MS,
        event=service.reset_by,
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
        share=found.value,
        low=found.low,
        high=found.high,
        coverage=found.coverage,
        since_ms=begun.done_ms,
        done_by=begun.done_by,
        reason=_NOT_MEASURED if found.value is None else None,
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
