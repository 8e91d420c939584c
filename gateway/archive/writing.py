"""A day's file written: aside, made durable, read back and compared, and only then in its place.

Whatever ends this, the file that was there is as it was, and the journal's rows are all there.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import Final

import apsw
import pyarrow.parquet as pq

from contract.errors import Unavailable, reason
from gateway.archive.files import FORMER, DayFile, fault_of, hash_of
from gateway.archive.layout import PART, shown
from gateway.archive.order import Content, Task
from gateway.archive.outcomes import NOTHING, Written
from gateway.archive.rows import Item, is_same
from gateway.archive.table import encodings_of, schema_of, shape_of, table_of
from hosting.durable import sync

GROUP_ROWS: Final = 20_000  # some hour at 5 Hz: what is read at once
LEVEL: Final = 3  # of zstd: 15 is no smaller by 1 %
MOST_NAMES: Final = 64  # of events: with more, a file is looked into for each

Step = Callable[[str], None]


def write_day(task: Task, *, step: Step = lambda _: None) -> Written:
    """Write one day; ``step`` is told of each thing done.

    Raises:
        Unavailable: it cannot be written, or it did not come back as it was; nothing has changed.
    """
    connection = apsw.Connection(task.journal, flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.set_busy_timeout(5_000)
        connection.execute("BEGIN")  # one snapshot
        return _write(task, connection, step)
    except OSError as error:
        raise Unavailable(f"{shown(task.path)} cannot be written: {reason(error)}.") from error
    finally:
        connection.close()


def _write(task: Task, connection: apsw.Connection, step: Step) -> Written:
    if task.former is not None:
        fault = fault_of(task.path, size=task.former.size, sha256=task.former.sha256)
        if fault is not None:
            raise Unavailable(f"{fault} What came late for it stays in the journal.")
    content, aside = Content(task, connection), task.path.with_suffix(PART)
    if task.without is not None and next(content.items(), None) is None:
        return _gone(task.path)
    _make_folder(task.path.parent, Path(task.root).parent)
    try:
        counts, names = _write_aside(aside, content, task, step)
        first_ms, last_ms = _compare(aside, content)
        step("compared")
        found = Written(
            rows=counts["rows"], events=counts["events"], event_names=_listed(names),
            size=aside.stat().st_size, sha256=hash_of(aside), first_ms=first_ms, last_ms=last_ms,
        )  # fmt: skip
        aside.replace(task.path)
        step("renamed")
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync(task.path.parent)
    step("folder synced")
    return found


def _gone(path: Path) -> Written:
    """All that it had was deleted."""
    path.unlink(missing_ok=True)
    sync(path.parent)
    return NOTHING


def _listed(names: set[str]) -> str | None:
    return json.dumps(sorted(names)) if len(names) <= MOST_NAMES else None


def _write_aside(
    aside: Path, content: Content, task: Task, step: Step
) -> tuple[Counter[str], set[str]]:
    shape = shape_of(content.items())
    former = {} if task.former is None else {FORMER: task.former.sha256}
    words = {column: task.words.get(column.name, {}) for column in shape.columns}
    schema = schema_of(shape, words, task.about | former)
    counts: Counter[str] = Counter()
    names: set[str] = set()
    with aside.open("wb") as file:
        with pq.ParquetWriter(
            file,
            schema,
            compression="zstd",
            compression_level=LEVEL,
            write_page_checksum=True,
            **encodings_of(shape),
        ) as writer:
            for items in _groups(content.items()):
                writer.write_table(table_of(items, shape, schema), row_group_size=GROUP_ROWS)
                events = sum(one.event is not None for one in items)
                names.update(one.event for one in items if one.event is not None)
                counts.update(rows=len(items) - events, events=events)
        step("written")
        file.flush()
        os.fsync(file.fileno())
    step("synced")
    return counts, names


def _groups(items: Iterator[Item]) -> Iterator[list[Item]]:
    while group := list(islice(items, GROUP_ROWS)):
        yield group


def _compare(path: Path, content: Content) -> tuple[int, int]:
    """Every value with the one it was; the times of the first and the last item.

    Raises:
        Unavailable: one is another, or lacks.
    """
    first_ms, last_ms = None, 0
    for written, wanted in zip_longest(DayFile(path).items(), content.items()):
        if written is None or wanted is None or not is_same(written, wanted):
            raise Unavailable(f"{path} does not hold what was written: {written} is {wanted}.")
        first_ms = wanted.time_ms if first_ms is None else first_ms
        last_ms = wanted.time_ms
    if first_ms is None:
        raise Unavailable(f"{path} would be empty.")
    return first_ms, last_ms


def _make_folder(folder: Path, root: Path) -> None:
    """With what it lies in; each durably, as a file in a folder that is lost is lost as well."""
    missing = [one for one in (folder, *folder.parents) if root in one.parents and not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        sync(one.parent)
