"""Sums that are kept in; how the signs of wear and the use of a machine went, step by step, out."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import apsw

from contract.assets.words import Service, Wear
from contract.buckets import BucketAt, Interval
from contract.language.answers import Answers
from contract.language.parts import Part, answers_of
from contract.prognosis.remaining import Series
from contract.prognosis.windows import Window, windows
from contract.site_time import SiteTime
from gateway.api.queries.pieces import Cuts, Machine, Plan, sums
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Range
from gateway.api.site_buckets import SiteBuckets
from gateway.twin.ledger import ledger_of

HOUR_MS: Final = 3_600_000.0
# What a machine is used for changes with the seasons: so far back its use is looked at.
_USE_MS: Final = 28 * 86_400_000


@dataclass(frozen=True, kw_only=True)
class _Even(SiteBuckets):
    """Buckets of one length, by UTC."""

    step_ms: int

    def within(self, span: Interval) -> BucketAt:  # noqa: ARG002
        def bucket_at(time_ms: int) -> Interval:
            start_ms = time_ms // self.step_ms * self.step_ms
            return Interval(start_ms, start_ms + self.step_ms)

        return bucket_at


class Courses:
    """Of one machine, out of one snapshot of the journal; times are in hours since 1970."""

    def __init__(self, connection: apsw.Connection, machine: Machine, site: SiteTime) -> None:
        self._connection, self._machine, self._site = connection, machine, site
        self._program = ledger_of(machine.asset).program

    def of_wear(self, wear: Wear, begun_ms: int, now_ms: int) -> tuple[Series, ...]:
        """The means of its sign since it was new."""
        return tuple(
            self._means(window, lambda answers: answers.wear(wear.name), frozenset({wear.name}))
            for window in windows(begun_ms, now_ms)
        )

    def of_use(self, service: Service, begun_ms: int, now_ms: int) -> tuple[Series, ...]:
        """What share of its interval was used in all since then, whenever it was done."""
        window = windows(max(begun_ms, now_ms - _USE_MS), now_ms)[0]
        steps = self._means(window, lambda answers: answers.service(service.name).value)
        return (Series(steps.times_h, tuple(accumulate(steps.values))),)

    def _means(
        self,
        window: Window,
        told: Callable[[Answers], float | None],
        names: frozenset[str] = frozenset(),
    ) -> Series:
        middle_ms = window.step_ms / 2.0
        found = [
            ((start_ms + middle_ms) / HOUR_MS, value)
            for start_ms, parts in self._parts(window, names)
            if (value := told(answers_of(self._program, parts))) is not None
        ]
        return Series(tuple(time_h for time_h, _ in found), tuple(value for _, value in found))

    def _parts(self, window: Window, names: frozenset[str]) -> list[tuple[int, list[Part]]]:
        """Of each step in which anything was measured its start, and what was summed up in it."""
        buckets = _Even(kind="total", site=self._site, step_ms=window.step_ms)
        span = Range(window.from_ms, window.to_ms, buckets)
        cuts = Cuts(span, self._machine.terms, Plan(None, span.whole))
        stored = Stored(self._connection, self._site)
        found: defaultdict[int, list[Part]] = defaultdict(list)
        for piece, own in sums(stored, self._machine, span, cuts, names).items():
            params = self._machine.terms.sets[piece.terms]
            found[piece.bucket.start_ms].append(Part(own, params, window.step_ms))
        return sorted(found.items())
