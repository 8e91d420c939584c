"""What is normal by all that is known, and how far out half of it gets by the other half. Pure."""

from typing import Final

from contract.normality import STEP_S
from inference.errors import BadDataset
from inference.normality.normal import Array, learn
from inference.normality.record import Record
from inference.normality.settings import LEAST_ROWS, TUNING, Tuning
from inference.normality.watch import Watch

_NEVER: Final = 1e9


def learned(
    rows: Array, *, first: int, record: Record | None = None, tuning: Tuning = TUNING
) -> Watch:
    """Follows a machine by what is normal in all of (N, C) ``rows``, the newest last.

    ``record`` is what it was like so far. Without one, what was learned from the first half of the
    rows is tried on the second, a look of ``STEP_S`` each, so that nothing is reported that it has
    not borne out.

    Raises:
        BadDataset: fewer than twice ``LEAST_ROWS`` rows, or nothing measured in them.
    """
    if len(rows) < 2 * LEAST_ROWS:
        raise BadDataset(
            f"A normal is learned from {2 * LEAST_ROWS} rows or more, half of them to try it on,"
            f" not from {len(rows)}."
        )
    if record is None or not record.watched_s:
        record = _tried(rows, first=first, tuning=tuning)
    return Watch(learn(rows, first=first, tuning=tuning), record=record, tuning=tuning)


def _tried(rows: Array, *, first: int, tuning: Tuning) -> Record:
    half, record = len(rows) // 2, Record()
    watch = Watch(learn(rows[:half], first=first, tuning=tuning), tuning=tuning)
    watch.threshold = _NEVER
    for at, row in enumerate(rows[half:]):
        record.step(watch.step(row).score, at * STEP_S, tuning=tuning)
    record.newest_s = None
    return record
