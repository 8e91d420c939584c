"""A query for buckets in, whole minutes and the site's buckets out."""

from contract.buckets import Bucket
from contract.errors import Refused
from contract.settings import SHIFTS
from contract.shifts import ShiftCalendar
from gateway.api.context import Context
from gateway.api.params import UsageQuery
from gateway.api.queries.usage import Range, whole_minutes
from gateway.api.site_buckets import SiteBuckets
from gateway.api.spans import USUAL_MS, Span, last


def as_one(span: Span, context: Context) -> Range:
    """One bucket of the whole minutes that a range touches."""
    whole = whole_minutes(span.from_ms, span.to_ms)
    return Range(*whole, SiteBuckets("total", context.services.settings.site_time))


def usage_range(query: UsageQuery, context: Context) -> Range:
    """The range that is asked for; without a beginning it begins where a bucket does.

    Raises:
        Refused: it ends before it begins, or is of shifts that the site has not.
    """
    shifts = _shifts(query.bucket, context)
    buckets = SiteBuckets(query.bucket, context.services.settings.site_time, shifts, query.time)
    asked = last(query, now_ms=context.services.now_ms(), usual_ms=USUAL_MS[query.bucket])
    span = whole_minutes(asked.from_ms, asked.to_ms)
    from_ms = span.start_ms
    if query.from_ is None:
        from_ms = max(0, buckets.within(span)(from_ms).start_ms)
    return Range(from_ms, span.end_ms, buckets)


def _shifts(bucket: Bucket, context: Context) -> ShiftCalendar | None:
    if bucket != "shift":
        return None
    calendar = context.shifts.calendar()
    if calendar is None:
        raise Refused(
            f"This site has no file of shifts: write {SHIFTS} into EDGETWIN_DATA_DIR as"
            " shifts.example.toml shows."
        )
    return calendar
