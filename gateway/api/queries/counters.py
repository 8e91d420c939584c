"""A counter's course over the buckets of a history: where it stood, and by how much it grew.

Of each bucket the last reading alone is looked up, so that a day costs as little as an hour. A
meter that went round or began anew grew by what fits between two of these
(``contract.language.code``).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import apsw
import msgspec

from contract.assets.words import Counter
from contract.buckets import Interval
from contract.language.code import SLACK_MS, grown

_PER_MS: Final = 1e-3  # rates are a second's
_KNOWN: Final = (
    "SELECT time_ms, body ->> :name FROM reading WHERE event IS NULL AND device = :device_id"
    " AND time_ms >= :from_ms AND time_ms < :to_ms AND body ->> :name IS NOT NULL"
)
_FIRST: Final = f"{_KNOWN} ORDER BY time_ms, id LIMIT 1"
_LAST: Final = f"{_KNOWN} ORDER BY time_ms DESC, id DESC LIMIT 1"


class Course(msgspec.Struct):
    """Bucket by bucket; None where it was not told."""

    last: list[float | None]
    increase: list[float | None]


class Stretch(NamedTuple):
    """A bucket, as far as it is in the range."""

    from_ms: int
    to_ms: int


def stretches(buckets: Iterable[Interval], *, from_ms: int, to_ms: int) -> list[Stretch]:
    """The buckets, cut at the range's ends."""
    return [Stretch(max(each.start_ms, from_ms), min(each.end_ms, to_ms)) for each in buckets]


def courses(
    connection: apsw.Connection,
    *,
    device_id: int,
    counters: Sequence[Counter],
    buckets: Sequence[Stretch],
) -> dict[str, Course]:
    """Of each counter its course. What it grew by begins with the first reading of the range."""
    found: dict[str, Course] = {}
    for counter in counters:
        steps = _steps(connection, counter, device_id, buckets)
        last, increase = zip(*steps, strict=True) if buckets else ((), ())
        found[counter.name] = Course([*last], [*increase])
    return found


def _steps(
    connection: apsw.Connection, counter: Counter, device_id: int, buckets: Sequence[Stretch]
) -> Iterator[tuple[float | None, float | None]]:
    before: tuple[int, float] | None = None
    for bucket in buckets:
        wanted = {"name": counter.name, "device_id": device_id} | bucket._asdict()
        now: Any = connection.execute(_LAST, wanted).fetchone()
        if now is None:
            yield None, None
            continue
        if before is None:
            first: Any = connection.execute(_FIRST, wanted).fetchone()
            before = first
        yield now[1], _grown(counter, now, before or now)
        before = now


def _grown(counter: Counter, now: tuple[int, float], before: tuple[int, float]) -> float:
    step, elapsed_ms = now[1] - before[1], now[0] - before[0]
    per_ms = None if counter.max_rate is None else counter.max_rate * _PER_MS
    if step >= 0.0 and (per_ms is None or step <= per_ms * (elapsed_ms + SLACK_MS)):
        return step
    return grown(now[1], before[1], elapsed_ms, counter.wraps_at, per_ms)
