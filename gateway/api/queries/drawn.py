"""What is stored in, the energy of each quarter hour of a machine out."""

from collections.abc import Iterator, Sequence

from contract.buckets import Interval
from gateway.api.power_course import Drawn
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter
from gateway.twin.tiers import QUARTER_MS


def drawn(stored: Stored, meter: Meter, quarters: Sequence[Interval]) -> Drawn:
    """Of each of ``quarters``, which follow one another."""
    energy_j, measured_ms = [0.0] * len(quarters), [0] * len(quarters)
    if quarters:
        first_ms = quarters[0].start_ms
        for start_ms, row_j, row_ms in _rows(stored, meter, quarters):
            at = (start_ms - first_ms) // QUARTER_MS
            energy_j[at] += row_j or 0.0
            measured_ms[at] += row_ms
    return Drawn(energy_j, measured_ms)


def _rows(
    stored: Stored, meter: Meter, quarters: Sequence[Interval]
) -> Iterator[tuple[int, float | None, int]]:
    """Start, energy and measured time of each row that counts."""
    runs = meter.counting.cut(quarters)
    for segment in stored.segments(meter.device_id, None, runs):
        yield from stored.energies(meter.device_id, segment)
    minute = meter.open_minute  # newer than all that is stored
    if minute is None or not meter.counting.has(minute.start_ms):
        return
    if quarters[0].start_ms <= minute.start_ms < quarters[-1].end_ms:
        yield minute.start_ms, minute.energy_j, minute.measured_ms
