"""A data directory in, a backup out: a folder that is there only once it is whole and on the disk.

What is on its way into the journal is copied before it and the archive after it: whatever moves
meanwhile is in the backup twice, and never missing.
"""

import datetime as dt
import errno
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from contract.errors import NotFound, Refused, StorageFull, reason
from gateway.backup import checking, contents, durable, journal_copy, tarball
from gateway.backup.manifest import NAME, File, Manifest, described, encoded
from gateway.journal.reader import open_read_only
from hosting.durable import sync
from hosting.private import write_new

PREFIX: Final = "edgetwin-"
SETTINGS: Final = "settings.env"
_DAY_S: Final = 86_400
Told = Callable[[str], None]


class Made(NamedTuple):
    """What a backup says of itself; and what of the archive was damaged already."""

    manifest: Manifest
    faults: list[str]


def make(data_dir: Path, path: Path, *, site: str, version: str, told: Told) -> Made:
    """Write the backup ``path``, a new folder or file.

    Raises:
        NotFound: there is nothing to back up. Refused: ``path`` is there, within ``data_dir``, or
            cannot be written.
        StorageFull: there is no room. Damaged: the journal cannot be read, or its copy is not it.
    """
    if not (data_dir / contents.JOURNAL).exists():
        raise NotFound(f"There is no journal in {data_dir}: start the gateway once.")
    if path.exists():
        raise Refused(f"{path} is there already: a backup overwrites nothing.")
    if path.resolve().is_relative_to(data_dir.resolve()):
        raise Refused(f"{path} is within {data_dir}, which it is a backup of: name another place.")
    if not path.absolute().parent.is_dir():
        raise Refused(
            f"There is no folder {path.parent}: is what it lies on mounted? Make it, or name"
            " another place."
        )
    part = path.with_name(f"{path.name}.folder" if tarball.is_one(path) else f"{path.name}.part")
    try:
        durable.remove(part)
        durable.folder(part)
        manifest = _fill(part, data_dir, site=site, version=version, told=told)
        checking.check_journal(part / contents.JOURNAL, manifest)
        with closing(open_read_only(data_dir / contents.JOURNAL)) as source:
            faults = checking.faults_of(part, manifest, source=source)
        if tarball.is_one(path):
            told(path.name)
            tarball.pack(part, path)
        else:
            durable.move(part, path)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        durable.remove(part)
    return Made(manifest, faults)


def _fill(part: Path, data_dir: Path, *, site: str, version: str, told: Told) -> Manifest:
    made_ms = time.time_ns() // 1_000_000
    files = [*_copied(part, data_dir, contents.small_files(data_dir), told)]
    files += _settings(part, told)
    journal = part / contents.JOURNAL
    journal_copy.copy(
        data_dir / contents.JOURNAL,
        journal,
        told=lambda done, of: told(f"{contents.JOURNAL} {100 * done // max(of, 1)} %"),
    )
    journal.chmod(0o600)
    sync(journal)
    files.append(described(part, Path(contents.JOURNAL)))
    files += _copied(part, data_dir, contents.archived_files(data_dir), told)
    schema, rows = journal_copy.counts(journal)
    manifest = Manifest(
        version=version, site=site, made_ms=made_ms, schema=schema, rows=rows, files=files
    )
    write_new(part / NAME, encoded(manifest))
    durable.sync_tree(part)
    return manifest


def _copied(part: Path, data_dir: Path, paths: Iterable[Path], told: Told) -> Iterable[File]:
    for path in paths:
        told(path.as_posix())
        try:
            durable.copy(data_dir / path, part / path)
        except FileNotFoundError:  # the gateway has taken it into the journal just now
            continue
        yield described(part, path)


def _settings(part: Path, told: Told) -> Iterable[File]:
    """What the process was told by a file: for a person to look at, as it lies elsewhere."""
    source = Path(".env")
    if source.is_file():
        told(SETTINGS)
        durable.copy(source, part / SETTINGS)
        yield described(part, Path(SETTINGS))


def _refused(path: Path, error: OSError) -> Refused | StorageFull:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFull(f"There is no room for {path}: nothing of it is left there.")
    return Refused(f"{path} cannot be written: {reason(error)}.")


def is_backup(path: Path) -> bool:
    """Whether it is one, by its looks."""
    return path.is_file() if tarball.is_one(path) else (path / NAME).is_file()


# ---------------------------------------------------------------- one after the other, in a folder


def dated(folder: Path, *, now_ms: int, suffix: str = "") -> Path:
    """A new name within a folder of backups; names sort by time."""
    now = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC)
    return folder / f"{PREFIX}{now:%Y-%m-%dT%H%M%SZ}{suffix}"


def leftovers(folder: Path) -> list[Path]:
    """What backups that were killed have left in a folder, more than a day ago."""
    yesterday_s = time.time() - _DAY_S
    halves = (
        path for suffix in ("part", "folder") for path in folder.glob(f"{PREFIX}*Z*.{suffix}")
    )
    return [path for path in halves if path.stat().st_mtime < yesterday_s]


def surplus(folder: Path, *, keep: int) -> list[Path]:
    """The backups in a folder beyond the newest ``keep``."""
    found = sorted(
        path
        for path in folder.glob(f"{PREFIX}*Z*")
        if path.name.endswith(("Z", *tarball.SUFFIXES)) and is_backup(path)
    )
    return found[: max(0, len(found) - keep)]
