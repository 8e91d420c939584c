"""Readings in, rows of numbers out: how channels are laid out, and the last seconds of them."""

import math
import struct
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import sub
from typing import Final, Protocol

from contract.assets.words import TYPES_REMEMBERED, Asset
from contract.messages import Value
from contract.picking import picker
from contract.window import ROWS_A_WINDOW, is_long

Row = tuple[float, ...]

RECENT_S: Final = 10.0  # how far back trends look, and the ring reaches at any rate
_SPARE: Final = 1.2  # a board that sends a little faster than it says still fills the ring
_FLOAT_BYTES: Final = 8
# Rows that are closer share a place: 100 a second show the classifier no more than 10 do.
CLOSEST_MS: Final = 95
_NEVER_MS: Final = -(2**62)


class Cells(Protocol):
    """How many rows of how many cells a ring has, and how far apart."""

    @property
    def cell_count(self) -> int: ...
    @property
    def ring_rows(self) -> int: ...
    @property
    def most_ring_rows(self) -> int: ...
    @property
    def closest_ms(self) -> int: ...
    @property
    def pack_into(self) -> Callable[..., None]: ...


class Layout:
    """Where each channel of an asset type stands in a row: required ones first, then optional.

    Made once an asset type and shared by its twins, so that folding looks nothing up by name.
    """

    __slots__ = (
        "_all",
        "_pick",
        "_pick_required",
        "_unmeasured",
        "_usual",
        "cell_count",
        "closest_ms",
        "events",
        "max_gap_ms",
        "most_ring_rows",
        "names",
        "pack_into",
        "recent_columns",
        "recent_names",
        "required",
        "required_rows",
        "ring_rows",
        "stale_after_ms",
    )

    def __init__(self, asset: Asset) -> None:
        optional = tuple(channel for channel in asset.channels if channel.optional)
        self.names = tuple(channel.name for channel in (*asset.required, *optional))
        self.required = len(asset.required)
        words = len(asset.counters) + len(asset.states) + len(asset.labels)
        self._pick = picker(self.names)
        self._pick_required = picker(self.names[: self.required])
        if optional and words:  # as many values may be others
            self._pick_required = _without(self.names[self.required :], self._pick_required)
        self._unmeasured = (math.nan,) * len(optional)
        self._usual, self._all = self.required + words, len(self.names) + words
        self.events = frozenset(event.name for event in asset.events)
        self.max_gap_ms = round(asset.max_gap_s * 1000)
        self.stale_after_ms = round(asset.stale_after_s * 1000)
        limited = {channel.name for channel in asset.channels if channel.limits}
        followed = limited | ({asset.thermal.temperature_channel} if asset.thermal else set())
        self.recent_names = tuple(name for name in self.names if name in followed)
        self.recent_columns = tuple(self.names.index(name) for name in self.recent_names)
        self.cell_count = 1 + len(self.names)
        self.closest_ms = CLOSEST_MS
        # What is longer has a course of its own.
        reach_s = RECENT_S if is_long(asset) else max(RECENT_S, asset.window_s)
        self.most_ring_rows = math.ceil(reach_s * 1000 / CLOSEST_MS * _SPARE)
        usual = math.ceil(reach_s * asset.nominal_rate_hz * _SPARE)
        self.ring_rows = min(max(usual, ROWS_A_WINDOW + 1), self.most_ring_rows)
        self.pack_into = struct.Struct(f"{self.cell_count}d").pack_into
        other = (len(self.names) - self.required) * _FLOAT_BYTES
        self.required_rows = struct.Struct(f"{_FLOAT_BYTES}x{self.required}d{other}x").iter_unpack

    def row(self, values: Mapping[str, Value]) -> Row:
        """The channels in order; NaN stands for one that was not measured, or set aside."""
        return self.whole_row(values) or self.any_row(values)

    def whole_row(self, values: Mapping[str, Value]) -> Row | None:
        """The row of a reading that lacks nothing, or just all that is optional; None of others.

        So of two such readings with as many values each has what the other has.
        """
        try:
            if len(values) == self._usual:
                return self._pick_required(values) + self._unmeasured
            if len(values) == self._all:
                return self._pick(values)
        except KeyError:  # it has another instead
            pass
        return None

    def any_row(self, values: Mapping[str, Value]) -> Row:
        """The same of any reading, at a higher cost."""
        return tuple([values.get(name, math.nan) for name in self.names])  # type: ignore[misc]  # channels are numbers


@lru_cache(maxsize=TYPES_REMEMBERED)
def layout_of(asset: Asset) -> Layout:
    return Layout(asset)


def _without(
    absent: Iterable[str], pick: Callable[[Mapping[str, Value]], Row]
) -> Callable[[Mapping[str, Value]], Row]:
    """As ``pick``, of values with none of ``absent``. Raises KeyError."""
    names = frozenset(absent)

    def picked(values: Mapping[str, Value]) -> Row:
        if names.isdisjoint(values):
            return pick(values)
        raise KeyError

    return picked


class Ring:
    """The newest rows with their times, as one block of doubles: 48 bytes a reading of 5 channels.

    A list of tuples would cost five times the memory, which counts at 10,000 devices. A time in
    milliseconds is exact in a double. It begins with room for the nominal rate and grows when a
    faster device fills that in less than ten seconds.
    """

    __slots__ = ("_cells", "_kept_ms", "_layout", "_newest_ms", "_next", "_rows", "_wrapped")

    def __init__(self, layout: Cells, cells: "array[float] | None" = None) -> None:
        self._layout = layout
        width = layout.cell_count
        held = len(cells) // width if cells is not None else 0
        self._rows = min(max(held, layout.ring_rows), layout.most_ring_rows)
        size = self._rows * width
        kept = cells[-size:] if cells is not None else array("d")
        self._newest_ms = int(kept[-width]) if kept else 0
        self._kept_ms = int(kept[-2 * width]) if len(kept) >= 2 * width else _NEVER_MS
        self._place(kept)

    def _place(self, kept: "array[float]") -> None:
        size = self._rows * self._layout.cell_count
        self._wrapped = len(kept) == size
        self._next = len(kept) % size * _FLOAT_BYTES
        self._cells = kept
        self._cells.extend(array("d", bytes((size - len(kept)) * _FLOAT_BYTES)))

    def append(self, time_ms: int, row: Sequence[float]) -> None:
        """Add the newest row; it takes the place of the one before where that came too close."""
        layout = self._layout
        size = layout.cell_count * _FLOAT_BYTES
        if self._newest_ms - self._kept_ms < layout.closest_ms:
            at = (self._next or len(self._cells) * _FLOAT_BYTES) - size
            layout.pack_into(self._cells, at, time_ms, *row)
            self._newest_ms = time_ms
            return
        layout.pack_into(self._cells, self._next, time_ms, *row)
        self._kept_ms, self._newest_ms = self._newest_ms, time_ms
        self._next += size
        if self._next == len(self._cells) * _FLOAT_BYTES:
            self._next = 0
            self._wrapped = True
            if self._rows < layout.most_ring_rows:
                self._grow()

    def _grow(self) -> None:
        """Make room for more rows, if these are the readings of less than ten seconds."""
        if self._newest_ms - self._cells[0] < RECENT_S * 1000:
            self._rows = min(2 * self._rows, self._layout.most_ring_rows)
            self._place(self.cells())

    def cells(self) -> "array[float]":
        """All that is held, oldest first: ``cell_count`` doubles a reading, its time first."""
        at = self._next // _FLOAT_BYTES
        newer = self._cells[:at]
        return self._cells[at:] + newer if self._wrapped else newer

    def series(
        self, columns: Iterable[int], *, since_ms: float
    ) -> tuple[list[float], list[list[float]]]:
        """The times at or after ``since_ms``, oldest first, and those columns of their rows."""
        cells, width = self.cells(), self._layout.cell_count
        times_ms = cells[::width]
        first = bisect_left(times_ms, since_ms)
        begin = first * width + 1
        return times_ms[first:].tolist(), [cells[begin + at :: width].tolist() for at in columns]

    def required_rows(self, layout: Layout, *, since_ms: int) -> tuple[list[int], list[Row]]:
        """The times at or after ``since_ms``, oldest first, and the required channels of each.

        ``layout`` is the one that the rows were written by.
        """
        cells, width = self._newest(ROWS_A_WINDOW + 1), self._layout.cell_count
        if cells and cells[0] >= since_ms:  # it reaches back further
            cells = self.cells()
        times_ms = cells[::width]
        first = bisect_left(times_ms, since_ms)
        rows = layout.required_rows(cells[first * width :])
        return list(map(int, times_ms[first:])), list(rows)

    def usual_step_ms(self, most: int) -> int | None:
        """The median distance of the last ``most`` rows; None below two of them."""
        times_ms = self._newest(most)[:: self._layout.cell_count]
        steps = sorted(map(sub, times_ms[1:], times_ms))
        return round(steps[len(steps) // 2]) if steps else None

    def _newest(self, most: int) -> "array[float]":
        """The cells of the last ``most`` rows, oldest first; the ring has room for as many."""
        at, size = self._next // _FLOAT_BYTES, most * self._layout.cell_count
        if at >= size:
            return self._cells[at - size : at]
        newer = self._cells[:at]
        return self._cells[at - size :] + newer if self._wrapped else newer
