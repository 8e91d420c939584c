"""Parts of a range in, in any order; its buckets with least, mean and greatest out. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from contract.buckets import BucketAt, Interval
from contract.messages import ChannelStats
from gateway.twin.bands import Banded

_NEVER: Final = Interval(0, 0)


class Band(msgspec.Struct):
    """Least, mean and greatest of one channel, bucket by bucket; None where it was not measured."""

    min: list[float | None]
    mean: list[float | None]
    max: list[float | None]


class Gathered:
    """The buckets in which there is anything. ``at``: a time -> its bucket."""

    def __init__(self, at: BucketAt) -> None:
        self._at = at
        self._last = _NEVER
        self._found: dict[Interval, Banded] = {}

    def bucket(self, time_ms: int) -> Interval:
        """The bucket of a time; of what is read one after the other most are of one."""
        if not self._last.start_ms <= time_ms < self._last.end_ms:
            self._last = self._at(time_ms)
        return self._last

    def add(self, time_ms: int, part: Banded) -> None:
        """What lies in the bucket of a time."""
        bucket = self.bucket(time_ms)
        before = self._found.get(bucket)
        self._found[bucket] = part if before is None else before.and_(part)

    def ordered(self) -> tuple[list[Interval], list[Banded]]:
        """The buckets in order of time, and what each comes to."""
        buckets = sorted(self._found)
        return buckets, [self._found[bucket] for bucket in buckets]


def bands(names: Sequence[str], parts: Sequence[Banded]) -> dict[str, Band]:
    """What each channel comes to."""
    return {name: _band(part.channels[at] for part in parts) for at, name in enumerate(names)}


def _band(stats: Iterable[ChannelStats]) -> Band:
    told = [each if each.count else None for each in stats]
    return Band(
        [None if each is None else each.low for each in told],
        [None if each is None else each.total / each.count for each in told],
        [None if each is None else each.high for each in told],
    )
