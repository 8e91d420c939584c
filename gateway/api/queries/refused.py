"""What was refused, counted, and what of it is kept."""

from typing import Final

import apsw
import msgspec

_COUNTS: Final = "SELECT reason, sum(count) FROM refusal GROUP BY reason ORDER BY 2 DESC, 1"
_KEPT: Final = "SELECT count(*), max(received_ms) FROM quarantine"
_BYTES: Final = "SELECT value FROM meta WHERE key = 'quarantine_bytes'"
_OLDEST: Final = "SELECT received_ms FROM reading ORDER BY id LIMIT 1"


class Refused(msgspec.Struct):
    """``by_reason`` counts all there ever was; ``kept`` are rows that can still be looked at."""

    by_reason: dict[str, int]
    kept: int
    kept_bytes: int
    newest_ms: int | None


def refused(connection: apsw.Connection) -> Refused:
    counts = {str(reason): int(count) for reason, count in connection.execute(_COUNTS)}
    kept, newest_ms = next(connection.execute(_KEPT))
    size = next(connection.execute(_BYTES), (0,))[0]
    return Refused(counts, int(kept), int(size), newest_ms)


def oldest_reading_ms(connection: apsw.Connection) -> int | None:
    """When the oldest reading that is kept was received."""
    row = next(connection.execute(_OLDEST), None)
    return None if row is None else int(row[0])
