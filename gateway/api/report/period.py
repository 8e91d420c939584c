"""What was asked for in; the period, the one before, and its buckets out. Pure."""

from typing import Any, Final, NamedTuple

from contract.buckets import DAY_MS, ClockBucket, Interval, day_at, label, month_at, week_at
from contract.errors import Refused
from contract.site_time import SiteTime
from gateway.api import comparison
from gateway.api.instants import iso

_KINDS: Final[dict[comparison.Period, Any]] = {"day": day_at, "week": week_at, "month": month_at}
_LONGEST: Final[tuple[tuple[int, ClockBucket], ...]] = (
    (2 * DAY_MS, "hour"),
    (62 * DAY_MS, "day"),
    (366 * DAY_MS, "week"),
)


class Period(NamedTuple):
    """``kind``: the whole day, week or month of the site's calendar that it is; None: of none."""

    span: Interval  # as it was asked for
    until_ms: int  # so far it has come
    kind: comparison.Period | None
    before: Interval  # as much of the one before
    bucket: ClockBucket

    @property
    def so_far(self) -> Interval:
        return Interval(self.span.start_ms, self.until_ms)

    def told(self, site: SiteTime) -> dict[str, Any]:
        start_ms, end_ms = self.span
        named = label(site, self.kind, start_ms) if self.kind else _ends(site, self.span)
        return {
            "from_ms": start_ms,
            "to_ms": end_ms,
            "until_ms": self.until_ms,
            "kind": self.kind,
            "label": named,
            "is_over": self.until_ms == end_ms,
        }


def period_of(site: SiteTime, span: Interval, *, now_ms: int) -> Period:
    """The period, and what comes before it: of a calendar's the last one, else as long a time.

    Of one that goes on as much as has passed by the clock on the wall.

    Raises:
        Refused: it ends where it begins, or has not begun.
    """
    if span.start_ms >= span.end_ms:
        raise Refused("The period ends where it begins: give a later 'to'.")
    if span.start_ms >= now_ms:
        raise Refused(f"The period has not begun: it begins at {iso(span.start_ms)}.")
    kind = next((name for name, at in _KINDS.items() if at(site, span.start_ms) == span), None)
    until_ms = min(span.end_ms, now_ms)
    return Period(span, until_ms, kind, _before(site, span, kind, now_ms), _bucket(span))


def _before(
    site: SiteTime, span: Interval, kind: comparison.Period | None, now_ms: int
) -> Interval:
    if kind is None:
        return Interval(_as_long_before(site, span.start_ms, min(span.end_ms, now_ms)), span[0])
    if now_ms < span.end_ms:
        return comparison.periods(site, kind, now_ms).last
    last: Interval = _KINDS[kind](site, span.start_ms - 1)
    return last


def _as_long_before(site: SiteTime, start_ms: int, until_ms: int) -> int:
    """Days are the wall's; what is shorter is as long as it lasts, though the clock was put."""
    if until_ms - start_ms < DAY_MS:
        return max(0, 2 * start_ms - until_ms)
    began, ended = site.wall(start_ms), site.wall(until_ms)
    return max(0, site.moment(began - (ended - began)))


def _bucket(span: Interval) -> ClockBucket:
    length_ms = span.end_ms - span.start_ms
    return next((bucket for most_ms, bucket in _LONGEST if length_ms <= most_ms), "month")


def _ends(site: SiteTime, span: Interval) -> str:
    return "/".join(site.iso(end_ms, timespec="minutes") for end_ms in span)
