"""What a worker tells of a task."""

from typing import Final

import msgspec


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The file there is now, as the ledger has it."""

    rows: int
    events: int
    event_names: str | None
    size: int
    sha256: str
    first_ms: int
    last_ms: int


NOTHING: Final = Written(
    rows=0, events=0, event_names=None, size=0, sha256="", first_ms=0, last_ms=0
)


class Outcome(msgspec.Struct, frozen=True):
    """What was written, or why nothing was."""

    written: Written | None = None
    error: str = ""
