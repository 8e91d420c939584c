"""What is stored in, the energy of each quarter hour of a machine out."""

from collections.abc import Sequence

from contract.buckets import Interval
from gateway.api.power_course import Drawn
from gateway.api.queries.stored import Stored, by_run
from gateway.api.queries.usage import Meter


def drawn(stored: Stored, meter: Meter, quarters: Sequence[Interval]) -> dict[int, Drawn]:
    """By the start of each quarter in which anything was read."""
    found: dict[int, Drawn] = {}
    for segment in stored.segments(meter.device_id, None, quarters):
        for at, rows in by_run(stored.energies(meter.device_id, segment), quarters):
            energy_j = sum(energy_j or 0.0 for _, energy_j, _ in rows)
            found[quarters[at].start_ms] = Drawn(energy_j, sum(ms for _, _, ms in rows))
    minute = meter.open_minute  # newer than all that is stored
    if minute is not None and quarters:
        start_ms = minute.start_ms - minute.start_ms % (quarters[0].end_ms - quarters[0].start_ms)
        before = found.get(start_ms, Drawn(0.0, 0))
        if quarters[0].start_ms <= start_ms < quarters[-1].end_ms:
            found[start_ms] = Drawn(
                before.energy_j + (minute.energy_j or 0.0), before.measured_ms + minute.measured_ms
            )
    return found
