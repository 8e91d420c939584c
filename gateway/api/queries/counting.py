"""When a machine was there, and in commissioning, in; what of a time counts in its figures out.

Pure.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from contract.buckets import MINUTE_MS, Interval
from contract.site_time import LATEST_MS

T = TypeVar("T")


class Counting(msgspec.Struct, frozen=True):
    """``left_out`` are whole minutes, in order and apart.

    ``from_ms``: before there was no such machine, so nothing of it was measured, and nothing lacks.
    """

    left_out: tuple[Interval, ...] = ()
    from_ms: int = 0

    @classmethod
    def but_for(cls, spans: Iterable[tuple[int, int | None]], *, from_ms: int = 0) -> "Counting":
        """All but ``spans``, each in order; None: it goes on. A minute they touch is left out."""
        found: list[Interval] = []
        for begun_ms, to_ms in spans:
            end_ms = LATEST_MS if to_ms is None else -(-to_ms // MINUTE_MS) * MINUTE_MS
            start_ms = begun_ms // MINUTE_MS * MINUTE_MS
            if found and start_ms <= found[-1].end_ms:
                start_ms = found.pop().start_ms
            found.append(Interval(start_ms, end_ms))
        return cls(tuple(found), from_ms)

    def since(self, oldest_ms: int | None) -> "Counting":
        """With the first minute in which it was measured: it was there by then.

        Where that is the very minute from which on it was there, only the rest of it counts.
        """
        if oldest_ms is None or self.from_ms < oldest_ms + MINUTE_MS:
            return self
        return msgspec.structs.replace(self, from_ms=oldest_ms)

    def has(self, time_ms: int) -> bool:
        return not any(start_ms <= time_ms < end_ms for start_ms, end_ms in self.left_out)

    def within(self, span: Interval) -> list[Interval]:
        """The parts of ``span`` in which it was there, and that count."""
        start_ms = max(span.start_ms, min(self.from_ms, span.end_ms))
        return self._kept(Interval(start_ms, span.end_ms))

    def length_ms(self, span: Interval) -> int:
        """How much of ``span`` that is."""
        return sum(part.end_ms - part.start_ms for part in self.within(span))

    def lengths_ms(self, spans: Iterable[Interval]) -> list[int]:
        """The same of each."""
        if self.left_out:
            return [self.length_ms(span) for span in spans]
        return [max(0, end_ms - max(start_ms, self.from_ms)) for start_ms, end_ms in spans]

    def cut(self, runs: Sequence[Interval]) -> Sequence[Interval]:
        """What of runs is not left out; the very same where all of it is."""
        if not self.left_out:
            return runs
        return [part for run in runs for part in self._kept(run)]

    def cut_with(
        self, runs: Sequence[Interval], of: Sequence[T]
    ) -> tuple[Sequence[Interval], Sequence[T]]:
        """As ``cut``, with what belongs to each run."""
        if not self.left_out:
            return runs, of
        both = [(part, its) for run, its in zip(runs, of, strict=True) for part in self._kept(run)]
        return [part for part, _ in both], [its for _, its in both]

    def _kept(self, span: Interval) -> list[Interval]:
        found, time_ms = [], span.start_ms
        for start_ms, end_ms in self.left_out:
            if end_ms <= time_ms or start_ms >= span.end_ms:
                continue
            if time_ms < start_ms:
                found.append(Interval(time_ms, start_ms))
            time_ms = end_ms
        if time_ms < span.end_ms:
            found.append(Interval(time_ms, span.end_ms))
        return found


ALL: Final = Counting()
