"""What the classifier is shown of a type with more than channels, or with a long window. Pure.

Readings in, the rows of a window out: states by their names, counters as they stand. What steps
(a state, a counter, a channel that keeps its value) and is not in a reading is as it was.
"""

import struct
from array import array
from functools import lru_cache
from itertools import compress
from math import isnan, nan
from typing import Any, Final

from contract.assets.words import TYPES_REMEMBERED, Asset
from contract.diagnosing import MAX_WINDOW_ROWS
from contract.language.vocabulary import Vocabulary
from contract.messages import Reading, Value
from contract.picking import picker
from contract.window import spacing_ms
from gateway.twin.rows import CLOSEST_MS, Ring

_SPARE: Final = 2  # the newest, and one whose time has not run out


class Plan:
    """How the rows of one type are laid out; shared by its twins."""

    __slots__ = (
        "_coded",
        "_codes",
        "_pick",
        "cell_count",
        "closest_ms",
        "held",
        "key",
        "most_ring_rows",
        "names",
        "pack_into",
        "ring_rows",
        "texts",
    )

    def __init__(self, asset: Asset) -> None:
        self.names = asset.columns
        steps = {channel.name for channel in asset.required if channel.hold == "step"}
        words = self.names[len(asset.required) :]
        self.held = tuple(at for at, n in enumerate(self.names) if n in steps or n in words)
        codes = Vocabulary(asset).codes
        self._codes = {at: codes[n] for at, n in enumerate(self.names) if n in codes}
        self.texts = {at: tuple(known) for at, known in self._codes.items()}
        # A snapshot of a type that has changed meanwhile is another's.
        self.key = repr((self.names, self.texts, spacing_ms(asset)))
        self._pick = picker(self.names)
        self._coded = list(self._codes.items())
        self.cell_count = 1 + len(self.names)
        self.closest_ms = spacing_ms(asset) or CLOSEST_MS
        self.ring_rows = self.most_ring_rows = MAX_WINDOW_ROWS + _SPARE
        self.pack_into = struct.Struct(f"{self.cell_count}d").pack_into

    def row(self, reading: Reading, before: list[float]) -> list[float]:
        """What ``reading`` says, and what it does not say but was so ``before``; NaN: unknown."""
        try:
            row = list(self._pick(reading.values))
            for at, codes in self._coded:
                row[at] = codes[row[at]]
        except KeyError:  # it lacks something
            return self._part(reading, before)
        return row

    def _part(self, reading: Reading, before: list[float]) -> list[float]:
        values, aside = reading.values, reading.aside or {}
        found = [self._cell(at, values.get(name)) for at, name in enumerate(self.names)]
        for at in self.held:
            if isnan(found[at]) and self.names[at] not in aside:
                found[at] = before[at]
        return found

    def _cell(self, at: int, value: Value | None) -> float:
        if isinstance(value, str):
            return self._codes.get(at, {}).get(value, nan)
        return nan if value is None or at in self._codes else value


@lru_cache(maxsize=TYPES_REMEMBERED)
def plan_of(asset: Asset) -> Plan | None:
    """None: the channels of the last seconds are all there is."""
    plain = asset.columns == tuple(channel.name for channel in asset.required)
    return None if plain and spacing_ms(asset) is None else Plan(asset)


class Course:
    """Of one device."""

    __slots__ = ("_last", "_plan", "_ring")

    def __init__(self, plan: Plan, cells: "array[float] | None" = None) -> None:
        self._plan = plan
        self._ring = Ring(plan, cells)
        kept = self._ring.cells()
        unknown = [nan] * len(plan.names)
        self._last = list(kept[-len(plan.names) :]) if kept else unknown

    def append(self, time_ms: int, reading: Reading) -> None:
        row = self._last = self._plan.row(reading, self._last)
        self._ring.append(time_ms, row)

    def forget(self) -> None:
        """The board has started anew: what it does not tell is unknown."""
        self._last = [nan] * len(self._plan.names)

    def missing(self) -> list[str]:
        """What the newest reading does not tell, nor any before it that counts for it."""
        return [name for name, cell in zip(self._plan.names, self._last, strict=True)
                if isnan(cell)]  # fmt: skip

    def rows(self, *, since_ms: int) -> tuple[list[float], list[tuple[Value, ...]]]:
        """The times at or after ``since_ms``, oldest first, and all that is known at them."""
        texts = self._plan.texts
        times_ms, columns = self._ring.series(range(len(self._plan.names)), since_ms=since_ms)
        if isnan(sum(map(sum, columns))):  # something was not known
            whole = [not any(map(isnan, row)) for row in zip(*columns, strict=True)]
            times_ms = list(compress(times_ms, whole))
            columns = [list(compress(column, whole)) for column in columns]
        named: list[list[Any]] = [
            [texts[at][int(code)] for code in column] if at in texts else column
            for at, column in enumerate(columns)
        ]
        rows = list(zip(*named, strict=True))
        return times_ms[-MAX_WINDOW_ROWS:], rows[-MAX_WINDOW_ROWS:]

    def cells(self) -> bytes:
        return self._ring.cells().tobytes()
