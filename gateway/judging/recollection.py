"""Looks that a machine has had before the gateway was started, out of the journal's readings.

A restart in the first hours of learning loses nothing: what was looked at then is looked at again,
sampled and averaged as it is of a machine that runs.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from contract.messages import Value
from contract.normality import MOST_ROWS, STEP_S
from gateway.journal import JournalReader
from gateway.judging.pupil import Row, mean

STEP_MS: Final = round(STEP_S * 1_000)
SAMPLE_MS: Final = 1_000
PIECE_MS: Final = 3_600_000  # read at once
FURTHEST_MS: Final = 7 * 86_400_000

Told = tuple[int, Mapping[str, Value]]
_values: Final = msgspec.json.Decoder(dict[str, Value]).decode


def recollected(
    path: Path,
    *,
    device_id: int,
    channels: Sequence[str],
    is_stopped: Callable[[Mapping[str, Value]], bool],
    from_ms: int,
    until_ms: int,
) -> list[tuple[int, Row]]:
    """The newest ``MOST_ROWS`` looks at a machine in a time, oldest first, by their own times.

    For a thread: it reads over a connection of its own. Raises Damaged, Unavailable.
    """
    looks: list[tuple[int, Row]] = []
    end_ms, begin_ms = until_ms, max(from_ms, until_ms - FURTHEST_MS)
    with contextlib.closing(JournalReader(path)) as reader, reader.blamed():
        while end_ms > begin_ms and len(looks) < MOST_ROWS:
            piece_ms = max(begin_ms, (end_ms - 1) // PIECE_MS * PIECE_MS)
            rows = reader.bodies_between(device_id=device_id, from_ms=piece_ms, to_ms=end_ms)
            looks = [*looks_of(_sampled(rows), channels, is_stopped=is_stopped), *looks]
            end_ms = piece_ms
    return looks[-MOST_ROWS:]


def _sampled(rows: Iterable[tuple[int, str]]) -> Iterator[Told]:
    """The first of each second: who measures more often is sampled."""
    newest = None
    for time_ms, body in rows:
        if time_ms // SAMPLE_MS != newest:
            newest = time_ms // SAMPLE_MS
            yield time_ms, _values(body)


def looks_of(
    samples: Iterable[Told],
    channels: Sequence[str],
    *,
    is_stopped: Callable[[Mapping[str, Value]], bool],
) -> list[tuple[int, Row]]:
    """Samples in order of time in; looks of ``STEP_S``, each with its end, out. Pure."""
    found: dict[int, list[Mapping[str, Value]]] = {}
    for time_ms, values in samples:
        if not is_stopped(values):
            found.setdefault(time_ms // STEP_MS, []).append(values)
    return [((step + 1) * STEP_MS, mean(each, channels)) for step, each in found.items()]
