"""How much of a machine lies in a time, and whether that can be taken out of its history."""

from typing import Any, Final

import apsw
import msgspec

from contract.errors import Conflict, NotFound, Refused
from contract.site_time import SiteTime
from gateway.archive.stream import how_many
from gateway.journal.archived import newest_ms
from gateway.journal.tiers import Standing
from gateway.twin.minutes import MINUTE_MS
from gateway.twin.tiers import QUARTER, QUARTER_MS

_DEVICE: Final = "SELECT id FROM device WHERE name = ?"
_MINUTES: Final = (
    "SELECT count(*) FROM minute WHERE device = ? AND start_ms >= ? AND start_ms <= ?"
    " AND (body ->> 'count' > 0 OR body ->> 'measured_ms' > 0)"
)
_OLDEST_MINUTE: Final = "SELECT start_ms FROM minute WHERE device = ? ORDER BY start_ms LIMIT 1"
# Whether a quarter hour has more than the minutes of it that are kept.
_LACKS_MINUTES: Final = (
    "SELECT coalesce(sum(t.body ->> 'count') > m.count OR sum(t.measured_ms) > m.measured_ms, 0)"
    " FROM tier t, (SELECT coalesce(sum(body ->> 'count'), 0) AS count,"
    " coalesce(sum(body ->> 'measured_ms'), 0) AS measured_ms FROM minute"
    " WHERE device = ?1 AND start_ms >= ?3 AND start_ms < ?3 + ?4) m"
    " WHERE t.device = ?1 AND t.level = ?2 AND t.start_ms = ?3"
)


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """What would go; ``minutes`` are those that lie within and have anything."""

    readings: int
    events: int
    minutes: int

    def told(self) -> str:
        """For a person."""
        return f"{self.readings:,} readings, {self.events:,} events and {self.minutes:,} minutes"


def lost(
    connection: apsw.Connection, *, device: str, from_ms: int, to_ms: int, site: SiteTime
) -> Lost:
    """What lies in a time, as one snapshot of the journal has it.

    Raises:
        NotFound: there is no such device, or nothing of it lies there.
        Refused: that time cannot be taken out.
        Conflict: another time it may be, as sums are being made anew.
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    found: Any = connection.execute(_DEVICE, (device,)).fetchone()
    if found is None:
        raise NotFound(f"No device {device!r} has reported to this gateway.")
    span = f"from {_told(from_ms, site)} to {_told(to_ms, site)}"
    _check(connection, found[0], device=device, from_ms=from_ms, to_ms=to_ms, site=site)
    readings, events = how_many(connection, device_id=found[0], from_ms=from_ms, to_ms=to_ms)
    first_ms = -(-from_ms // MINUTE_MS) * MINUTE_MS
    within = found[0], first_ms, to_ms - to_ms % MINUTE_MS - MINUTE_MS
    minutes: Any = connection.execute(_MINUTES, within).fetchone()
    if not (readings or events or minutes[0]):
        raise NotFound(f"Nothing of {device} is kept {span}.")
    return Lost(readings=readings, events=events, minutes=minutes[0])


def _check(
    connection: apsw.Connection,
    device_id: int,
    *,
    device: str,
    from_ms: int,
    to_ms: int,
    site: SiteTime,
) -> None:
    newest = newest_ms(connection, device_id)
    if newest is not None and to_ms > newest:
        raise Refused(
            f"The newest reading of {device} ({_told(newest, site)}) stays, as it is what is"
            f" shown of it: let 'to' be that time at most, here {newest}."
        )
    oldest: Any = connection.execute(_OLDEST_MINUTE, (device_id,)).fetchone()
    whole_ms = 0 if oldest is None else -(-oldest[0] // QUARTER_MS) * QUARTER_MS
    for time_ms in (from_ms, to_ms):
        start_ms = time_ms - time_ms % QUARTER_MS
        asked = device_id, QUARTER, start_ms, QUARTER_MS
        if start_ms < time_ms < whole_ms and connection.execute(_LACKS_MINUTES, asked).get:
            if start_ms in Standing(connection, site.name).stale(device_id, None):
                raise Conflict(
                    f"The sums of the quarter hour at {_told(start_ms, site)} are being made anew:"
                    " ask again in a minute."
                )
            raise Refused(
                f"Of the time before {_told(whole_ms, site)} only sums of quarter hours are kept:"
                f" {_told(time_ms, site)} would cut one, so begin and end at quarter hours there."
            )


def _told(time_ms: int, site: SiteTime) -> str:
    return site.iso(time_ms, timespec="seconds" if time_ms % 1000 == 0 else "milliseconds")
