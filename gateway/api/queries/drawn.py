"""What is stored in, the energy of each quarter hour of a machine out."""

from collections.abc import Sequence

from contract.buckets import Interval
from gateway.api.power_course import Drawn
from gateway.api.queries.stored import Stored, by_run
from gateway.api.queries.usage import Meter
from gateway.twin.tiers import QUARTER_MS


def drawn(stored: Stored, meter: Meter, quarters: Sequence[Interval]) -> dict[int, Drawn]:
    """By the start of each quarter in which anything was read."""
    found: dict[int, Drawn] = {}
    runs = meter.counting.cut(quarters)
    for segment in stored.segments(meter.device_id, None, runs):
        for at, rows in by_run(stored.energies(meter.device_id, segment), runs):
            energy_j = sum(energy_j or 0.0 for _, energy_j, _ in rows)
            start_ms = runs[at].start_ms - runs[at].start_ms % QUARTER_MS
            before = found.get(start_ms, Drawn(0.0, 0))
            measured_ms = before.measured_ms + sum(ms for _, _, ms in rows)
            found[start_ms] = Drawn(before.energy_j + energy_j, measured_ms)
    minute = meter.open_minute  # newer than all that is stored
    if minute is not None and quarters and meter.counting.has(minute.start_ms):
        start_ms = minute.start_ms - minute.start_ms % (quarters[0].end_ms - quarters[0].start_ms)
        before = found.get(start_ms, Drawn(0.0, 0))
        if quarters[0].start_ms <= start_ms < quarters[-1].end_ms:
            found[start_ms] = Drawn(
                before.energy_j + (minute.energy_j or 0.0), before.measured_ms + minute.measured_ms
            )
    return found
