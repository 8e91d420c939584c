"""The audit trail, newest first."""

from typing import Final

import apsw
import msgspec

_AUDIT: Final = (
    "SELECT id, time_ms, who, origin, what, detail, count FROM audit"
    " WHERE time_ms >= :from_ms AND time_ms < :to_ms AND (:what IS NULL OR what = :what)"
    " AND (:who IS NULL OR who = :who) AND (:before IS NULL OR id < :before)"
    " ORDER BY id DESC LIMIT :limit"
)


class AuditEntry(msgspec.Struct):
    """A row: ``count`` times the same within a minute of ``time_ms``."""

    id: int
    time_ms: int
    who: str
    origin: str
    what: str
    detail: str
    count: int


def audit(
    connection: apsw.Connection,
    *,
    from_ms: int,
    to_ms: int,
    what: str | None,
    who: str | None,
    before: int | None,
    limit: int,
) -> list[AuditEntry]:
    bindings = {
        "from_ms": from_ms,
        "to_ms": to_ms,
        "what": what,
        "who": who,
        "before": before,
        "limit": limit,
    }
    return [AuditEntry(*row) for row in connection.execute(_AUDIT, bindings)]
