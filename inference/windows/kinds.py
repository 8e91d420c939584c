"""Features by kinds: what a window shows of channels, states and counters, at training and live.

Of channels what ``inference.windows.features`` has. Of a state the share of time in each of its
values, how often it changed and since when it is what it is; of a counter how fast it grew and
since when it has not. Of a long window the same of its newest part, and of each channel where it
stood when it was last high (what a heater draws when it heats) and its usual step (what leaks while
nobody draws water).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from inference.windows import features
from inference.windows.features import (
    OF_WINDOW,
    STATISTICS,
    FeatureArray,
    FloatArray,
    IntArray,
    Windows,
    column,
)
from inference.windows.inputs import Inputs

RECENTLY: Final = ("mean", "min", "max", "range", "slope")
OF_LONG: Final = ("peak", "step")


class Feature(NamedTuple):
    """One column: of which channel, state or counter it is, and what it says of it.

    ``value`` is the one that the share of a state is of.
    """

    of: str
    what: str
    value: str = ""

    @property
    def name(self) -> str:
        return "_".join(filter(None, self))


def described(inputs: Inputs) -> tuple[Feature, ...]:
    """The columns of ``extract``, but for those of the window itself."""
    channels = inputs.channel_names
    return (*(Feature(c, s) for s in STATISTICS for c in channels), *_others(inputs))


def beyond(inputs: Inputs) -> tuple[Feature, ...]:
    """Those that are not ``STATISTICS`` of channels."""
    return tuple(_others(inputs))


def names(inputs: Inputs) -> tuple[str, ...]:
    return (*(each.name for each in described(inputs)), *OF_WINDOW)


def _others(inputs: Inputs) -> Iterator[Feature]:
    if inputs.recent_ms is not None:
        yield from (Feature(c, f"recent_{s}") for s in RECENTLY for c in inputs.channel_names)
        yield from (Feature(c, s) for s in OF_LONG for c in inputs.channel_names)
    spans = ("", "recent_") if inputs.recent_ms is not None else ("",)
    for span in spans:
        for state in inputs.states:
            yield from (Feature(state.name, f"{span}share", value) for value in state.elements)
            yield Feature(state.name, f"{span}changes")
        yield from (Feature(counter.name, f"{span}rate") for counter in inputs.counters)
    yield from (Feature(state.name, "since") for state in inputs.states)
    yield from (Feature(counter.name, "since") for counter in inputs.counters)


def extract(windows: Windows, inputs: Inputs) -> FeatureArray:
    """(B, F) the features that ``names`` names."""
    if inputs.is_plain:
        return features.extract(windows)
    width = len(inputs.channels)
    known = features.holds(windows) * inputs.remembered[:, np.newaxis]
    only = replace(windows, rows=windows.rows[:, :width], holds=known[:, :width])
    found = features.extract(only)
    column(found, "surprise", channels=width)[:, ~inputs.repeating] = 0.0
    parts: list[FloatArray | FeatureArray] = [found[:, : -len(OF_WINDOW)]]
    recent = None
    if inputs.recent_ms is not None:
        recent = windows.cut(windows.time_ms[windows.ends] - inputs.recent_ms + 1)
        near = replace(recent, rows=recent.rows[:, :width], holds=None)
        parts += [*_recently(near), _peaks(only), _steps(near)]
    parts += [
        part
        for each in (windows, recent)
        if each is not None
        for part in (*_of_states(each, inputs), _of_counters(each, inputs))
    ]
    parts += [known[:, width:, 0] / 1000.0, found[:, -len(OF_WINDOW) :]]
    return np.concatenate(parts, axis=1, dtype=np.float32)


def _recently(near: Windows) -> Iterator[FloatArray]:
    rows, starts, owner = near.rows, near.starts, near.owner
    mean = np.add.reduceat(rows, starts) / near.counts[:, np.newaxis]
    low, high = np.minimum.reduceat(rows, starts), np.maximum.reduceat(rows, starts)
    time_s = near.time_ms / 1000.0
    time_s = time_s - (np.add.reduceat(time_s, starts) / near.counts)[owner]
    drift = np.add.reduceat(time_s[:, np.newaxis] * (rows - mean[owner]), starts)
    spread = np.maximum(np.add.reduceat(time_s * time_s, starts), 1e-6)
    yield from (mean, low, high, high - low, drift / spread[:, np.newaxis])


def _peaks(windows: Windows) -> FloatArray:
    """(B, C) the most that each channel showed in the newest stretch in which it was high.

    High is above the middle of what it did in this window; of one that kept still that is always.
    """
    rows, starts, owner = windows.rows, windows.starts, windows.owner
    middle = (np.minimum.reduceat(rows, starts) + np.maximum.reduceat(rows, starts)) / 2.0
    high = rows >= middle[owner]
    at = np.arange(len(rows))[:, np.newaxis]
    end = np.maximum.reduceat(np.where(high, at, -1), starts)[owner]
    begin = np.maximum.reduceat(np.where(~high & (at < end), at, -1), starts)[owner]
    found: FloatArray = np.maximum.reduceat(
        np.where((at > begin) & (at <= end), rows, -np.inf), starts
    )
    return found


def _steps(near: Windows) -> FloatArray:
    """(B, C) the median of how fast each channel changed from one reading to the next, a second."""
    found = np.zeros((len(near), near.rows.shape[1]))
    elapsed_s = np.maximum(np.diff(near.time_ms), 1) / 1000.0
    slopes = np.diff(near.rows, axis=0) / elapsed_s[:, np.newaxis]
    for count in set(near.counts.tolist()):
        if count > 1:
            alike = np.flatnonzero(near.counts == count)
            cells: IntArray = near.starts[alike, np.newaxis] + np.arange(count - 1)
            middle = (count - 2) // 2
            found[alike] = np.partition(slopes[cells], middle, axis=1)[:, middle]
    return found


def _span_s(windows: Windows) -> FloatArray:
    """(B, 1) from each window's oldest reading to its newest."""
    elapsed_ms = windows.time_ms[windows.ends] - windows.time_ms[windows.starts]
    return np.maximum(elapsed_ms, 1)[:, np.newaxis] / 1000.0  # type: ignore[no-any-return]


def _of_states(windows: Windows, inputs: Inputs) -> Iterator[FloatArray]:
    first = len(inputs.channels)
    for at, state in enumerate(inputs.states, start=first):
        codes, starts = windows.rows[:, at], windows.starts
        present = codes[:, np.newaxis] == np.arange(len(state.elements))
        yield np.add.reduceat(present, starts, dtype=np.float64) / windows.counts[:, np.newaxis]
        changed = np.append(False, codes[1:] != codes[:-1])
        changed[starts] = False
        changes = np.add.reduceat(changed, starts, dtype=np.float64)[:, np.newaxis]
        yield 60.0 * changes / np.maximum(_span_s(windows), 1.0)  # a minute


def _of_counters(windows: Windows, inputs: Inputs) -> FloatArray:
    """(B, K) by how much each counter grew, an hour: what goes round or begins anew grows on."""
    first = len(inputs.channels) + len(inputs.states)
    counts = windows.rows[:, first:]
    grown = np.diff(counts, axis=0, prepend=counts[:1])
    wraps_at = np.array([counter.wraps_at or 0.0 for counter in inputs.counters])
    most = np.array([counter.max_rate or np.inf for counter in inputs.counters])
    elapsed_s = np.diff(windows.time_ms, prepend=windows.time_ms[:1])[:, np.newaxis] / 1000.0
    grown = np.where(grown < 0.0, np.where(wraps_at > 0.0, grown + wraps_at, counts), grown)
    grown[grown > most * np.maximum(elapsed_s, 0.001)] = 0.0
    grown[windows.starts] = 0.0
    found: FloatArray = np.add.reduceat(grown, windows.starts)
    return 3600.0 * found / np.maximum(_span_s(windows), 1.0)
