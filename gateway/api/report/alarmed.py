"""What alarms of a period add up to, whichever way; and which stood longest."""

from collections.abc import Sequence
from typing import Any, Final

import apsw

from gateway.api.queries import alarms as queries
from gateway.api.queries.alarmed_then import NOT_TOLD
from gateway.api.report.period import Period

MOST: Final = 1000  # groups of a kind
LONGEST: Final = 10


def alarmed(
    connection: apsw.Connection,
    *,
    devices: Sequence[str] | None,
    period: Period,
    now_ms: int,
    is_past: bool,
) -> dict[str, Any]:
    """Of these devices, or all: ``total``, and by kind, severity, name and device.

    Those raised in the period count; ``longest`` are of those that stood at some time of it.
    ``is_past``: as of ``now_ms``, within ``alarms_as_known``.
    """
    start_ms, end_ms = period.span
    asked: dict[str, Any] = {"devices": devices, "from_ms": start_ms, "to_ms": end_ms}
    found: dict[str, Any] = {}
    for by in ("kind", "severity", "name", "device"):
        found["total"], found[f"by_{by}"] = queries.statistics(
            connection, by=by, now_ms=now_ms, limit=MOST, **asked
        )
    longest = queries.alarms(
        connection,
        is_open=False,
        order="longest",
        before=None,
        limit=LONGEST,
        now_ms=now_ms,
        **asked,
    )
    return found | {"longest": longest, "note": NOT_TOLD if is_past else None}
