"""A table and what a person said of it in; a parcel, or what it would be, out."""

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from contract.assets import GENERIC
from contract.assets.words import Asset
from contract.errors import Refused
from contract.messages import Value as Told
from gateway.importing import ordering, parcel, time_columns
from gateway.importing.cells import has_thousands, number
from gateway.importing.columns import Column, Plan, planned
from gateway.importing.gathering import Gatherer, Parsed, Seen, Spool
from gateway.importing.ordering import Ordered, Steps
from gateway.importing.own import PERIOD
from gateway.importing.parcel import Entry, Header
from gateway.importing.sampling import sampled
from gateway.importing.shapes import shaped
from gateway.importing.sources import Source
from gateway.importing.tables import Cell, Table
from gateway.importing.wishes import Wishes
from gateway.twin.kinds import Counted, Measured, kinds_of
from hosting.audit import person

LONGEST_UNIT: Final = 20
_FEWEST: Final = 3  # rows, to say that a sensor stands still
_LONGEST_PERIOD_MS: Final = 86_400_000


_encode: Final = msgspec.json.Encoder().encode


class Recording:
    """One table for one machine. Made, it knows its columns; ``read`` goes through it."""

    def __init__(self, source: Source, asset: Asset, wishes: Wishes, *, now_ms: int) -> None:
        """Raises Refused: what it is cannot be told; the text says what to say."""
        self.name, self.asset, self._now_ms = source.name, asset, now_ms
        own = source.own
        wishes = self._wishes = wishes if own is None else own.wishes(wishes)
        self.content, self.is_exact = source.content, source.is_exact
        self.keep_flat = wishes.keep_flat or source.is_exact
        self.table: Table = source.table if own is not None else shaped(source.table)
        if own is None and wishes.comma is not None:
            self.table.comma, self.table.is_unclear = wishes.comma, False
        leave = set[int]() if own is None else {*own.left}
        if wishes.split in self.table.names:
            leave.add(self.table.names.index(wishes.split))
        sample = sampled(self.table)
        if not sample:
            raise Refused(f"{source.name} has no rows.")
        self.times = time_columns.found(self.table, sample, wishes, source.name)
        width = len(self.table.names)
        self.plan: Plan = planned(
            self.table.names,
            self.table.units,
            [cells for cells in sample if len(cells) >= width],
            asset=asset,
            asked=wishes.asked.renamed(self.table.aliases),
            leave=frozenset({*self.times.places, *leave}),
            comma=self.table.comma,
            texts=None if own is None else own.texts(asset),
        )
        if self.table.is_unclear:
            _check_clear(self.plan.columns, sample)
        self.more = [] if own is None else own.more
        self.notes = [] if own is None else own.notes

    @property
    def columns(self) -> list[Column]:
        """What is read of each row."""
        return [*self.plan.columns, *self.more]

    def epoch(self, device: str, run: int = 0) -> str:
        """Of its readings: another device, file or reading of it is another, and each run."""
        said = f"{self.content} {device} {self.asset.name} {self._wishes.identity()}"
        said += f" {run}" if run else ""
        return parcel.epoch_of(hashlib.sha256(said.encode()).hexdigest())

    def read(self, folder: Path, *, told: Callable[[int], None]) -> "Read":
        """Once through the file. Raises Refused: there is no row that can be used."""
        spool = Spool(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - as long as what is read
        gatherer = Gatherer(
            self.columns,
            time_of=self.times.of,
            now_ms=self._now_ms,
            is_exact=self.is_exact,
            separator=self.table.separator,
        )
        try:
            seen = gatherer.gather(self.table.rows(), spool, told=told)
        except BaseException:
            spool.close()
            raise
        if seen.last_ms < seen.first_ms:
            spool.close()
            why = f": {seen.refused[0].detail}" if seen.refused else ""
            raise Refused(f"Of {self.name} no row can be used{why}.")
        return Read(self, spool, seen, folder, self._wishes)


class Read:
    """A file that was gone through; what it was spooled to is there until ``close``."""

    def __init__(
        self, recording: Recording, spool: Spool, seen: Seen, folder: Path, wishes: Wishes
    ) -> None:
        self.recording, self.seen = recording, seen
        self._spool, self._folder = spool, folder
        self.flat = [] if recording.keep_flat else _flat(recording.plan.columns, seen)
        self.steps: Steps = ordering.steps(ordering.in_order(spool, seen, folder))
        is_exact = recording.is_exact
        self.spread = not is_exact and self.steps.is_crowded and (self.steps.usual_ms or 0) > 0
        self.ordered = Ordered(self.steps, spread=self.spread, gaps=wishes.gaps, is_exact=is_exact)
        self.taken = 0
        self.out_of_range = self._out_of_range()

    def _out_of_range(self) -> int:
        """How many numbers the type cannot have measured: the gateway will set them aside."""
        odd = dict(_exceeded(self.recording, self.seen, self.flat))
        return sum(
            isinstance(value := values[at], float) and not low <= value <= high
            for block in (self._spool.blocks() if odd else ())
            for _, _, values, _ in block
            for at, (low, high) in odd.items()
        )

    def close(self) -> None:
        self._spool.close()

    def entries(self) -> Iterator[Entry]:
        """The rows as they go into a parcel."""
        gone = {column.channel for column in self.flat}
        names = [
            None if column.channel in gone else column.channel for column in self.recording.columns
        ]
        rows = ordering.in_order(self._spool, self.seen, self._folder)
        for row in self.ordered.rows(rows):
            entry = _entry(row, names)
            if entry is not None:
                self.taken += 1
                yield entry

    def header(self, device: str, run: int = 0) -> Header:
        """``run``: how many times its rows have been taken before."""
        seen, recording = self.seen, self.recording
        usual_ms = self.steps.usual_ms or 0
        says_period = self.steps.is_regular and not self.spread and usual_ms <= _LONGEST_PERIOD_MS
        return Header(
            device=device,
            asset=recording.asset.name,
            epoch=recording.epoch(device, run),
            content=recording.content,
            source=recording.name,
            imported_by=person.user(),
            rows=seen.rows,
            first_ms=seen.first_ms,
            last_ms=seen.last_ms + (usual_ms if self.spread else 0),
            period_ms=usual_ms if says_period else None,
            samples=[*self.samples()],
            units=self._units() if recording.asset.name == GENERIC else {},
            refused=seen.refused,
            more_refused=dict(seen.more_refused),
        )

    def _units(self) -> dict[str, str]:
        """As people write them; what is no text of a line is none."""
        return {
            column.channel: column.unit
            for column in self.recording.plan.columns
            if column.is_number
            and column.unit
            and column.unit.isprintable()
            and len(column.unit) <= LONGEST_UNIT
        }

    def samples(self) -> Iterator[dict[str, Told]]:
        """Values that between them show every channel, how far it goes, and its decimals."""
        seen = self.seen
        for numbers in (seen.low, seen.high, seen.finest):
            found: dict[str, Told] = {}
            for at, column in enumerate(self.recording.plan.columns):
                if column in self.flat:
                    continue
                if not column.is_number:
                    if seen.texts[at]:
                        found[column.channel] = seen.texts[at]
                elif numbers[at] == numbers[at]:  # NaN is not itself
                    found[column.channel] = numbers[at]
            yield found


def _check_clear(columns: Sequence[Column], sample: Sequence[Sequence[Cell]]) -> None:
    """Raises Refused: a number may be a thousand times as much."""
    for column in columns:
        for cells in sample if column.is_number else ():
            if has_thousands(text := str(cells[column.at] if column.at < len(cells) else "")):
                low, high = (number(text, comma=comma) for comma in (True, False))
                raise Refused(
                    f"{column.name}: {text.strip()} may be {low:g} or {high:g}, and nothing in the"
                    " file tells: say --decimal comma or --decimal point."
                )


def _exceeded(
    recording: Recording, seen: Seen, flat: Sequence[Column]
) -> Iterator[tuple[int, tuple[float, float]]]:
    """The places of columns that exceed what the type can measure, and that."""
    kinds = kinds_of(recording.asset)
    for at, column in enumerate(recording.plan.columns):
        kind = kinds.get(column.channel)
        if column not in flat and isinstance(kind, Measured | Counted):
            low, high = kind.bounds
            if seen.low[at] < low or seen.high[at] > high:
                yield at, (low, high)


def _entry(row: Parsed, names: Sequence[str | None]) -> Entry | None:
    line, time_ms, values, bad = row
    told = {
        name: value
        for name, value in zip(names, values, strict=True)
        if name is not None and value is not None
    }
    if bad is not None:
        bad = [each for each in bad if each.channel in names] or None
    period_ms = told.pop(PERIOD, 0) if PERIOD in names else None
    if not told and bad is None:
        return None
    said = None if period_ms is None else round(float(period_ms))
    return Entry(line, time_ms, _encode(told), bad, said)


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


def now_ms() -> int:
    return time.time_ns() // 1_000_000
