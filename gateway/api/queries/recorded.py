"""What a machine that was imported and has sent nothing itself showed last, out of its readings."""

from collections.abc import Collection
from typing import Final, NamedTuple

import apsw

from contract.errors import NotFound
from contract.messages import Reading, Value
from gateway.archive.stream import readings
from gateway.journal.archived import newest_ms

LOOK_BACK_MS: Final = 3_600_000  # before the newest reading


class Recorded(NamedTuple):
    """Attributes.

    time_ms: when the newest reading was measured.
    values: of each channel the newest, of the last hour of readings.
    times_ms: when those were measured that the newest reading lacks.
    """

    time_ms: int
    values: dict[str, Value]
    times_ms: dict[str, int]


def recorded(connection: apsw.Connection, *, device: str, names: Collection[str]) -> Recorded:
    """The newest values of these channels.

    Raises:
        NotFound: no reading of it is kept.
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    found = connection.execute("SELECT id FROM device WHERE name = ?", (device,)).get
    last_ms = None if found is None else newest_ms(connection, found)
    if last_ms is None:
        raise NotFound(f"{device} was imported, and of its readings only sums are kept by now.")
    batches = readings(
        connection, device_id=found, from_ms=last_ms - LOOK_BACK_MS, to_ms=last_ms + 1
    )
    every = [one for batch in batches for one in batch]
    return _newest(every[::-1], names, last_ms)


def _newest(backwards: list[Reading], names: Collection[str], last_ms: int) -> Recorded:
    values: dict[str, Value] = {}
    times_ms: dict[str, int] = {}
    for reading in backwards:
        for name in names:
            if name in reading.values and name not in values:
                values[name] = reading.values[name]
                if reading is not backwards[0]:
                    times_ms[name] = reading.time_ms or last_ms
        if len(values) == len(names):
            break
    time_ms = backwards[0].time_ms if backwards else None
    return Recorded(last_ms if time_ms is None else time_ms, values, times_ms)
