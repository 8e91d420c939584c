"""Minutes in, energy and running time by minute, hour or day out."""

from typing import Final, Literal

import apsw
import msgspec

from contract.messages import Minute
from gateway.journal.reader import MINUTE_MS

Bucket = Literal["minute", "hour", "day"]

BUCKET_MS: Final[dict[Bucket, int]] = {
    "minute": MINUTE_MS,
    "hour": 60 * MINUTE_MS,
    "day": 24 * 60 * MINUTE_MS,  # of UTC
}

_SQL: Final = (
    "SELECT bucket * ?1, sum(energy_j), sum(measured_ms), sum(running_ms) FROM ("
    "SELECT start_ms / ?1 AS bucket, body ->> 'energy_j' AS energy_j,"
    " body ->> 'measured_ms' AS measured_ms, body ->> 'running_ms' AS running_ms FROM minute"
    " WHERE device = ?2 AND start_ms >= ?3 AND start_ms < ?4 LIMIT -1) GROUP BY bucket"
)


class Meter(msgspec.Struct, frozen=True):
    """A device whose usage is asked for, with the minute that is not in the journal yet."""

    device_id: int
    device: str
    open_minute: Minute | None


class Usage(msgspec.Struct):
    """What one device did in one bucket."""

    energy_j: float = 0.0
    measured_ms: int = 0
    running_ms: int = 0


class Range(msgspec.Struct, frozen=True):
    """Whole minutes: KPIs are kept by the minute, so a range is widened to those it touches."""

    from_ms: int
    to_ms: int
    bucket: Bucket

    @classmethod
    def over(cls, *, from_ms: int, to_ms: int, bucket: Bucket) -> "Range":
        return cls(from_ms // MINUTE_MS * MINUTE_MS, -(-to_ms // MINUTE_MS) * MINUTE_MS, bucket)

    @property
    def bucket_ms(self) -> int:
        return BUCKET_MS[self.bucket]

    def elapsed_ms(self, start_ms: int, *, now_ms: int) -> int:
        """How much of the bucket at ``start_ms`` lies in the range and has passed."""
        end_ms = min(start_ms + self.bucket_ms, self.to_ms, now_ms)
        return max(0, end_ms - max(start_ms, self.from_ms))

    def elapsed_total_ms(self, *, now_ms: int) -> int:
        return max(0, min(self.to_ms, now_ms) - self.from_ms)


def usage(connection: apsw.Connection, meter: Meter, span: Range) -> dict[int, Usage]:
    """Start of bucket → usage, of the buckets in which anything was read."""
    until_ms = span.to_ms
    minute = meter.open_minute
    if minute is not None:  # nothing is newer; a stored minute at its place is an older state of it
        until_ms = min(until_ms, minute.start_ms)
    bindings = (span.bucket_ms, meter.device_id, span.from_ms, until_ms)
    found = {start_ms: Usage(*sums) for start_ms, *sums in connection.execute(_SQL, bindings)}
    if minute is not None and span.from_ms <= minute.start_ms < span.to_ms:
        bucket = found.setdefault(minute.start_ms // span.bucket_ms * span.bucket_ms, Usage())
        bucket.energy_j += minute.energy_j
        bucket.measured_ms += minute.measured_ms
        bucket.running_ms += minute.running_ms
    return found
