"""Sums of machines by bucket in; columns of their figures, with bounds and reasons, out. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, Final, NamedTuple

from contract.assets.words import Asset, Kpi
from contract.buckets import Interval
from contract.errors import Refused
from contract.language.answers import Answer, Answers
from contract.language.means import HEALTH
from contract.language.parts import Part, answers_of
from contract.language.planned import Told, has_mean, is_of_time, told
from contract.language.reasons import OF_NOW
from contract.language.sums import Sums
from contract.shifts import PlannedTime
from gateway.api.queries.pieces import Machine, Piece, Plan
from gateway.api.queries.usage import Range
from gateway.twin.ledger import ledger_of

MAX_FIGURES: Final = 60_000  # of one answer: each is computed with its bounds

_OF_NOW: Final = Told(Answer(None, None, None, 0.0), OF_NOW)


class Folded(NamedTuple):
    """A machine, and its sums of each piece in which it measured."""

    machine: Machine
    sums: Mapping[Piece, Sums]


def figures_of(asset: Asset, names: Sequence[str] | None) -> list[Kpi]:
    """The KPIs that are asked for; all that are of a stretch of time where nobody says.

    Raises:
        Refused: the type has none of that name.
    """
    if names is None:
        return [kpi for kpi in asset.kpis if is_of_time(asset, kpi)]
    known = {kpi.name: kpi for kpi in asset.kpis}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Refused(f"A {asset.name} has no KPI {unknown[0][:40]!r}; it has {', '.join(known)}.")
    return [known[name] for name in names]


class Figures:
    """The figures of machines of one type, taken together."""

    def __init__(
        self, folded: Sequence[Folded], *, span: Range, plan: Plan, no_plan: str | None, now_ms: int
    ) -> None:
        self._folded = folded
        self.asset = folded[0].machine.asset
        self._ledger = ledger_of(self.asset)
        self._span = span
        self._plan = plan
        self._no_plan = no_plan
        self._now_ms = now_ms
        self._lengths: dict[tuple[int, tuple[Interval, ...], bool], list[int]] = {}

    def told(self, kpis: Sequence[Kpi], bucket: Interval) -> list[Told]:
        """Each figure of a bucket."""
        within = self._span.within(bucket, now_ms=self._now_ms)
        whole = self._answers(self._parts(bucket, within, (False, True)))
        planned, time = None, PlannedTime(None, self._no_plan)
        if self._no_plan is None and any(kpi.planned for kpi in kpis):
            planned = self._answers(self._parts(bucket, within, (True,)))
            time = PlannedTime(max(self._planned_ms(each.machine, within) for each in self._folded))
        return [
            told(kpi, whole=whole, planned=planned, time=time)
            if has_mean(self.asset, kpi)
            else _OF_NOW
            for kpi in kpis
        ]

    def _answers(self, parts: Iterable[Part]) -> Answers:
        return answers_of(self._ledger.program, list(parts))

    def _parts(self, bucket: Interval, within: Interval, plans: Sequence[bool]) -> Iterator[Part]:
        """One of each machine, and of each set of its parameters."""
        for machine, sums in self._folded:
            lengths_ms = self._lengths_ms(machine, within, False in plans)
            for place, params in enumerate(machine.terms.sets):
                found = [sums.get(Piece(bucket, place, is_planned)) for is_planned in plans]
                if lengths_ms[place] or any(found) or place == 0:
                    yield Part(self._whole(found), params, lengths_ms[place])

    def _whole(self, found: Iterable[Sums | None]) -> Sums:
        """All of what was measured, of a machine mostly one."""
        told = [each for each in found if each]
        return reduce(self._ledger.added, told) if told else self._ledger.zero()

    def expected_ms(self, bucket: Interval) -> int:
        """How much of a bucket counts, of all machines: as long as each was there."""
        within = self._span.within(bucket, now_ms=self._now_ms)
        return sum(each.machine.counting.length_ms(within) for each in self._folded)

    def _planned_ms(self, machine: Machine, within: Interval) -> int:
        return sum(map(self._plan.within_ms, machine.counting.within(within)))

    def _lengths_ms(self, machine: Machine, within: Interval, whole: bool) -> list[int]:  # noqa: FBT001
        """How long each set of its parameters counted in it, or in what was planned of it."""
        terms, counted = machine.terms, tuple(machine.counting.within(within))
        key = id(terms), counted, whole
        if key not in self._lengths:
            measure = _length if whole else self._plan.within_ms
            parts = [terms.lengths(part, measure) for part in counted]
            self._lengths[key] = [sum(of) for of in zip(*parts, strict=True)] or [0] * len(
                terms.sets
            )
        return self._lengths[key]


def _length(span: Interval) -> int:
    return span.end_ms - span.start_ms


def columns(kpis: Sequence[Kpi], rows: Sequence[Sequence[Told]], currency: str) -> dict[str, Any]:
    """The figures of each bucket as columns of each figure."""
    return {
        kpi.name: {"unit": kpi.unit_in(currency)} | _column(kpi, [row[at] for row in rows])
        for at, kpi in enumerate(kpis)
    }


def _column(kpi: Kpi, cells: Sequence[Told]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {
        name: [getattr(cell.answer, name) for cell in cells] for name in Answer._fields
    }
    least = {"least": [cell.least for cell in cells]} if kpi.rule == HEALTH else {}
    return found | least | {"reason": [cell.reason for cell in cells]}


def check_size(*, buckets: int, figures: int) -> None:
    """Raises Refused: there are too many for one answer."""
    if buckets * figures > MAX_FIGURES:
        raise Refused(
            f"{figures} figures of {buckets} buckets are too many for one answer: ask for a longer"
            " bucket, a shorter range, or for some of them in 'names'."
        )
