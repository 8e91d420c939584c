"""A backup in; whether all of it is there, and as it was written."""

from collections.abc import Callable
from pathlib import Path

import apsw

from contract.errors import Damaged
from gateway.archive.files import fault_of
from gateway.archive.layout import path_of, root_beside
from gateway.backup import journal_copy
from gateway.backup.contents import JOURNAL
from gateway.backup.manifest import NAME, Manifest, described, load
from gateway.journal.archived import Day, every_day


def checked(folder: Path, *, told: Callable[[str], None] = lambda _: None) -> Manifest:
    """The manifest of a backup that is sound; ``told`` hears of each file.

    Raises:
        NotFound, Refused: it is no backup. Damaged: something lacks, or is another.
    """
    manifest = load(folder)
    for each in manifest.files:
        told(each.path)
        try:
            found = described(folder, Path(each.path))
        except OSError as error:
            raise Damaged(f"{each.path} of {folder} cannot be read: {error.strerror}.") from error
        if found != each:
            raise Damaged(
                f"{each.path} of {folder} is not as it was backed up: {found.bytes} bytes with the"
                f" hash {found.sha256[:12]}, not {each.bytes} with {each.sha256[:12]}."
            )
    if any(each.path == JOURNAL for each in manifest.files):
        check_journal(folder / JOURNAL, manifest)
    return manifest


def check_journal(path: Path, manifest: Manifest) -> None:
    """Raises Damaged: the journal is not sound, or has other rows."""
    journal_copy.check(path)
    schema, rows = journal_copy.counts(path)
    if (schema, rows) != (manifest.schema, manifest.rows):
        raise Damaged(f"{path} has other rows than its manifest says.")


def faults_of(
    folder: Path, manifest: Manifest, *, source: apsw.Connection | None = None
) -> list[str]:
    """What of the archive in a backup is not what its journal says: a sentence each.

    It is as it was when it was backed up: damaged, or missing, already then.

    Args:
        folder: of the backup.
        manifest: of it.
        source: the journal that goes on: what that has altered meanwhile is no fault.
    """
    known = {each.path: each.sha256 for each in manifest.files}
    with journal_copy.opened(folder / JOURNAL) as connection:
        days = _days(connection)
    found: dict[Day, str] = {}
    for day in days:
        path = path_of(root_beside(folder / JOURNAL), day.folder, day.day_ms)
        if known.get(path.relative_to(folder).as_posix()) != day.sha256:
            fault = fault_of(path, size=day.size, sha256=day.sha256)
            if fault is not None:
                found[day] = fault
    if source is None or not found:
        return list(found.values())
    now = {(day.device_id, day.day_ms, day.sha256) for day in _days(source)}
    return [fault for day, fault in found.items() if (day.device_id, day.day_ms, day.sha256) in now]


def _days(connection: apsw.Connection) -> list[Day]:
    try:
        return [day for day in every_day(connection) if day.is_readable]
    except apsw.SQLError:  # of an older edgetwin, whose journal says less of them
        return []


def strangers(folder: Path, manifest: Manifest) -> list[str]:
    """What lies in the folder of a backup and is no part of it: it would not be restored."""
    known = {each.path for each in manifest.files} | {NAME}
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return [path.as_posix() for path in found if path.as_posix() not in known]
