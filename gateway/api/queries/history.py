"""One device's readings in, at most a few hundred buckets of least, mean and greatest out.

Buckets of a minute and more are added up from the journal's minutes, which hold the same figures
already: a week of one device is 10,000 rows then, not 3,000,000. Readings themselves are read for
shorter buckets, for the minutes cut by the range's ends, and for what is newer than the newest
minute that has been stored.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import apsw
import msgspec

from contract.assets.words import Counter
from gateway.api.queries.counters import Course, courses, stretches
from gateway.journal.reader import MINUTE_MS

_S: Final = 1_000
_H: Final = 60 * MINUTE_MS
_D: Final = 24 * _H

# Lengths that clocks and people like; each of a minute and more is a whole number of minutes.
STEPS_MS: Final = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(_S, 2 * _S, 5 * _S, 10 * _S, 15 * _S, 30 * _S),
    *(MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS),
    *(_H, 2 * _H, 3 * _H, 6 * _H, 12 * _H, _D),
)


class Band(msgspec.Struct):
    """Least, mean and greatest of one channel, bucket by bucket; None where it was not measured."""

    min: list[float | None]
    mean: list[float | None]
    max: list[float | None]


class History(msgspec.Struct):
    """Buckets in order of time, empty ones left out. ``time_ms`` is where each begins."""

    device: str
    from_ms: int
    to_ms: int
    bucket_ms: int
    time_ms: list[int]
    count: list[int]
    channels: dict[str, Band]
    counters: dict[str, Course]


class _Wanted(NamedTuple):
    device_id: int
    from_ms: int
    to_ms: int
    bucket_ms: int
    channels: Sequence[str]


class _Sums:
    """A bucket of all channels as it is added up."""

    __slots__ = ("bands", "count")

    def __init__(self, width: int) -> None:
        self.count = 0
        self.bands = [[0, 0.0, float("inf"), float("-inf")] for _ in range(width)]

    def add(self, count: int, cells: Sequence[Any]) -> None:
        self.count += count
        for at, band in enumerate(self.bands):
            number, total, low, high = cells[4 * at : 4 * at + 4]
            if number:
                band[0] += number
                band[1] += total
                band[2] = min(band[2], low)
                band[3] = max(band[3], high)


def bucket_length_ms(*, from_ms: int, to_ms: int, points: int) -> int:
    """The shortest length that covers the range with at most ``points`` aligned buckets.

    Buckets begin at multiples of their length, so that they stay where they are while a range
    that ends now moves on.
    """
    for step_ms in STEPS_MS:
        if _bucket_count(from_ms, to_ms, step_ms) <= points:
            return step_ms
    days = max(2, (to_ms - from_ms) // (points * _D))
    while _bucket_count(from_ms, to_ms, days * _D) > points:
        days += 1
    return days * _D


def _bucket_count(from_ms: int, to_ms: int, step_ms: int) -> int:
    return (to_ms - 1) // step_ms - from_ms // step_ms + 1


def history(
    connection: apsw.Connection,
    *,
    device_id: int,
    device: str,
    from_ms: int,
    to_ms: int,
    points: int,
    channels: Sequence[str],
    counters: Sequence[Counter] = (),
) -> History:
    """The readings with ``from_ms <= time_ms < to_ms``, in at most ``points`` buckets.

    Buckets are as long as the part of the range needs that lies after the oldest reading: who asks
    for all since 1970 gets more than one.
    """
    oldest_ms = min(to_ms, max(from_ms, _oldest_ms(connection, device_id)))
    bucket_ms = bucket_length_ms(from_ms=oldest_ms, to_ms=to_ms, points=points)
    sums: dict[int, _Sums] = {}
    wanted = _Wanted(device_id, from_ms, to_ms, bucket_ms, channels)
    for bucket, count, *cells in _parts(connection, wanted):
        sums.setdefault(bucket, _Sums(len(channels))).add(count, cells)
    ordered = sorted(sums.items())
    starts = [bucket * bucket_ms for bucket, _ in ordered]
    buckets = stretches(starts, bucket_ms, from_ms=from_ms, to_ms=to_ms)
    return History(
        device=device,
        from_ms=from_ms,
        to_ms=to_ms,
        bucket_ms=bucket_ms,
        time_ms=starts,
        count=[total.count for _, total in ordered],
        channels={
            name: _band([total.bands[at] for _, total in ordered])
            for at, name in enumerate(channels)
        },
        counters=courses(connection, device_id=device_id, counters=counters, buckets=buckets),
    )


def _oldest_ms(connection: apsw.Connection, device_id: int) -> int:
    sql = (
        "SELECT min(oldest) FROM (SELECT min(time_ms) AS oldest FROM reading"
        " WHERE device = ?1 AND event IS NULL"
        " UNION ALL SELECT min(start_ms) FROM minute WHERE device = ?1)"
    )
    found: Any = connection.execute(sql, (device_id,)).fetchone()
    return found[0] or 0


def _band(sums: Iterable[list[Any]]) -> Band:
    band = Band([], [], [])
    for number, total, low, high in sums:
        band.min.append(low if number else None)
        band.mean.append(total / number if number else None)
        band.max.append(high if number else None)
    return band


def _parts(connection: apsw.Connection, wanted: _Wanted) -> Iterator[tuple[Any, ...]]:
    """(bucket, count, then number, total, low, high of each channel) of readings and minutes."""
    first_ms, last_ms = _whole_minutes(connection, wanted)
    width = len(wanted.channels)
    for sql, since_ms, until_ms in (
        (_readings_sql(width), wanted.from_ms, first_ms),
        (_minutes_sql(width), first_ms, last_ms),
        (_readings_sql(width), last_ms, wanted.to_ms),
    ):
        if since_ms < until_ms:
            bindings = (wanted.bucket_ms, wanted.device_id, since_ms, until_ms, *wanted.channels)
            yield from connection.execute(sql, bindings)


def _whole_minutes(connection: apsw.Connection, wanted: _Wanted) -> tuple[int, int]:
    """The part of the range to take from stored minutes: none newer than the newest of them."""
    nothing = (wanted.to_ms, wanted.to_ms)
    if wanted.bucket_ms < MINUTE_MS:
        return nothing
    sql = (
        "SELECT start_ms FROM minute WHERE device = ? AND start_ms <= ?"
        " ORDER BY start_ms DESC LIMIT 1"
    )
    newest: Any = connection.execute(sql, (wanted.device_id, wanted.to_ms - MINUTE_MS)).fetchone()
    first_ms = -(-wanted.from_ms // MINUTE_MS) * MINUTE_MS
    if newest is None or newest[0] < first_ms:
        return nothing
    return first_ms, newest[0] + MINUTE_MS


def _readings_sql(width: int) -> str:
    """Bindings: bucket length, device, from, to, then the channels' names.

    The names stand last as numbered bindings, so that each is looked up once a row: SQLite keeps
    the body it has parsed for the row's other channels.
    """
    values = "".join(f", body ->> ?{5 + at} AS v{at}" for at in range(width))
    cells = "".join(f", count(v{at}), sum(v{at}), min(v{at}), max(v{at})" for at in range(width))
    return (
        f"SELECT bucket, count(*){cells} FROM ("  # noqa: S608 - numbers only
        f"SELECT time_ms / ?1 AS bucket{values} FROM reading"
        " WHERE event IS NULL AND device = ?2 AND time_ms >= ?3 AND time_ms < ?4 LIMIT -1)"
        " GROUP BY bucket"
    )


def _minutes_sql(width: int) -> str:
    """The same over minutes: a channel's ``ChannelStats`` are cut out once, then added up."""
    stats = "".join(f", body -> '$.channels' -> ?{5 + at} AS c{at}" for at in range(width))
    cells = "".join(
        f", sum(c{at} ->> 'count'), sum(c{at} ->> 'total'), min(c{at} ->> 'low'),"
        f" max(c{at} ->> 'high')"
        for at in range(width)
    )
    return (
        f"SELECT bucket, sum(number){cells} FROM ("  # noqa: S608 - numbers only
        f"SELECT start_ms / ?1 AS bucket, body ->> 'count' AS number{stats} FROM minute"
        " WHERE device = ?2 AND start_ms >= ?3 AND start_ms < ?4 LIMIT -1) GROUP BY bucket"
    )
