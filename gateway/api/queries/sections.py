"""A chart that is asked for in; what it is read from, and of how much that tells, out."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import apsw

from contract.assets.words import Asset
from contract.buckets import Interval, tile
from contract.messages import Minute
from gateway.api.queries.cover import Segment
from gateway.api.queries.known import Was
from gateway.api.queries.stored import Stored
from gateway.api.steps import Steps
from gateway.journal.reader import MINUTE_MS
from gateway.twin.tiers import HOUR, QUARTER, SIX_HOURS

_IN_UTC: Final = (SIX_HOURS, HOUR, QUARTER)
_NEWEST: Final = (
    "SELECT start_ms FROM minute WHERE device = ? AND start_ms <= ? ORDER BY start_ms DESC LIMIT 1"
)


class Wanted(NamedTuple):
    """Of a device; ``is_open``: its newest minute, which is not stored yet."""

    device_id: int
    from_ms: int
    to_ms: int
    steps: Steps
    asset: Asset
    channels: Sequence[str]
    was: Was
    is_open: Minute | None

    def taken(self) -> Minute | None:
        """The minute that is not stored yet, where all of it is asked for.

        Of a machine that fell silent it stays so, however long ago that was.
        """
        is_open = self.is_open
        if is_open is None or self.steps.length_ms < MINUTE_MS:
            return None
        is_within = self.from_ms <= is_open.start_ms <= self.to_ms - MINUTE_MS
        return is_open if is_within else None


def sections(
    connection: apsw.Connection, wanted: Wanted, stored: Stored
) -> tuple[list[Segment], Interval]:
    """What is read from sums, and all the time of which it is known how much was measured."""
    steps = wanted.steps
    told = _whole_minutes(connection, wanted, stored)
    summed = told if wanted.is_open is None else _before(told, wanted.is_open.start_ms)
    if wanted.taken() is None:
        told = summed
    if not steps.by_minute and not steps.days:  # whole spans of these: none lies in two buckets
        levels = tuple(level for level in _IN_UTC if steps.length_ms % (level * MINUTE_MS) == 0)
        return stored.segments(wanted.device_id, None, [summed], levels), told
    runs = [
        Interval(max(bucket.start_ms, summed.start_ms), min(bucket.end_ms, summed.end_ms))
        for bucket in tile(steps.at, summed)
    ]
    return stored.segments(wanted.device_id, None, runs), told


def _before(span: Interval, time_ms: int) -> Interval:
    return Interval(min(span.start_ms, time_ms), min(span.end_ms, time_ms))


def _whole_minutes(connection: apsw.Connection, wanted: Wanted, stored: Stored) -> Interval:
    """The part of the range that sums tell of: nothing newer than the newest minute."""
    nothing = Interval(wanted.to_ms, wanted.to_ms)
    if wanted.steps.length_ms < MINUTE_MS or stored.oldest_ms is None:
        return nothing
    last_ms = wanted.to_ms - wanted.to_ms % MINUTE_MS
    newest: Any = connection.execute(_NEWEST, (wanted.device_id, last_ms - MINUTE_MS)).get
    newest_ms = 0 if newest is None else newest + MINUTE_MS
    if (is_open := wanted.taken()) is not None:
        newest_ms = is_open.start_ms + MINUTE_MS
    end_ms = max(newest_ms, min(last_ms, stored.summed_until_ms))
    first_ms = max(next_minute(wanted.from_ms), stored.oldest_ms)
    return Interval(first_ms, end_ms) if first_ms < end_ms else nothing


def next_minute(time_ms: int) -> int:
    """The first minute that begins then or later."""
    return -(-time_ms // MINUTE_MS) * MINUTE_MS
