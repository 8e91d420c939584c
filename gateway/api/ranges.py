"""A query for buckets in, whole minutes and the site's buckets out."""

from contract.buckets import Bucket
from contract.errors import Refused
from contract.settings import SHIFTS
from contract.shifts import ShiftCalendar
from gateway.api.ground import Ground
from gateway.api.params import RangeQuery, UsageQuery
from gateway.api.queries.usage import Range, whole_minutes
from gateway.api.site_buckets import SiteBuckets, TimeFormat
from gateway.api.spans import USUAL_MS, Span, last


def as_one(span: Span, context: Ground) -> Range:
    """One bucket of the whole minutes that a range touches."""
    whole = whole_minutes(span.from_ms, span.to_ms)
    return Range(*whole, SiteBuckets("total", context.services.settings.site_time))


def usage_range(query: UsageQuery, context: Ground) -> Range:
    """The range that is asked for; without a beginning it begins where a bucket does.

    Raises:
        Refused: it ends before it begins, or is of shifts that the site has not.
    """
    return range_of(query, context, bucket=query.bucket, times=query.time, now_ms=query.as_of)


def range_of(
    query: RangeQuery,
    context: Ground,
    *,
    bucket: Bucket,
    times: TimeFormat = "ms",
    now_ms: int | None = None,
) -> Range:
    """The same of any query; ``now_ms``: where one without an end ends. Raises Refused."""
    shifts = _shifts(bucket, context)
    buckets = SiteBuckets(bucket, context.services.settings.site_time, shifts, times)
    end_ms = context.services.now_ms() if now_ms is None else now_ms
    asked = last(query, now_ms=end_ms, usual_ms=USUAL_MS[bucket])
    span = whole_minutes(asked.from_ms, asked.to_ms)
    from_ms = span.start_ms
    if query.from_ is None:
        from_ms = max(0, buckets.within(span)(from_ms).start_ms)
    return Range(from_ms, span.end_ms, buckets)


def _shifts(bucket: Bucket, context: Ground) -> ShiftCalendar | None:
    if bucket != "shift":
        return None
    calendar = context.shifts.calendar()
    if calendar is None:
        raise Refused(
            f"This site has no file of shifts: write {SHIFTS} into EDGETWIN_DATA_DIR as"
            " shifts.example.toml shows."
        )
    return calendar
