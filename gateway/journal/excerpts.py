"""The readings around an alarm, compact: what a verdict on it is worth anything for. Pure.

Readings go after a week, alarms after a year: what somebody says of one is learned from only where
its readings are still there. So an excerpt of them is kept beside it, as JSON that was compressed.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import msgspec

from contract.assets.words import Asset
from contract.messages import Value

LEAST_BEFORE_MS: Final = 60_000
LONGEST_MS: Final = 600_000  # after it was raised
MOST_ROWS: Final = 4_000
MOST_BYTES: Final = 48 * 1024
_WINDOWS_BEFORE: Final = 2  # one to fill, one before anything was wrong


class Span(NamedTuple):
    """From when until when, both included."""

    from_ms: int
    to_ms: int


class Excerpt(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of some channels, states and counters in order of time.

    Attributes:
        every: of so many readings one is here, the last always.
        values: of each channel those of all times; None: not measured.
    """

    channels: list[str]
    every: int
    time_ms: list[int]
    values: list[list[Value | None]]


_decode: Final = msgspec.json.Decoder(Excerpt).decode


def span_of(asset: Asset, *, raised_ms: int, cleared_ms: int | None) -> Span:
    """What is kept around an alarm: two windows of the type before it, until it was over."""
    before_ms = max(LEAST_BEFORE_MS, round(_WINDOWS_BEFORE * 1000 * asset.window_s))
    end_ms = raised_ms + LONGEST_MS
    over_ms = end_ms if cleared_ms is None else min(cleared_ms, end_ms)
    return Span(raised_ms - before_ms, max(raised_ms, over_ms))


def names_of(asset: Asset) -> list[str]:
    """What is kept of each reading: the channels, and what else a classifier is shown."""
    return list(dict.fromkeys([*(channel.name for channel in asset.channels), *asset.columns]))


def excerpt_of(
    readings: Sequence[tuple[int, Mapping[str, Value]]],
    channels: Sequence[str],
    *,
    most: int = MOST_ROWS,
) -> Excerpt:
    """Of (time, values) in order at most ``most``, evenly; what is not asked for is left out.

    Evenly, because a window of the classifier is thinned in the same way.
    """
    every = max(1, -(-len(readings) // most))
    kept = readings[::-1][::every][::-1]
    return Excerpt(
        channels=list(channels),
        every=every,
        time_ms=[time_ms for time_ms, _ in kept],
        values=[[values.get(name) for _, values in kept] for name in channels],
    )


def packed(
    readings: Sequence[tuple[int, Mapping[str, Value]]], channels: Sequence[str]
) -> tuple[int, bytes]:
    """(how many rows, the excerpt as bytes): fewer rows where they would be more than fit."""
    most = MOST_ROWS
    while True:
        found = excerpt_of(readings, channels, most=most)
        body = _pack(found)
        if len(body) <= MOST_BYTES or len(found.time_ms) <= 1:
            return len(found.time_ms), body
        most = len(found.time_ms) // 2


def _pack(excerpt: Excerpt) -> bytes:
    first = excerpt.time_ms[:1]
    steps = [after - before for before, after in pairwise(excerpt.time_ms)]
    plain = msgspec.structs.replace(excerpt, time_ms=[*first, *steps])
    return zlib.compress(msgspec.json.encode(plain), 9)


def unpacked(body: bytes) -> Excerpt:
    """Raises ValueError: it is none."""
    try:
        found = _decode(zlib.decompress(body))
    except zlib.error as error:
        raise ValueError("an excerpt cannot be read back") from error
    return msgspec.structs.replace(found, time_ms=list(accumulate(found.time_ms)))


def rows_of(excerpt: Excerpt) -> Iterable[tuple[int, tuple[Value | None, ...]]]:
    """(time, values of the channels) of each reading."""
    columns = zip(*excerpt.values, strict=True) if excerpt.values else iter(())
    return zip(excerpt.time_ms, columns, strict=bool(excerpt.values))
