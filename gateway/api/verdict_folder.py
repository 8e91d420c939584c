"""``python -m gateway verdicts``: verdicts and the readings around their alarms, in a folder."""

import argparse
import contextlib
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import apsw

from contract.errors import Refused, Unreadable, reason
from contract.settings import Settings
from gateway.api import verdict_table
from gateway.api.exporting import open_journal
from gateway.api.instants import LATEST_MS
from gateway.api.offline import type_of
from gateway.api.queries import verdicts as queries
from gateway.api.queries.verdicts import Judged
from gateway.journal.trouble import legible, translated

_TABLE: Final = "verdicts.csv"
_OURS: Final = re.compile(rf"{re.escape(_TABLE)}|{verdict_table.FOLDER}(/\d+\.csv)?")


@dataclass
class _Written:
    """What was written so far."""

    machines: set[str] = field(default_factory=set)
    verdicts: int = 0
    files: int = 0
    rows: int = 0

    def sentence(self, folder: Path) -> str:
        lacking = self.verdicts - self.files
        said = (
            f"{folder}: {_of(self.verdicts, 'verdict')} on alarms of"
            f" {_of(len(self.machines), 'machine')}, {self.files} with readings ({self.rows} rows)."
        )
        return f"{said} Of {lacking} no readings are kept (any more)." if lacking else said


def _of(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``verdicts`` understands."""
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="is made, or made anew where it holds such verdicts",
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write ``verdicts.csv`` and a file of readings each; returns an exit code.

    The folder is written aside and renamed: it is whole, or as it was.

    Raises:
        NotFound: there is no journal. Refused: the folder holds other things, or cannot be written.
        Damaged, Unavailable: the journal cannot be read.
    """
    folder: Path = args.out.resolve()
    path = settings.journal_path
    with translated(path), contextlib.closing(open_journal(path)) as connection:
        try:
            _check_ours(folder)
            with _put_in_place(folder) as aside, legible(path):
                said = _write(connection, aside)
        except OSError as error:
            raise Refused(f"{folder} cannot be written: {reason(error)}.") from error
    print(said.sentence(folder))  # noqa: T201 - for whoever asked for it
    return 0


def _check_ours(folder: Path) -> None:
    if not folder.exists():
        return
    files = folder.rglob("*") if folder.is_dir() else [folder]
    others = [each for each in files if not _OURS.fullmatch(str(each.relative_to(folder)))]
    if others:
        raise Refused(
            f"{folder} holds other things ({min(others).name}): name a folder that is not there"
            " yet, or one of verdicts that is to be written anew."
        )


@contextlib.contextmanager
def _put_in_place(folder: Path) -> Iterator[Path]:
    """A folder beside it, which takes its place when all is written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}.part")
    former = folder.with_name(f".{folder.name}.former")
    for left in (aside, former):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    try:
        (aside / verdict_table.FOLDER).mkdir(parents=True)
        yield aside
        if folder.exists():
            folder.replace(former)
        aside.replace(folder)
    finally:
        for left in (aside, former):
            shutil.rmtree(left, ignore_errors=True)


def _write(connection: apsw.Connection, folder: Path) -> _Written:
    said, listed = _Written(), []
    with connection:  # one snapshot
        found = queries.verdicts(
            connection, device=None, asset=None, verdict=None, from_ms=0, to_ms=LATEST_MS
        )
        for each in found:
            rows = _write_readings(connection, folder, each)
            listed.append((each, rows > 0))
            said.verdicts += 1
            said.files += rows > 0
            said.rows += rows
            said.machines.add(each.of.device)
    (folder / _TABLE).write_text(verdict_table.table(listed), encoding="utf-8")
    return said


def _write_readings(connection: apsw.Connection, folder: Path, judged: Judged) -> int:
    """How many there are."""
    of = judged.of
    try:
        excerpt = queries.excerpt(connection, of, type_of(connection, of.device, of.asset))
    except Unreadable as error:  # of the archive: the others are none the worse
        print(f"verdicts: alarm {of.alarm}: {error}", file=sys.stderr)  # noqa: T201
        return 0
    if excerpt.time_ms:
        file = folder / verdict_table.readings_name(of.alarm)
        file.write_text(verdict_table.readings(excerpt), encoding="utf-8")
    return len(excerpt.time_ms)
