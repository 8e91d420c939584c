"""A question about figures over time in; what the journal is asked, and columns, out."""

from collections.abc import Iterable, Sequence
from copy import copy

import apsw

from contract.assets.words import Kpi
from contract.buckets import Interval
from contract.errors import Refused
from contract.language.program import program_of
from contract.shifts import NO_PLAN, ShiftCalendar
from gateway.api import kpis
from gateway.api.ground import Ground
from gateway.api.groups import Group
from gateway.api.queries.began import counted_from
from gateway.api.queries.known import Then, Was, as_known, open_then
from gateway.api.queries.pieces import Cuts, Machine, Plan, sums
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Range


class Reading:
    """One question, as far as it can be answered on the event loop."""

    def __init__(
        self, span: Range, asked: Sequence[Kpi], context: Ground, then: Then | None = None
    ) -> None:
        """``then``: as of another time than now."""
        self.then = then
        self.span = span
        self._names = frozenset(kpi.name for kpi in asked)
        self.now_ms = context.services.now_ms()
        self.currency = context.services.registrar.tariffs.currency
        calendar, self._no_plan = _calendar(asked, context)
        until_ms = max(span.from_ms, min(span.to_ms, self.now_ms))
        self._plan = Plan(calendar, Interval(span.from_ms, until_ms))

    def of(self, span: Range) -> "Reading":
        """The same question of a part of its range, which ends where buckets do."""
        part = copy(self)
        part.span = span
        return part

    def folded(self, connection: apsw.Connection, machines: Iterable[Machine]) -> list[kpis.Folded]:
        asked = list(machines)
        with as_known(connection, [each.device_id for each in asked], self.then) as was:
            return self._folded(connection, asked, was)

    def _folded(
        self, connection: apsw.Connection, machines: Iterable[Machine], was: Was
    ) -> list[kpis.Folded]:
        found, pieces = [], 0
        buckets = self.span.buckets
        stored = Stored(connection, buckets.site, by_minute=buckets.by_minute, was=was)
        cuts: dict[int, Cuts] = {}
        for now in machines:
            is_open = open_then(was, now.device_id, now.open_minute)
            counting = counted_from(connection, now.device_id, now.counting, is_open, self.then)
            machine = now._replace(open_minute=is_open, counting=counting)
            terms = machine.terms
            cut = cuts.setdefault(id(terms), Cuts(self.span, terms, self._plan))
            names = self._names.intersection(program_of(machine.asset).sums_of)
            found.append(kpis.Folded(machine, sums(stored, machine, self.span, cut, names)))
            pieces += len(found[-1].sums)
            kpis.check_size(buckets=pieces, figures=1)
        return found

    def figures(self, folded: Sequence[kpis.Folded]) -> kpis.Figures:
        return kpis.Figures(
            folded, span=self.span, plan=self._plan, no_plan=self._no_plan, now_ms=self.now_ms
        )

    def table(self, folded: kpis.Folded, asked: Sequence[Kpi]) -> dict[str, object]:
        """One machine's answer."""
        buckets = _buckets([folded])
        return self.span.buckets.columns(buckets) | {"kpis": self.columns(folded, asked, buckets)}

    def columns(
        self, folded: kpis.Folded, asked: Sequence[Kpi], buckets: Sequence[Interval]
    ) -> dict[str, object]:
        """One machine's figures in these buckets."""
        kpis.check_size(buckets=len(buckets), figures=len(asked))
        figures = self.figures([folded])
        rows = [figures.told(asked, bucket) for bucket in buckets]
        return kpis.columns(asked, rows, self.currency)

    def tables(
        self, groups: Sequence[tuple[str | None, Group]], folded: Iterable[kpis.Folded]
    ) -> dict[str, object]:
        """Many groups' answer, over common buckets."""
        buckets = _buckets(folded)
        figures = sum(len(group.kpis) for _, group in groups)
        kpis.check_size(buckets=len(buckets), figures=figures)
        found = [
            {
                "name": name,
                "devices": group.devices,
                "kpis": kpis.columns(
                    group.kpis, [group.told(bucket) for bucket in buckets], self.currency
                ),
            }
            for name, group in groups
        ]
        return self.span.buckets.columns(buckets) | {"groups": found}


def _buckets(folded: Iterable[kpis.Folded]) -> list[Interval]:
    """In which anything was read."""
    return sorted({piece.bucket for each in folded for piece in each.sums})


def _calendar(asked: Sequence[Kpi], context: Ground) -> tuple[ShiftCalendar | None, str | None]:
    """The site's shifts where a figure needs them, or why there are none."""
    if not any(kpi.planned for kpi in asked):
        return None, NO_PLAN
    try:
        calendar = context.shifts.calendar()
    except Refused as error:  # a mistake in the file stops nothing else
        return None, str(error)
    return calendar, None if calendar is not None else NO_PLAN
