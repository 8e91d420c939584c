"""What a machine that was imported and has sent nothing itself showed last, out of its readings."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

import apsw

from contract.errors import NotFound
from contract.messages import Reading, Value
from gateway.archive.stream import readings
from gateway.journal.archived import newest_ms

MOST: Final = 20_000  # readings, about: an hour at 5 Hz
# Before the newest reading, until all is known: most is in the first seconds.
_BACK_MS: Final = (2_000, 8_000, 32_000, 128_000, 512_000, 2_048_000, 3_600_000)


class Recorded(NamedTuple):
    """Attributes.

    time_ms: when the newest reading was measured.
    values: of each channel the newest, of the last hour of readings, or of ``MOST`` of them.
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
        raise NotFound(f"Of the readings of {device} only sums are kept by now.")
    return _newest(_backwards(connection, found, last_ms), names, last_ms)


def _backwards(connection: apsw.Connection, device_id: int, last_ms: int) -> Iterator[Reading]:
    """The newest first; after ``MOST`` no further back."""
    behind_ms, seen = last_ms + 1, 0
    for back_ms in _BACK_MS:
        from_ms = last_ms - back_ms
        batches = readings(connection, device_id=device_id, from_ms=from_ms, to_ms=behind_ms)
        some = [one for batch in batches for one in batch]
        yield from reversed(some)
        behind_ms, seen = from_ms, seen + len(some)
        if seen >= MOST:
            return


def _newest(backwards: Iterable[Reading], names: Collection[str], last_ms: int) -> Recorded:
    values: dict[str, Value] = {}
    times_ms: dict[str, int] = {}
    newest: Reading | None = None
    for reading in backwards:
        newest = newest or reading
        for name in names:
            if name in reading.values and name not in values:
                values[name] = reading.values[name]
                if reading is not newest:
                    times_ms[name] = reading.time_ms or last_ms
        if len(values) == len(names):
            break
    time_ms = newest.time_ms if newest else None
    return Recorded(last_ms if time_ms is None else time_ms, values, times_ms)
