"""A file and what a person said of it in; a parcel, or what it would be, out."""

import getpass
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from contract.assets.words import Asset
from contract.errors import Refused
from contract.messages import Value as Told
from gateway.importing import ordering, parcel, times
from gateway.importing.columns import TIME_NAMES, Asked, Column, Plan, planned, slug
from gateway.importing.gathering import Gatherer, Parsed, Seen, Spool
from gateway.importing.ordering import Filling, Ordered, Steps
from gateway.importing.parcel import Entry, Header
from gateway.importing.tables import Cell, Table, opened
from gateway.importing.texts import digest_of

_SAMPLE_ROWS: Final = 1_000
_FEWEST: Final = 3  # rows, to say that a sensor stands still
_LONGEST_PERIOD_MS: Final = 86_400_000
_DAY_NAMES: Final = frozenset({"date", "datum", "day"})
_HOUR_NAMES: Final = frozenset({"time", "zeit", "uhrzeit", "hour"})

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a person says of a file; empty and None where it is found out."""

    zone: ZoneInfo
    asked: Asked
    time_column: str = ""
    time_format: str = ""
    period_ms: float | None = None
    from_ms: int | None = None
    gaps: Filling = field(default_factory=Filling)
    keep_flat: bool = False

    def identity(self) -> str:
        """Another whenever rows would come out otherwise."""
        said = (
            str(self.zone), sorted(self.asked.channels.items()), sorted(self.asked.units.items()),
            self.time_column, self.time_format, self.period_ms, self.from_ms, self.gaps,
            self.keep_flat,
        )  # fmt: skip
        return json.dumps(said)


@dataclass(frozen=True, kw_only=True)
class Times:
    """Which columns the time is of, and how; ``kind`` is for a person."""

    places: tuple[int, ...]
    of: Callable[[int, Sequence[Cell]], int]
    kind: str


class Recording:
    """One file for one machine. Made, it knows its columns; ``read`` goes through it."""

    def __init__(self, path: Path, asset: Asset, wishes: Wishes, *, now_ms: int) -> None:
        """Raises Refused: what it is cannot be told; the text says what to say."""
        self.path, self.asset, self._wishes, self._now_ms = path, asset, wishes, now_ms
        self.content = digest_of(path)
        self.table = opened(path)
        sample = [cells for _, cells in islice(self.table.rows(), _SAMPLE_ROWS)]
        if not sample:
            raise Refused(f"{path.name} has no rows.")
        self.times = _times(self.table, sample, wishes, path.name)
        width = len(self.table.names)
        self.plan: Plan = planned(
            self.table.names,
            self.table.units,
            [cells for cells in sample if len(cells) >= width],
            asset=asset,
            asked=wishes.asked,
            leave=frozenset(self.times.places),
            comma=self.table.comma,
        )

    def identity(self, device: str) -> str:
        """Of its readings: another device, file or reading of it is another."""
        said = f"{self.content} {device} {self.asset.name} {self._wishes.identity()}"
        return hashlib.sha256(said.encode()).hexdigest()

    def read(self, folder: Path, *, told: Callable[[int], None]) -> "Read":
        """Once through the file. Raises Refused: there is no row that can be used."""
        spool = Spool(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - as long as what is read
        gatherer = Gatherer(
            self.plan.columns, comma=self.table.comma, time_of=self.times.of, now_ms=self._now_ms
        )
        seen = gatherer.gather(self.table.rows(), spool, told=told)
        if seen.last_ms < seen.first_ms:
            spool.close()
            why = f": {seen.refused[0].detail}" if seen.refused else ""
            raise Refused(f"Of {self.path.name} no row can be used{why}.")
        return Read(self, spool, seen, folder, self._wishes)


class Read:
    """A file that was gone through; what it was spooled to is there until ``close``."""

    def __init__(
        self, recording: Recording, spool: Spool, seen: Seen, folder: Path, wishes: Wishes
    ) -> None:
        self.recording, self.seen = recording, seen
        self._spool, self._folder, self._wishes = spool, folder, wishes
        self.flat = [] if wishes.keep_flat else _flat(recording.plan.columns, seen)
        self.steps: Steps = ordering.steps(ordering.in_order(spool, seen, folder))
        self.spread = self.steps.is_crowded and (self.steps.usual_ms or 0) > 0
        self.ordered = Ordered(self.steps, spread=self.spread, gaps=wishes.gaps)
        self.taken = 0

    def close(self) -> None:
        self._spool.close()

    def entries(self) -> Iterator[Entry]:
        """The rows as they go into a parcel."""
        gone = {column.channel for column in self.flat}
        names = [
            None if column.channel in gone else column.channel
            for column in self.recording.plan.columns
        ]
        rows = ordering.in_order(self._spool, self.seen, self._folder)
        for row in self.ordered.rows(rows):
            entry = _entry(row, names)
            if entry is not None:
                self.taken += 1
                yield entry

    def header(self, device: str) -> Header:
        seen, recording = self.seen, self.recording
        usual_ms = self.steps.usual_ms or 0
        says_period = self.steps.is_regular and not self.spread and usual_ms <= _LONGEST_PERIOD_MS
        return Header(
            device=device,
            asset=recording.asset.name,
            epoch=parcel.epoch_of(recording.identity(device)),
            content=recording.content,
            source=recording.path.name,
            imported_by=getpass.getuser(),
            rows=seen.rows,
            first_ms=seen.first_ms,
            last_ms=seen.last_ms + (usual_ms if self.spread else 0),
            period_ms=usual_ms if says_period else None,
            samples=[*self.samples()],
            refused=seen.refused,
            more_refused=dict(seen.more_refused),
        )

    def samples(self) -> Iterator[dict[str, Told]]:
        """Values that between them show every channel, how far it goes, and its decimals."""
        seen = self.seen
        for numbers in (seen.low, seen.high, seen.finest):
            found: dict[str, Told] = {}
            for at, column in enumerate(self.recording.plan.columns):
                if column in self.flat:
                    continue
                if not column.is_number:
                    found[column.channel] = seen.texts[at]
                elif numbers[at] == numbers[at]:  # NaN is not itself
                    found[column.channel] = numbers[at]
            yield found


def _entry(row: Parsed, names: Sequence[str | None]) -> Entry | None:
    line, time_ms, values, bad = row
    told = {
        name: value
        for name, value in zip(names, values, strict=True)
        if name is not None and value is not None
    }
    if bad is not None:
        bad = [each for each in bad if each.channel in names] or None
    if not told and bad is None:
        return None
    return Entry(line, time_ms, _encode(told), bad)


def _flat(columns: Sequence[Column], seen: Seen) -> list[Column]:
    """Sensors that never moved; all of them stay where nothing else would be left."""
    if seen.rows - len(seen.refused) < _FEWEST:
        return []
    flat = [
        column
        for at, column in enumerate(columns)
        if column.is_number and not column.may_stand_still and seen.low[at] == seen.high[at]
    ]
    return flat if len(flat) < len(columns) else []


# ---------------------------------------------------------------- where the time is


def _times(table: Table, sample: Sequence[Sequence[Cell]], wishes: Wishes, name: str) -> Times:
    if wishes.period_ms is not None:
        return _by_number(wishes)
    clock = times.WallClock(wishes.zone)
    if wishes.time_column:
        at = _place(table, wishes.time_column)
        return _by_column(table, sample, at, clock, wishes, is_said=True) or _no_time(table, name)
    pair = _date_and_time(table, sample, clock, wishes)
    if pair is not None:
        return pair
    for at in _candidates(table.names):
        found = _by_column(table, sample, at, clock, wishes, is_said=False)
        if found is not None:
            return found
    return _no_time(table, name)


def _by_number(wishes: Wishes) -> Times:
    if wishes.from_ms is None:
        raise Refused("--period wants --from: when was the first row measured?")
    from_ms, period_ms = wishes.from_ms, wishes.period_ms or 0.0

    def of(at: int, _: Sequence[Cell]) -> int:
        return from_ms + round(at * period_ms)

    return Times(places=(), of=of, kind=f"none: a row every {period_ms / 1000:g} s")


def _no_time(table: Table, name: str) -> Times:
    raise Refused(
        f"No column of {name} is a time ({', '.join(table.names)[:400]}): say --time COLUMN, with"
        " --time-format where it is an odd one; or, where it has none, --period SECONDS --from"
        " TIME."
    )


def _place(table: Table, name: str) -> int:
    if name in table.names:
        return table.names.index(name)
    raise Refused(f"There is no column {name!r}; there are {', '.join(table.names)[:600]}.")


def _candidates(names: Sequence[str]) -> list[int]:
    """Those called as times first."""
    slugs = [slug(name) for name in names]
    known = [slugs.index(slug(name)) for name in TIME_NAMES if slug(name) in slugs]
    return list(dict.fromkeys([*known, *range(len(names))]))


def _by_column(
    table: Table,
    sample: Sequence[Sequence[Cell]],
    at: int,
    clock: times.WallClock,
    wishes: Wishes,
    *,
    is_said: bool,
) -> Times | None:
    cells = [str(row[at]) for row in sample if at < len(row) and row[at] is not None]
    named_so = is_said or slug(table.names[at]) in {slug(name) for name in TIME_NAMES}
    if wishes.time_format and named_so:
        to_ms: times.ToMs | None = times.named(wishes.time_format, clock, from_ms=wishes.from_ms)
    else:
        to_ms = times.guessed(cells, clock, every=lambda: _all(table, at), named_so=named_so)
    if to_ms is None:
        return None
    read = to_ms

    def of(_: int, row: Sequence[Cell]) -> int:
        cell = row[at]
        return read(cell.strip() if isinstance(cell, str) else str(cell))

    return Times(places=(at,), of=of, kind=table.names[at])


def _date_and_time(
    table: Table, sample: Sequence[Sequence[Cell]], clock: times.WallClock, wishes: Wishes
) -> Times | None:
    """A date in one column and the time of day in another."""
    slugs = [slug(name) for name in table.names]
    day = next((at for at, each in enumerate(slugs) if each in _DAY_NAMES), None)
    hour = next((at for at, each in enumerate(slugs) if each in _HOUR_NAMES), None)
    if day is None or hour is None or wishes.time_format in (*times.UNITS, times.ELAPSED):
        return None
    both = [f"{row[day]} {row[hour]}" for row in sample if max(day, hour) < len(row)]
    if not any(":" in str(row[hour]) and ":" not in str(row[day]) for row in sample[:5]):
        return None
    if wishes.time_format:
        to_ms: times.ToMs | None = times.named(wishes.time_format, clock, from_ms=None)
    else:
        to_ms = times.guessed(both, clock, every=lambda: _all(table, day), named_so=True)
    if to_ms is None:
        return None
    read = to_ms

    def of(_: int, row: Sequence[Cell]) -> int:
        return read(f"{str(row[day]).strip()} {str(row[hour]).strip()}")

    return Times(places=(day, hour), of=of, kind=f"{table.names[day]} and {table.names[hour]}")


def _all(table: Table, at: int) -> Iterator[str]:
    return (str(row[at]) for _, row in table.rows() if at < len(row))


def now_ms() -> int:
    return time.time_ns() // 1_000_000
