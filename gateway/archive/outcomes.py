"""What a worker tells of a task."""

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


class Outcome(msgspec.Struct, frozen=True):
    """What was written, or why nothing was."""

    written: Written | None = None
    error: str = ""
