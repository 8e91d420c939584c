"""A range as it was asked for in, a range of Unix milliseconds out."""

from dataclasses import dataclass
from typing import Final

from contract.buckets import Bucket
from contract.errors import Refused
from gateway.api.instants import LATEST_MS, iso
from gateway.api.params import RangeQuery

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 1440 * _MINUTE_MS
RECENT_MS: Final = 15 * _MINUTE_MS

# What a chart with such buckets shows when nobody says from when on.
USUAL_MS: Final[dict[Bucket, int]] = {
    "minute": 60 * _MINUTE_MS,
    "hour": _DAY_MS,
    "day": 30 * _DAY_MS,
    "week": 84 * _DAY_MS,
    "month": 365 * _DAY_MS,
    "shift": 7 * _DAY_MS,
    "total": _DAY_MS,
}


@dataclass(frozen=True)
class Span:
    """``from_ms <= time < to_ms``."""

    from_ms: int
    to_ms: int


def last(query: RangeQuery, *, now_ms: int, usual_ms: int) -> Span:
    """The range of ``query``; where it does not say, ``usual_ms`` up to now.

    Raises:
        Refused: it would end before it begins.
    """
    to_ms = now_ms if query.to is None else query.to
    from_ms = max(0, to_ms - usual_ms) if query.from_ is None else query.from_
    return checked(from_ms, to_ms)


def everything(query: RangeQuery) -> Span:
    """The range of ``query``; where it does not say, all there is (a clock may be fast).

    Raises:
        Refused: it would end before it begins.
    """
    return checked(query.from_ or 0, LATEST_MS if query.to is None else query.to)


def checked(from_ms: int, to_ms: int) -> Span:
    """The range, which does not end before it begins. Raises Refused."""
    if from_ms > to_ms:
        raise Refused(f"'from' ({iso(from_ms)}) is later than 'to' ({iso(to_ms)}).")
    return Span(from_ms, to_ms)
