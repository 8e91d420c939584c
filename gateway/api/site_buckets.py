"""A kind of bucket in; when its buckets begin and end and what the site calls them out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from contract.buckets import Bucket, BucketAt, Interval, label, of_clock
from contract.shifts import ShiftCalendar
from contract.site_time import SiteTime

TimeFormat = Literal["ms", "iso"]


@dataclass(frozen=True)
class SiteBuckets:
    """Buckets of one kind by the site's time; ``shifts`` there are where they are asked for."""

    kind: Bucket
    site: SiteTime
    shifts: ShiftCalendar | None = None
    times: TimeFormat = "ms"

    @property
    def by_minute(self) -> bool:
        """Whether every minute must be looked at for itself."""
        return self.kind == "minute"

    def within(self, span: Interval) -> BucketAt:
        """A time of ``span`` -> its bucket, which may begin before and end behind the span."""
        if self.kind == "total":
            return lambda _time_ms: span
        if self.kind == "shift":
            assert self.shifts is not None
            return self.shifts.bucket_at
        return of_clock(self.site, self.kind)

    def columns(self, buckets: Sequence[Interval]) -> dict[str, Any]:
        """What an answer says of its buckets before it says what was measured in them."""
        found: dict[str, Any] = {"bucket": self.kind, "time_zone": self.site.name}
        starts, ends = [b.start_ms for b in buckets], [b.end_ms for b in buckets]
        if self.times == "iso":
            found |= {"time": self._iso(starts), "end": self._iso(ends)}
        else:
            found |= {"time_ms": starts, "end_ms": ends}
        found["label"] = [self._label(bucket) for bucket in buckets]
        if self.kind == "shift":
            found["shift"] = [self._shift(bucket) for bucket in buckets]
        return found

    def _iso(self, times_ms: Sequence[int]) -> list[str]:
        return [self.site.iso(time_ms, timespec="seconds") for time_ms in times_ms]

    def _label(self, bucket: Interval) -> str:
        if self.kind == "total":
            return "/".join(self.site.iso(end, timespec="minutes") for end in bucket)
        if self.kind == "shift":
            day = label(self.site, "day", bucket.start_ms)
            return f"{day} {self._shift(bucket) or 'no shift'}"
        return label(self.site, self.kind, bucket.start_ms)

    def _shift(self, bucket: Interval) -> str | None:
        shift = self.shifts.at(bucket.start_ms) if self.shifts else None
        return shift.name if shift else None
