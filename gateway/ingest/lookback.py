"""Readings of before that still say something of a minute, as its own do not; and how far they do.

A channel may be sent now and then, a state or a counter as it changes: until the next reading that
tells it, it is what the last one said. So a minute that is computed anew begins with what all
before it have told, and one that comes late counts until the next that tells the same.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from contract.language.program import program_of
from contract.messages import Reading
from gateway.journal import JournalReader
from gateway.twin.fleet import Device
from gateway.twin.minutes import MINUTE_MS, key_of

LOOK_BACK: Final = 20_000  # readings: what was told before them is unknown in a minute made anew


class Held(NamedTuple):
    """Readings, in order; and the inputs that none of them tells."""

    readings: list[Reading]
    unknown: frozenset[str]


def untold(device: Device, readings: Sequence[Reading]) -> list[str]:
    """What the sums of its type remember, and none of these readings tells or sets aside."""
    names = program_of(device.asset).remembered
    return [name for name in names if not any(_speaks_of(name, each) for each in readings)]


def _speaks_of(name: str, reading: Reading) -> bool:
    return name in reading.values or (reading.aside is not None and name in reading.aside)


def held_at(
    reader: JournalReader, device: Device, *, up_to_ms: int, last: Sequence[Reading]
) -> Held:
    """Who told last what the ``last`` readings up to a time do not."""
    found, unknown = dict[tuple[int, str, int], Reading](), set[str]()
    names = untold(device, last)
    if not names:
        return Held([], frozenset())
    floor_ms = reader.nth_before_ms(device_id=device.id, time_ms=up_to_ms, n=LOOK_BACK)
    for name in names:
        reading = reader.last_telling(
            device_id=device.id, name=name, from_ms=floor_ms, to_ms=up_to_ms
        )
        if reading is None or not device.checker.fits(reading.values):
            unknown.add(name)
        else:
            found[key_of(reading)] = reading
    return Held([found[key] for key in sorted(found)], frozenset(unknown))


def reached(reader: JournalReader, device: Device, start_ms: int, *, open_ms: int) -> Iterable[int]:
    """The minutes behind one in which what was told in it, perhaps late, still counts."""
    end_ms = start_ms + MINUTE_MS
    behind = reader.first_from(device_id=device.id, time_ms=end_ms, limit=1)
    names = set(untold(device, behind)) if behind else set[str]()
    if not names:
        return []
    told = reader.minute_readings(device_id=device.id, start_ms=start_ms)
    names -= set(untold(device, told))
    return until_told(reader, device, names, from_ms=end_ms, open_ms=open_ms)


def until_told(
    reader: JournalReader, device: Device, names: Collection[str], *, from_ms: int, open_ms: int
) -> list[int]:
    """The minutes that begin from a time on, up to the next reading that tells each of these."""
    if not names:
        return []
    ends_ms = [
        reader.next_telling_ms(device_id=device.id, name=name, from_ms=from_ms) for name in names
    ]
    to_ms = max(open_ms if each is None else each for each in ends_ms)
    starts_ms = reader.minute_starts(device_id=device.id, from_ms=from_ms, to_ms=to_ms)
    return sorted({*starts_ms, open_ms} if to_ms >= open_ms >= from_ms else starts_ms)
