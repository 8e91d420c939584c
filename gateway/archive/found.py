"""Files that the ledger does not know: a journal that was begun anew, or put back, learns of them.

They are read from then on as any other. Where the journal itself has rows of that day, nothing is
done: once the day is closed it is written, with all that the file holds (``order``).
"""

from pathlib import Path
from typing import Any, Final

import apsw

from contract.errors import Unreadable
from gateway.archive.files import ABOUT, damage, events_in, hash_of, span_of
from gateway.archive.layout import ENDING, day_of_file, shown
from gateway.journal.archived import Day

MOST: Final = 200  # at one look

_DEVICES: Final = "SELECT name, id FROM device"
_KNOWN: Final = "SELECT device, day_ms FROM archive"
# A machine that was removed or replaced may have left its name, and its file not yet its place.
_PLACES: Final = "SELECT folder, day_ms FROM archive"
_HAS_ROWS: Final = (
    "SELECT 1 FROM reading INDEXED BY reading_by_time WHERE device = ? AND time_ms >= ?"
    " AND time_ms < ? LIMIT 1"
)


def unknown(connection: apsw.Connection, root: Path) -> list[tuple[Day, Path]]:
    """Files of devices that are known, of days of which neither ledger nor journal knows."""
    rows: Any = connection.execute(_DEVICES)
    devices: dict[str, int] = dict(rows)
    known, places = (set(connection.execute(sql)) for sql in (_KNOWN, _PLACES))
    found = []
    for path in sorted(root.glob(f"*/*/*/*{ENDING}")):
        day = _named(path, root, devices)
        if day is None or (day.device_id, day.day_ms) in known:
            continue
        if (day.folder, day.day_ms) in places:
            continue
        if connection.execute(_HAS_ROWS, (day.device_id, day.day_ms, day.end_ms)).get is None:
            found.append((day, path))
        if len(found) == MOST:
            break
    return found


def _named(path: Path, root: Path, devices: dict[str, int]) -> Day | None:
    """By its name alone."""
    site, device, *_ = path.relative_to(root).parts
    day_ms = day_of_file(path)
    if day_ms is None or device not in devices:
        return None
    return Day(device_id=devices[device], day_ms=day_ms, folder=f"{site}/{device}")


def examined(day: Day, path: Path, *, now_ms: int) -> Day:
    """What the ledger is to say of it. Raises Unreadable."""
    from pyarrow.parquet import read_metadata  # noqa: PLC0415  (only where it is wanted)

    try:
        about = read_metadata(path)
        first_ms, last_ms = span_of(about, 0)[0], span_of(about, about.num_row_groups - 1)[1]
        is_ours = ABOUT in about.metadata and day.day_ms <= first_ms <= last_ms < day.end_ms
        events = sum(events_in(about, group) for group in range(about.num_row_groups))
        size, sha256 = path.stat().st_size, hash_of(path)
    except (OSError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise Unreadable(damage(path, error)) from error
    if not is_ours:
        raise Unreadable(f"{shown(path)} is no file of this day that a gateway wrote.")
    return Day(
        device_id=day.device_id, day_ms=day.day_ms, folder=day.folder, state="kept",
        rows=about.num_rows - events, events=events, size=size, sha256=sha256, up_to_id=0,
        first_ms=first_ms, last_ms=last_ms, written_ms=now_ms,
    )  # fmt: skip
