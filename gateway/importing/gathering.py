"""Rows of cells in; rows of numbers and texts, spooled to a file, and what all of them showed, out.

Once through the file, whatever its size: rows go to a spool in blocks, and of each column only its
least, greatest and kind are remembered.
"""

import math
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

import msgspec

from contract.errors import Reason
from contract.messages import LONGEST_TEXT
from gateway.importing.cells import is_missing, number
from gateway.importing.columns import Column
from gateway.importing.parcel import Bad
from gateway.importing.tables import Cell, Row

BLOCK_ROWS: Final = 5_000
KEPT: Final = 1_000  # rows of which nothing can be used
_LENGTH: Final = struct.Struct("<I")
_SHOWN: Final = 60
_LOOKED_AT: Final = 500
_EARLIEST_MS: Final = 315_532_800_000  # 1980

Value = float | str | None
Parsed = tuple[int, int, list[Value], list[Bad] | None]  # line, time, by column, what is bad

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(
    list[tuple[int, int, list[float | str | None], list[Bad] | None]]
).decode


class Spool:
    """Blocks of rows in a file that nobody else sees."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def add(self, block: Sequence[Parsed]) -> None:
        raw = _encode(block)
        self._file.write(_LENGTH.pack(len(raw)))
        self._file.write(raw)

    def close(self) -> None:
        self._file.close()

    def blocks(self) -> Iterator[list[Parsed]]:
        self._file.flush()
        self._file.seek(0)
        while head := self._file.read(_LENGTH.size):
            yield _decode(self._file.read(_LENGTH.unpack(head)[0]))


@dataclass
class Seen:
    """What all rows showed. ``low`` and ``high``: of each column, NaN where it has no number."""

    rows: int = 0
    empty: int = 0
    bad_cells: Counter[str] = field(default_factory=Counter)
    refused: list[Bad] = field(default_factory=list)
    more_refused: Counter[Reason] = field(default_factory=Counter)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)  # of each column of texts, one
    finest: list[float] = field(default_factory=list)  # of each column, a number with most decimals
    first_ms: int = 2**62
    last_ms: int = -(2**62)
    is_ordered: bool = True


class Gatherer:
    """Reads all rows of one table."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        time_of: Callable[[int, Sequence[Cell]], int],
        now_ms: int,
        is_exact: bool = False,
        separator: str = ",",
    ) -> None:
        """``time_of``: of a row, by its place and cells; raises ValueError, IndexError.

        ``is_exact``: a text is what it is; nothing but an empty cell was not measured.
        ``separator``: what stands between cells in the file.
        """
        self._columns = columns
        self._places = [column.at for column in columns]
        self._is_plain = all(column.is_number and not column.comma for column in columns)
        self._lines = [column.convert for column in columns]
        self._converted = [at for at, column in enumerate(columns) if column.convert.changes]
        self._time_of = time_of
        self._now_ms = now_ms
        self._is_exact = is_exact
        self._separator = separator
        nan = float("nan")
        self.seen = Seen(
            low=[nan] * len(columns),
            high=[nan] * len(columns),
            texts=[""] * len(columns),
            finest=[nan] * len(columns),
        )

    def gather(self, rows: Iterable[Row], spool: Spool, *, told: Callable[[int], None]) -> Seen:
        """Once through all rows; ``told`` hears how many there were."""
        seen, block, at = self.seen, list[Parsed](), 0
        for line, cells in rows:
            at += 1
            parsed = self._parsed(at - 1, line, cells)
            if parsed is not None:
                block.append(parsed)
                if len(block) == BLOCK_ROWS:
                    self._look(block)
                    spool.add(block)
                    block = []
                    told(at)
        if block:
            self._look(block)
            spool.add(block)
        seen.rows = at
        told(at)
        return seen

    def _parsed(self, at: int, line: int, cells: Sequence[Cell]) -> Parsed | None:
        try:
            time_ms = self._time_of(at, cells)
        except (ValueError, IndexError, OverflowError):
            self._refuse(line, cells, "its time cannot be read")
            return None
        if not _EARLIEST_MS <= time_ms <= self._now_ms:
            when = "in the future" if time_ms > self._now_ms else "before 1980"
            self._refuse(line, cells, f"its time lies {when}")
            return None
        values = self._numbers(cells) if self._is_plain else None
        bad = None
        if values is None:
            values, bad = self._looked_at(cells)
            if not bad and all(value is None for value in values):
                self.seen.empty += 1
                return None
        for place in self._converted:
            value, line_of = values[place], self._lines[place]
            if isinstance(value, float):
                values[place] = round(value * line_of.factor + line_of.offset, 9)
        return line, time_ms, values, bad

    def _numbers(self, cells: Sequence[Cell]) -> list[Value] | None:
        """All of a row that has nothing but finite numbers, as nearly all; else None."""
        try:
            values = [float(cells[at]) for at in self._places]  # type: ignore[arg-type]
        except (ValueError, TypeError, IndexError):
            return None
        total = sum(values)
        return list(values) if total - total == 0.0 else None  # NaN and infinity are neither

    def _looked_at(self, cells: Sequence[Cell]) -> tuple[list[Value], list[Bad] | None]:
        values: list[Value] = []
        bad: list[Bad] = []
        for column in self._columns:
            cell = cells[column.at] if column.at < len(cells) else None
            value: Value = None
            if cell is not None and not self._is_missing(text := str(cell)):
                value = self._value(column, cell, text if self._is_exact else text.strip())
                if value is None:
                    bad.append(self._bad(column, text))
            values.append(value)
        return values, bad or None

    def _is_missing(self, text: str) -> bool:
        return not text if self._is_exact else is_missing(text)

    def _value(self, column: Column, cell: str | float, text: str) -> Value:
        if column.is_number:
            return number(cell if not isinstance(cell, str) else text, comma=column.comma)
        return text if len(text) <= LONGEST_TEXT else None

    def _bad(self, column: Column, text: str) -> Bad:
        self.seen.bad_cells[column.name] += 1
        shown = text.strip()[:_SHOWN]
        if column.is_number:
            return Bad(
                column.channel, "not_a_number", f"{column.name}: {shown!r}, not a number", shown
            )
        detail = f"{column.name}: a text may have {LONGEST_TEXT} characters"
        return Bad(column.channel, "too_long", detail, shown)

    def _refuse(self, line: int, cells: Sequence[Cell], why: str) -> None:
        if len(self.seen.refused) >= KEPT:
            self.seen.more_refused["bad_time"] += 1
            return
        raw = self._separator.join("" if cell is None else str(cell) for cell in cells)[:250]
        self.seen.refused.append(Bad("", "bad_time", f"line {line}: {why}", raw))

    # ------------------------------------------------------------------ what a block shows

    def _look(self, block: Sequence[Parsed]) -> None:
        seen = self.seen
        times_ms = [row[1] for row in block]
        if seen.is_ordered:
            seen.is_ordered = times_ms[0] >= seen.last_ms and times_ms == sorted(times_ms)
        seen.first_ms = min(seen.first_ms, *times_ms)
        seen.last_ms = max(seen.last_ms, *times_ms)
        for place, column in enumerate(self._columns):
            cells = [row[2][place] for row in block]
            if column.is_number:
                self._look_at_numbers(place, cells)
            elif not seen.texts[place]:
                seen.texts[place] = str(next((cell for cell in cells if cell), ""))

    def _look_at_numbers(self, place: int, cells: Sequence[Value]) -> None:
        seen = self.seen
        found = [cell for cell in cells if isinstance(cell, float)]
        if found:  # NaN is neither less nor greater than any
            seen.low[place] = min((*found, seen.low[place]))
            seen.high[place] = max((*found, seen.high[place]))
        if found and math.isnan(seen.finest[place]):
            seen.finest[place] = max(found[:_LOOKED_AT], key=_decimals)


def _decimals(value: float) -> int:
    return len(repr(value).partition(".")[2])
