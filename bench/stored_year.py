"""A year of one fan at 5 Hz as its gateway holds it: readings in files, sums in the journal.

One day is made by the simulated fan, stored and archived by the archive's own worker; the other
days are that file with other times, numbers and rows, written by the same rules. Minutes are made
of the same readings by the gateway's own arithmetic, and repeat; what is longer is summed up of
them as a gateway would.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import apsw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench import archive, kpis, months
from bench.backlog import Progress
from bench.screen import Screen
from gateway.archive.files import ABOUT, hash_of
from gateway.archive.layout import folder_of, path_of, root_beside
from gateway.archive.table import TEXT, TIME, Column, Shape, encodings_of
from gateway.archive.writing import GROUP_ROWS, LEVEL
from gateway.journal import Journal
from gateway.journal.archived import DAY_MS, Day

ROWS: Final = DAY_MS // archive.PERIOD_MS  # of a day
_IDS: Final = 2_000_000  # between the rows of two days
_KEPT_DAYS: Final = 7  # in the journal, of which here only the last has readings
_MOVED: Final = ("time", "received")
_CHANNEL: Final = b"channel"


class Year(NamedTuple):
    """What there is.

    Attributes:
        journal: its path; the archive is beside it.
        device: whose it is.
        from_ms, to_ms: of what is in files, whole days of UTC.
        files: the file of each of these days, in order.
        day: the file of readings that all others repeat.
    """

    journal: Path
    device: str
    from_ms: int
    to_ms: int
    files: list[Path]
    day: Path


def make(directory: Path, *, days: int, now_ms: int, screen: Screen) -> Year:
    """``days`` in files, and the minutes of these and of the week since."""
    first = directory / "first"
    first.mkdir()
    with screen.counting("a day of a fan at 5 Hz", ROWS) as progress:
        journal = archive.filled(first / "journal.db", progress)
    archive.archived(journal, first / "journal.db", archive.Worker())
    journal.close()
    [day] = (first / "archive").rglob("*.parquet")
    to_ms = now_ms // DAY_MS * DAY_MS - (_KEPT_DAYS + 1) * DAY_MS
    from_ms = to_ms - days * DAY_MS
    path = directory / "journal.db"
    whole = days + _KEPT_DAYS + 2
    with screen.counting("a year of minutes", whole * months.DAY_MINUTES) as progress:
        months.make(
            path, machines=1, days=whole, end_ms=now_ms, progress=progress, every=1,
            step_s=archive.PERIOD_MS / 1000, names=[archive.DEVICE],
        )  # fmt: skip
    with screen.working("their sums"):
        kpis.sum_up(path, 1, now_ms)
    with screen.counting("a year of files", days) as progress:
        files = list(_filed(path, day, from_ms, days, progress))
    return Year(path, archive.DEVICE, from_ms, to_ms, files, day)


def _filed(path: Path, day: Path, from_ms: int, days: int, progress: Progress) -> Iterator[Path]:
    table, writing = pq.read_table(day), _writing(day)
    journal = Journal(path)
    folder = folder_of(archive.SITE, archive.DEVICE)
    for at in range(days):
        day_ms = from_ms + at * DAY_MS
        target = path_of(root_beside(path), folder, day_ms)
        target.parent.mkdir(parents=True, exist_ok=True)
        moved = _moved(table, day_ms - archive.DAY, at)
        pq.write_table(moved, target, row_group_size=GROUP_ROWS, **writing)
        journal.begin()
        journal.archived.put(_entry(moved, target, folder, day_ms, at))
        journal.commit()
        progress(at + 1)
        yield target
    journal.begin()
    journal.next_id = (days + 1) * _IDS
    journal.commit()
    journal.close()


def _writing(day: Path) -> dict[str, Any]:
    """By what rules the worker has written it."""
    file = pq.ParquetFile(day)
    group = file.metadata.row_group(0)
    columns = {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}
    values = [field for field in file.schema_arrow if _CHANNEL in (field.metadata or {})]
    many = (one.name for one in values if "BYTE_STREAM_SPLIT" in columns[one.name].encodings)
    shape = Shape(
        tuple(Column(one.name, one.name, is_text=one.type == TEXT) for one in values),
        frozenset(many),
    )
    return {
        "compression": "zstd",
        "compression_level": LEVEL,
        "write_page_checksum": True,
        **encodings_of(shape),
    }


def _moved(table: pa.Table, by_ms: int, at: int) -> pa.Table:
    """The same readings on another day."""
    added = {"seq": at * ROWS, "row": at * _IDS}
    for name in _MOVED:
        times = pc.add(table.column(name).cast(pa.int64()), by_ms).cast(TIME)
        table = table.set_column(table.schema.get_field_index(name), table.field(name), times)
    for name, more in added.items():
        numbers = pc.add(table.column(name), more)
        table = table.set_column(table.schema.get_field_index(name), table.field(name), numbers)
    about = json.loads(table.schema.metadata[ABOUT])
    return table.replace_schema_metadata({ABOUT: json.dumps(about)})


def _entry(table: pa.Table, path: Path, folder: str, day_ms: int, at: int) -> Day:
    times = table.column("time").cast(pa.int64())
    return Day(
        device_id=1, day_ms=day_ms, folder=folder, state="kept", rows=table.num_rows,
        size=path.stat().st_size, sha256=hash_of(path), up_to_id=(at + 1) * _IDS,
        first_ms=times[0].as_py(), last_ms=times[-1].as_py(), written_ms=day_ms + 8 * DAY_MS,
    )  # fmt: skip


def size(path: Path) -> int:
    """Bytes of the journal."""
    connection = apsw.Connection(str(path))
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    connection.close()
    return path.stat().st_size
