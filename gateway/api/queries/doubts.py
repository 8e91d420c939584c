"""What is to be said against the data of a time: what was refused, and whose clock was off."""

from collections.abc import Sequence
from typing import Final

import apsw
import msgspec

CLOCK_ALARM: Final = "clock_off"
_OF_SOME: Final = "(:devices IS NULL OR {0} IN (SELECT value FROM json_each(:devices)))"
_REFUSED: Final = (
    "SELECT device, reason, count(*) FROM quarantine"  # noqa: S608
    f" WHERE received_ms >= :from_ms AND received_ms < :to_ms AND {_OF_SOME.format('device')}"
    " GROUP BY device, reason ORDER BY 3 DESC, device, reason"
)
# A row that went for room was of an earlier time than those that are there.
_KEPT_FROM: Final = "SELECT CASE WHEN min(id) > 1 THEN min(received_ms) END FROM quarantine"
_CLOCKS: Final = (
    "SELECT d.name, sum(a.count), sum(max(0,"  # noqa: S608
    " min(coalesce(a.cleared_ms, :now_ms), :to_ms) - max(a.raised_ms, :from_ms)))"
    " FROM alarm a JOIN device d ON d.id = a.device WHERE a.name = :clock"
    " AND a.raised_ms < :to_ms AND coalesce(a.cleared_ms, :from_ms) >= :from_ms"
    f" AND {_OF_SOME.format('d.name')} GROUP BY d.name ORDER BY 3 DESC, d.name"
)


_NOT_OF_THEN: Final = (
    "What was refused is not told as it was known then: it is not kept how much of it there was."
)


class RefusedOf(msgspec.Struct, frozen=True):
    """How often something of a device was refused for a reason."""

    device: str
    reason: str
    count: int


class ClockOff(msgspec.Struct, frozen=True):
    """How often a board's clock was off, and for how long."""

    device: str
    times: int
    off_ms: int


class Doubts(msgspec.Struct, frozen=True):
    """``kept_from_ms``: what was refused before is not kept any more; None: all of it is.

    ``reason``: why nobody can tell what was refused.
    """

    refused: list[RefusedOf] | None
    kept_from_ms: int | None
    clocks: list[ClockOff]
    reason: str | None = None


def doubts(
    connection: apsw.Connection,
    *,
    devices: Sequence[str] | None,
    from_ms: int,
    to_ms: int,
    now_ms: int,
    is_past: bool = False,
) -> Doubts:
    """Of these devices, or all; of what was refused the time of its receipt counts.

    ``is_past``: as of ``now_ms``, which is over, with alarms as they were then.
    """
    bindings = {
        "devices": listed(devices),
        "from_ms": from_ms,
        "to_ms": to_ms,
        "now_ms": now_ms,
        "clock": CLOCK_ALARM,
    }
    clocks = [ClockOff(*row) for row in connection.execute(_CLOCKS, bindings)]
    if is_past:
        return Doubts(None, None, clocks, _NOT_OF_THEN)
    refused = [RefusedOf(*row) for row in connection.execute(_REFUSED, bindings)]
    [(kept_from_ms,)] = connection.execute(_KEPT_FROM)
    is_cut = kept_from_ms is not None and kept_from_ms > from_ms
    return Doubts(refused, kept_from_ms if is_cut else None, clocks)


def listed(devices: Sequence[str] | None) -> str | None:
    """Names as SQLite takes a list of them: JSON."""
    return None if devices is None else msgspec.json.encode(devices).decode()
