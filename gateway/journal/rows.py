"""What the journal is given and gives back, one struct a table."""

import msgspec

from gateway.errors import Reason
from gateway.messages import Reading


class Row(msgspec.Struct, gc=False):
    """A reading with the ids it is stored under. ``body`` is the JSON object of its values."""

    id: int
    epoch_id: int
    device_id: int
    reading: Reading
    body: bytes


class Quarantined(msgspec.Struct, gc=False):
    """A refused message, or one refused item of a message, with its reason and raw bytes."""

    received_ms: int
    device: str
    topic: str
    reason: Reason
    detail: str
    epoch: str | None
    seq: int | None
    raw: bytes


class Gap(msgspec.Struct, gc=False):
    """Readings the device no longer holds and that never arrived: first to last, inclusive."""

    epoch_id: int
    first_seq: int
    last_seq: int
    noted_ms: int


class Device(msgspec.Struct):
    """A device as the journal remembers it."""

    id: int
    name: str
    asset: str
    birth: bytes | None
    status: str
    first_seen_ms: int
    last_seen_ms: int
    sequenced: bool
    counts: bytes | None
