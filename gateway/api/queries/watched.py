"""Machines and a range in; how much of it anybody looked for what is unlike their normal, out.

Limits and readings just before are looked at as readings come, so from when a machine was first
heard of. Its own normal judges it once that is proven, its type's model where there are diagnoses:
of anomalies of all kinds the time of either counts. What was imported, or came long after, nobody
judged.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import apsw

from contract.buckets import MINUTE_MS
from contract.window import NOT_JUDGED
from gateway.api.queries.events import timeline
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter, Range, Runs, usage
from gateway.journal.anomalies import Anomaly, Method, Stood

_PROVEN: Final = "SELECT device, proven_ms FROM learned WHERE proven_ms IS NOT NULL"

_ALL: Final = -1  # SQLite's word for no limit

By = Method | Literal["search"] | None


class Subject(NamedTuple):
    """``heard_ms``: since when it is known; ``judged_ms``: how far its type's model judged it."""

    meter: Meter
    heard_ms: int
    judged_ms: int


class Watched(NamedTuple):
    """How long somebody looked, of how long it measured; ``since_ms``: when that began."""

    judged_ms: int
    measured_ms: int
    since_ms: int

    def begun(self, stood: Sequence[Anomaly] | Sequence[Stood]) -> int:
        """How many began while somebody looked."""
        return sum(each.start_ms >= self.since_ms for each in stood) if self.judged_ms else 0


def together(watched: Sequence[Watched]) -> Watched:
    """Of several machines; when that began says nothing of any."""
    judged_ms = sum(each.judged_ms for each in watched)
    return Watched(judged_ms, sum(each.measured_ms for each in watched), 0)


class Watching:
    """Of one snapshot and one range; ``by``: how it is looked, None: by any method.

    ``search``: all that was measured was looked at, now.
    """

    def __init__(self, connection: apsw.Connection, *, span: Range, by: By) -> None:
        self._connection = connection
        self._span = span
        self._by = by
        self._stored, self._runs = Stored(connection, span.buckets.site), Runs(span)
        self._proven_ms: dict[int, int] = dict(connection.execute(_PROVEN))

    def of(self, subject: Subject) -> Watched:
        span, measured_ms = self._span, self._measured_ms(subject.meter, 0)
        since_ms = max(span.from_ms, min(span.to_ms, self._since_ms(subject)))
        own_ms = measured_ms if self._by == "search" else self._measured_ms(subject.meter, since_ms)
        if self._by not in ("classified", None) or since_ms == span.from_ms:
            return Watched(own_ms, measured_ms, since_ms)
        stretches = self._judged(subject, until_ms=since_ms)
        model_ms = min(sum(end - start for start, end in stretches), measured_ms - own_ms)
        if model_ms:
            since_ms = stretches[0][0] // MINUTE_MS * MINUTE_MS
        return Watched(own_ms + model_ms, measured_ms, since_ms)

    def _since_ms(self, subject: Subject) -> int:
        """From which minute on each of its readings was looked at."""
        if self._by == "search":
            return self._span.from_ms
        if self._by in ("limits", "rolling"):
            return subject.heard_ms // MINUTE_MS * MINUTE_MS
        proven_ms = self._proven_ms.get(subject.meter.device_id)
        if self._by == "classified" or proven_ms is None:
            return self._span.to_ms
        return proven_ms // MINUTE_MS * MINUTE_MS

    def _measured_ms(self, meter: Meter, since_ms: int) -> int:
        span = self._span.since(since_ms)
        used = usage(self._stored, meter, span, self._runs)
        return sum(each.measured_ms for each in used.values())

    def _judged(self, subject: Subject, *, until_ms: int) -> list[tuple[int, int]]:
        """Stretches that its type's model judged."""
        from_ms = self._span.from_ms
        episodes = timeline(
            self._connection, device_id=subject.meter.device_id, from_ms=from_ms, to_ms=until_ms,
            judged_ms=subject.judged_ms, lasts=False, limit=_ALL,
        )  # fmt: skip
        cut = (
            (max(each.start_ms, from_ms), min(each.end_ms or 0, until_ms))
            for each in episodes
            if each.fault != NOT_JUDGED
        )
        return [(start_ms, end_ms) for start_ms, end_ms in cut if start_ms < end_ms]
