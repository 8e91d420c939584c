"""What is kept of a device in, the buckets out in which a chart of it can be shown."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import apsw

from contract.buckets import DAY_MS
from contract.site_time import SiteTime
from gateway.api.steps import Steps, step_ms
from gateway.journal.reader import MINUTE_MS
from gateway.twin.tiers import QUARTER, QUARTER_MS

MOST_FROM_FILES: Final = 500_000  # readings for one answer: some 3 s

_OLDEST: Final = (
    "SELECT (SELECT min(time_ms) FROM reading WHERE device = ?1 AND event IS NULL),"
    " (SELECT min(start_ms) FROM minute WHERE device = ?1),"
    " (SELECT min(start_ms) FROM tier WHERE device = ?1 AND level = ?2),"
    " min(first_ms), max(rows + events) FROM archive"
    " WHERE device = ?1 AND state IN ('written', 'kept')"
)


class Kept(NamedTuple):
    """Since when there is anything of a device, in what was measured and in its sums.

    ``files_ms`` is of what is in files, ``most_a_day`` how many items these have at most.
    """

    readings_ms: int | None
    minutes_ms: int | None
    quarters_ms: int | None
    files_ms: int | None = None
    most_a_day: int | None = None

    @property
    def oldest_ms(self) -> int:
        """0 where there is nothing."""
        return min((since_ms for since_ms in self[:-1] if since_ms is not None), default=0)

    def is_in_files(self, from_ms: int, to_ms: int) -> bool:
        """Whether readings of all of a range are there, so many that files can be read for it."""
        if self.files_ms is None or self.files_ms > from_ms:
            return False
        return (to_ms - from_ms) * (self.most_a_day or 0) <= MOST_FROM_FILES * DAY_MS

    def finest_ms(self, from_ms: int) -> int:
        """How long the shortest buckets are that can be told from a time on."""
        has_minutes = _are_all(self.minutes_ms, self.quarters_ms, QUARTER_MS)
        has_readings = has_minutes and _are_all(self.readings_ms, self.minutes_ms, MINUTE_MS)
        if has_readings or _reaches(self.readings_ms, from_ms, MINUTE_MS):
            return 1
        if has_minutes or _reaches(self.minutes_ms, from_ms, QUARTER_MS):
            return MINUTE_MS
        return QUARTER_MS


def _are_all(since_ms: int | None, sums_ms: int | None, unit_ms: int) -> bool:
    """Whether nothing older is in sums of such a unit: none was forgotten yet."""
    return sums_ms is None or _reaches(since_ms, sums_ms, unit_ms)


def _reaches(since_ms: int | None, from_ms: int, unit_ms: int) -> bool:
    """What is summed up begins with the unit in which the first of it lies."""
    return since_ms is not None and since_ms - since_ms % unit_ms <= from_ms


def kept(connection: apsw.Connection, device_id: int) -> Kept:
    found: Any = connection.execute(_OLDEST, (device_id, QUARTER)).fetchone()
    return Kept(*found)


class Chart(NamedTuple):
    """A range and its buckets."""

    from_ms: int
    to_ms: int
    steps: Steps


def chart(
    of: Sequence[Kept], *, from_ms: int, to_ms: int, points: int, site: SiteTime, least_ms: int = 1
) -> Chart:
    """The buckets in which devices of which so much is kept can be shown together.

    They are as long as the part of the range needs that lies after the oldest reading: who asks
    for all since 1970 gets more than one. Where nothing is left but sums, or ``least_ms`` asks for
    it, the range is widened to those that it touches.
    """
    since_ms = min((each.oldest_ms for each in of if each.oldest_ms), default=0)
    oldest_ms = max(from_ms, since_ms) if since_ms < to_ms else from_ms
    finest_ms = max([least_ms, *(each.finest_ms(max(from_ms, each.oldest_ms)) for each in of)])
    if finest_ms > 1 == least_ms and all(each.is_in_files(from_ms, to_ms) for each in of):
        length_ms = step_ms(from_ms=oldest_ms, to_ms=to_ms, points=points)
        if length_ms < MINUTE_MS:  # out of readings alone
            return Chart(from_ms, to_ms, Steps(length_ms, site))
    from_ms, to_ms = from_ms - from_ms % finest_ms, -(-to_ms // finest_ms) * finest_ms
    oldest_ms -= oldest_ms % finest_ms
    length_ms = step_ms(from_ms=oldest_ms, to_ms=to_ms, points=points, least_ms=finest_ms)
    return Chart(from_ms, to_ms, Steps(length_ms, site))
