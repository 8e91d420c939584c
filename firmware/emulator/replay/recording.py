"""A CSV of readings, or of events, looked through once and then read again item by item.

It may be of any length: nothing of it stays in memory.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, Final, NamedTuple

from firmware.emulator.replay import cells
from firmware.emulator.replay.cells import BadCell, Units
from firmware.emulator.replay.table import Field, Heading, Holds, Wanted, heading

_SEPARATORS: Final = ",;\t"
_MOST_NAMED: Final = 20
_STEPS: Final = 10_000  # of which the usual one is taken
_MOSTLY: Final = 0.5  # of a column's cells are numbers: then it is numbers
_NEVER_MS: Final = 2**62


Values = dict[str, Units | str | float]


class Unreadable(ValueError):
    """The file cannot be replayed; the text says why."""


class Item(NamedTuple):
    """One line: a reading, or an event where it has the name of one; of which file."""

    line: int
    time_ms: int
    values: Values
    event: str = ""
    file: int = 0


class Mistakes:
    """What cannot be used, counted, and the first of it named."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self.count = 0

    def note(self, place: str, text: str) -> None:
        self.count += 1
        if len(self.named) < _MOST_NAMED:
            self.named.append(f"{place}: {text}")


@dataclass
class _Seen:
    """Of one column."""

    cells: int = 0
    numbers: int = 0
    decimals: int = 0

    def look(self, text: str) -> None:
        self.cells += 1
        try:
            _, decimals = cells.number(text)
        except BadCell:
            return
        self.numbers += 1
        self.decimals = max(self.decimals, decimals)


@dataclass(kw_only=True)
class Survey:
    """What a recording has: how much, from when to when, how often (ms), of which channels."""

    readings: int = 0
    events: int = 0
    first_ms: int = _NEVER_MS
    last_ms: int = -_NEVER_MS
    devices: Counter[str] = field(default_factory=Counter)
    seen: dict[str, _Seen] = field(default_factory=dict)
    steps_ms: list[int] = field(default_factory=list)
    newest_ms: int | None = None  # of readings

    def take(self, time_ms: int, *, is_event: bool) -> None:
        self.first_ms, self.last_ms = min(self.first_ms, time_ms), max(self.last_ms, time_ms)
        self.events += is_event
        if is_event:
            return
        self.readings += 1
        before, self.newest_ms = self.newest_ms, time_ms
        if before is not None and time_ms > before and len(self.steps_ms) < _STEPS:
            self.steps_ms.append(time_ms - before)

    @property
    def step_ms(self) -> float | None:
        """The usual time from one reading to the next; None of fewer than two."""
        return median(self.steps_ms) if self.steps_ms else None


class Recording:
    """One file. ``only``: the one of its devices whose rows count; ``number``: it is that file."""

    def __init__(self, path: Path, wanted: Wanted, *, only: str = "", number: int = 0) -> None:
        """Raises Unreadable."""
        self.path = path
        self._number = number
        self._only = only
        try:
            with self._opened() as file:
                first = file.readline()
            self._separator = max(_SEPARATORS, key=first.count)
            labels = next(csv.reader([first], delimiter=self._separator), [])
            self.heading: Heading = heading(labels, wanted)
        except (OSError, ValueError, csv.Error) as error:
            raise Unreadable(f"{path}: {_why(error)}") from error

    def survey(self) -> Survey:
        """Look it through. Raises Unreadable: it has nothing, or several machines."""
        found = Survey(seen={each.channel: _Seen() for each in self.heading.fields})
        for _, time_ms, row in self._rows(Mistakes()):
            event = self._cell(row, self.heading.event)
            found.take(time_ms, is_event=bool(event))
            found.devices[self._cell(row, self.heading.device)] += 1
            for each in [] if event else self.heading.fields:
                if not cells.is_empty(row[each.at]):
                    found.seen[each.channel].look(row[each.at])
        self._check(found)
        return found

    def _check(self, found: Survey) -> None:
        if not found.readings + found.events:
            of = f" of {self._only}" if self._only else ""
            raise Unreadable(f"{self.path} has no row{of} with a time")
        if len(found.devices) > 1:
            names = ", ".join(sorted(found.devices)[:10])
            raise Unreadable(f"{self.path} has several machines ({names}): say which with --only")

    def fields(self, found: Survey) -> tuple[Field, ...]:
        """Its columns that have anything, each with what it holds."""
        full = [each for each in self.heading.fields if found.seen[each.channel].cells]
        return tuple(
            Field(
                at=each.at,
                column=each.column,
                channel=each.channel,
                unit=each.unit,
                holds=each.holds or _told(found.seen[each.channel]),
            )
            for each in full
        )

    def items(self, fields: Sequence[Field], mistakes: Mistakes) -> Iterator[Item]:
        """All that can be sent, in the file's order; what cannot is noted by its line."""
        for line, time_ms, row in self._rows(mistakes):
            event = self._cell(row, self.heading.event)
            if event:
                told = self._event(row, line, mistakes)
                yield Item(line, time_ms, told, event, self._number)
                continue
            values = self._values(row, line, fields, mistakes)
            if values:
                yield Item(line, time_ms, values, "", self._number)

    def _event(self, row: list[str], line: int, mistakes: Mistakes) -> Values:
        try:
            return cells.fields(self._cell(row, self.heading.values))
        except BadCell as error:
            mistakes.note(self._place(line, "values"), str(error))
            return {}

    def _values(
        self, row: list[str], line: int, fields: Sequence[Field], mistakes: Mistakes
    ) -> Values:
        values: Values = {}
        for each in fields:
            text = row[each.at]
            if cells.is_empty(text):
                continue
            try:
                values[each.channel] = self._value(text, each.holds)
            except BadCell as error:
                mistakes.note(self._place(line, each.column), str(error))
        return values

    def _value(self, text: str, holds: Holds | None) -> Units | str:
        if holds in ("measurement", "counter"):
            return cells.number(text)
        return cells.word(self._unquoted(text))

    def _unquoted(self, text: str) -> str:
        """Without the apostrophe that the gateway's export has before what is no plain word."""
        return text[1:] if self.heading.is_export and text.startswith("'") else text

    def _cell(self, row: list[str], at: int) -> str:
        return self._unquoted(row[at].strip()) if at >= 0 else ""

    def _place(self, line: int, column: str = "") -> str:
        """Within which file, where there are two."""
        return f"{self.path.name}, line {line}" + (f", {column}" if column else "")

    def _rows(self, mistakes: Mistakes) -> Iterator[tuple[int, int, list[str]]]:
        """Line, time and cells of each row that has a time."""
        try:
            with self._opened() as file:
                reader = csv.reader(file, delimiter=self._separator)
                next(reader)
                for row in reader:
                    if row and (at_ms := self._time(row, reader.line_num, mistakes)) is not None:
                        yield reader.line_num, at_ms, row
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise Unreadable(f"{self.path}: {_why(error)}") from error

    def _time(self, row: list[str], line: int, mistakes: Mistakes) -> int | None:
        """Of a row that counts."""
        columns = self.heading
        if len(row) != columns.width:
            mistakes.note(self._place(line), f"{len(row)} cells, and {columns.width} columns")
            return None
        if self._only and self._cell(row, columns.device) != self._only:
            return None
        try:
            return cells.time_ms(row[columns.time], in_ms=columns.is_ms)
        except BadCell as error:
            mistakes.note(self._place(line), str(error))
            return None

    def _opened(self) -> IO[str]:
        return self.path.open(encoding="utf-8-sig", newline="")


def _told(seen: _Seen) -> Holds:
    """What a column of no type holds, by its cells."""
    return "measurement" if seen.numbers > _MOSTLY * seen.cells else "label"


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not in UTF-8"
    if isinstance(error, OSError):
        return f"it cannot be read ({error.strerror})"
    return str(error)
