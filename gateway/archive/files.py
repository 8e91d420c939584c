"""One file of the archive, read: a stretch of it at a time, so that memory is bounded."""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from contract.errors import Unreadable
from gateway.archive.layout import shown
from gateway.archive.rows import NEWEST, Item
from gateway.journal.archived import DAY_MS

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

BATCH: Final = 2_000  # rows as tuples at once
GROUPS: Final = 25  # of rows, half a million, as columns at once
TOLD: Final = "value told"  # what a state is called there, as a label has no blank
ABOUT: Final = b"edgetwin"  # what a file says of itself
CHANNEL: Final = b"channel"  # what a column says of itself: whose values it has
FORMER: Final = "former_sha256"  # therein: of the file that it was made of
Spare = Callable[[int, int, str], None]  # from, to, and why it cannot be read
_FOUND: Final = 2**32  # rows of a file that was found are called by numbers below 0


class DayFile:
    """A file. What goes wrong with it raises Unreadable: the journal is none the worse.

    Args:
        path: of the file.
        up_to_id: what was written later is left out; 0: it was found.
        sha256: of the file that was found: one that was made of it meanwhile is known by it.
        for_events: stretches without an event are passed over.
        spare: told of each stretch that cannot be read; None: it raises.
    """

    def __init__(
        self,
        path: Path,
        *,
        up_to_id: int = NEWEST,
        sha256: str = "",
        for_events: bool = False,
        spare: Spare | None = None,
    ) -> None:
        self._path = path
        self._up_to_id = up_to_id
        self._sha256 = sha256
        self._for_events = for_events
        self._spare = spare

    def items(
        self, *, from_ms: int = 0, to_ms: int = NEWEST, after_id: int = -NEWEST
    ) -> Iterator[Item]:
        """Those of a range in order of (time, id); of the very first moment those after an id."""
        try:
            yield from self._items(from_ms, to_ms, after_id)
        except (OSError, ValueError, KeyError) as error:  # pyarrow's are of these
            raise Unreadable(damage(self._path, error)) from error

    def _items(self, from_ms: int, to_ms: int, after_id: int) -> Iterator[Item]:
        for group, begins_at in self._groups(from_ms, to_ms):
            table = self._read(group)
            if table is None:
                continue
            times = _numbers(table.column(0))
            first, end = bisect_left(times, from_ms), bisect_left(times, to_ms)
            part = table.slice(first, end - first)
            places: Sequence[int] = range(first, end)
            if self._for_events:
                part, places = _events_of(part, places)
            wanted = self._numbered(part, [begins_at + place for place in places])
            for item in wanted:
                if self._is_wanted(item, from_ms, after_id):
                    yield item

    def _read(self, group: int) -> Any:
        """A group of rows; None: it cannot be read, and somebody was told so."""
        try:
            return self._opened.read_row_group(group, use_threads=False)
        except (OSError, ValueError) as error:
            if self._spare is None:
                raise
            first_ms, last_ms = self._span(group)
            self._spare(first_ms, last_ms + 1, damage(self._path, error))
            return None

    def told(self, value: str, *own: str, from_ms: int, to_ms: int) -> Iterator[Any]:
        """Of readings of a range: ``time``, a value as text (``TOLD``), own columns.

        A table of Arrow's for each stretch of the file, in order. Raises Unreadable.
        """
        try:
            yield from self._told(value, own, from_ms, to_ms)
        except (OSError, ValueError, KeyError) as error:  # pyarrow's are of these
            raise Unreadable(damage(self._path, error)) from error

    def _told(self, value: str, own: Sequence[str], from_ms: int, to_ms: int) -> Iterator[Any]:
        label = self._label_of(value)
        names = ["time", "event", *own, *([label] if label else [])]
        groups = iter([group for group, _ in self._groups(from_ms, to_ms)])
        while some := list(islice(groups, GROUPS)):
            table = self._opened.read_row_groups(some, columns=names, use_threads=False)
            times = _numbers(table.column("time"))
            first, end = bisect_left(times, from_ms), bisect_left(times, to_ms)
            part = table.slice(first, end - first)
            part = part.filter(part.column("event").is_null())
            yield part.append_column(TOLD, part.column(label)) if label else part

    def _label_of(self, value: str) -> str | None:
        """The column of a value that is text."""
        for field in self._opened.schema_arrow:
            said = (field.metadata or {}).get(CHANNEL)
            if said == value.encode() and field.type != "double":
                return str(field.name)
        return None

    def counted(self, *, from_ms: int, to_ms: int) -> tuple[int, int]:
        """How many readings and how many events it has of a range, by a look at two columns."""
        rows = events = 0
        try:
            for group, _ in self._groups(from_ms, to_ms):
                table = self._opened.read_row_group(
                    group, columns=["time", "event"], use_threads=False
                )
                times = _numbers(table.column("time"))
                first, end = bisect_left(times, from_ms), bisect_left(times, to_ms)
                part = table.column("event").slice(first, end - first)
                rows, events = rows + len(part), events + len(part) - part.null_count
        except (OSError, ValueError, KeyError) as error:
            raise Unreadable(damage(self._path, error)) from error
        return rows - events, events

    def _groups(self, from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
        """The groups of rows that reach into a range, and where in the file each begins."""
        at = 0
        for group in range(self._opened.metadata.num_row_groups):
            first_ms, last_ms = self._span(group)
            is_within = last_ms >= from_ms and first_ms < to_ms
            if is_within and not (
                self._for_events and events_in(self._opened.metadata, group) == 0
            ):
                yield group, at
            at += self._opened.metadata.row_group(group).num_rows

    def _is_wanted(self, item: Item, from_ms: int, after_id: int) -> bool:
        is_in = self._is_of_another or item.id <= self._up_to_id
        return is_in and (item.time_ms > from_ms or item.id > after_id)

    def _numbered(self, table: Any, places: Sequence[int]) -> Iterator[Item]:
        """Ids of another journal mean nothing in this one: each row gets one that is free."""
        from gateway.archive.table import items_of  # noqa: PLC0415  (pyarrow: when it is needed)

        items = chain.from_iterable(map(items_of, table.to_batches(max_chunksize=BATCH)))
        if not self._is_of_another:
            return items
        first = -_FOUND * (1 + self._span(0)[0] // DAY_MS)
        return (one._replace(id=first + place) for place, one in zip(places, items, strict=True))

    @cached_property
    def _is_of_another(self) -> bool:
        """Whether its numbers are of another journal: those in one made of it are free ones."""
        return self._up_to_id == 0 and (
            not self._sha256 or _former_of(self._opened.metadata.metadata) != self._sha256
        )

    def _span(self, group: int) -> tuple[int, int]:
        return span_of(self._opened.metadata, group)

    @cached_property
    def _opened(self) -> "ParquetFile":
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (100 MB: when it is needed)

        return ParquetFile(self._path, page_checksum_verification=True)


def _events_of(table: Any, places: Sequence[int]) -> tuple[Any, list[int]]:
    """The rows that are events, and where in the file they are."""
    is_one = table.column("event").is_valid()
    found = [place for place, one in zip(places, is_one.to_pylist(), strict=True) if one]
    return table.filter(is_one), found


def events_in(metadata: Any, group: int) -> int:
    """How many of a group of rows are events."""
    rows = metadata.row_group(group)
    columns = map(rows.column, range(rows.num_columns))
    [event] = (each for each in columns if each.path_in_schema == "event")
    return int(rows.num_rows - event.statistics.null_count)


def _numbers(times: Any) -> "memoryview[int]":
    """As they lie in memory: as an array of numpy's pyarrow would import pandas for them."""
    column = times.cast("int64").combine_chunks()
    column = column.chunk(0) if hasattr(column, "chunk") else column
    numbers = memoryview(column.buffers()[1]).cast("q")
    return numbers[column.offset : column.offset + len(column)]


def span_of(metadata: Any, group: int) -> tuple[int, int]:
    """The times of the first and the last row of a group of rows."""
    found = metadata.row_group(group).column(0).statistics
    return found.min_raw, found.max_raw  # as times pyarrow would import pandas for them


def damage(path: Path, error: Exception) -> str:
    """One sentence on a file that cannot be read."""
    if isinstance(error, FileNotFoundError):
        return f"{shown(path)} is missing."
    said = " ".join(str(error).replace(str(path), shown(path)).split())
    return f"{shown(path)} cannot be read ({said[:200]})."


def hash_of(path: Path) -> str:
    """In hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fault_of(path: Path, *, size: int, sha256: str) -> str | None:
    """What is wrong with a file, by what the ledger says of it; None where it is as it was.

    Or where it is the one that was made of it: a kill came before the ledger was told.
    """
    try:
        is_as_it_was = path.stat().st_size == size and hash_of(path) == sha256
        if not (is_as_it_was or _is_made_of(path, sha256)):
            return f"{shown(path)} is not what was written."
    except (OSError, ValueError) as error:
        return damage(path, error)
    return None


def trouble_of(path: Path, *, size: int, sha256: str) -> str | None:
    """The same as far as a look at its size tells, as of a year of them."""
    try:
        if path.stat().st_size != size and not _is_made_of(path, sha256):
            return f"{shown(path)} is not what was written."
    except (OSError, ValueError) as error:
        return damage(path, error)
    return None


def _is_made_of(path: Path, sha256: str) -> bool:
    from pyarrow.parquet import read_schema  # noqa: PLC0415  (only where it is wanted)

    return _former_of(read_schema(path).metadata) == sha256


def _former_of(metadata: Mapping[bytes, bytes] | None) -> str | None:
    said = (metadata or {}).get(ABOUT)
    return None if said is None else json.loads(said).get(FORMER)
