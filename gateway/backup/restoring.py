"""A backup in, a data directory out: all of it or nothing, wherever it is killed.

Everything is copied beside first (``.restoring``), checked and on the disk. Then a list of it is
written; from that moment on it will be restored, whoever comes next: each entry is moved in its
place, and what was there into a folder ``.before-restore-…``. A restore that was killed goes on
when it, or the gateway, is started again. Nothing but renames within the data directory happens
after the list, so it may be the root of a volume.
"""

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from contract.errors import Refused, reason
from gateway.backup import checking, contents, durable
from gateway.backup.making import SETTINGS
from gateway.backup.manifest import Manifest
from gateway.journal.lock import locked
from hosting.durable import sync

STAGING: Final = ".restoring"
_LIST: Final = "LIST"  # within it: from then on there is no way back
Told = Callable[[str], None]


class _Plan(msgspec.Struct, frozen=True):
    entries: list[str]  # what is put in place
    before: str  # the folder of what was there


def restore(folder: Path, data_dir: Path, *, replace: bool, told: Told) -> Manifest:
    """Put a backup in the place of what ``data_dir`` holds.

    Raises:
        Misconfigured: a gateway works there. Refused: there is something already, and
            ``replace`` is not said. NotFound, Damaged: it is no backup, or not sound.
    """
    lock = locked(data_dir / contents.JOURNAL)
    try:
        finish(data_dir)
        if not replace and (found := _content(data_dir)):
            raise Refused(
                f"{data_dir} holds {', '.join(found[:5])} already: say --replace, and all of it is"
                " kept in a folder beside what is restored."
            )
        manifest = checking.checked(folder, told=told)
        try:
            _stage(folder, data_dir, manifest, told)
            finish(data_dir)
        except OSError as error:
            if not is_pending(data_dir):
                durable.remove(data_dir / STAGING)
            raise Refused(f"{data_dir} cannot be written: {reason(error)}.") from error
        checking.check_journal(data_dir / contents.JOURNAL, manifest)
    finally:
        lock.release()
    return manifest


def is_pending(data_dir: Path) -> bool:
    """Whether a restore was killed when there was no way back any more."""
    return (data_dir / STAGING / _LIST).exists()


def resume(data_dir: Path) -> None:
    """Finish what a killed restore has begun, before anybody looks at the data directory.

    Raises Misconfigured: somebody works there, perhaps that very restore.
    """
    if not is_pending(data_dir):
        return
    lock = locked(data_dir / contents.JOURNAL)
    try:
        finish(data_dir)
    finally:
        lock.release()


def finish(data_dir: Path) -> None:
    """Bring a restore to its end that had got as far as its list; drop what had not.

    Hold the journal's lock. Can be killed anywhere, and called again.
    """
    staging = data_dir / STAGING
    if not is_pending(data_dir):
        durable.remove(staging)
        return
    plan = msgspec.json.decode((staging / _LIST).read_bytes(), type=_Plan)
    before = data_dir / plan.before
    before.mkdir(mode=0o700, exist_ok=True)
    for name in _content(data_dir):
        if name not in plan.entries:
            durable.move(data_dir / name, before / name)
    (data_dir / "journal.state").unlink(missing_ok=True)  # it tells of the one before
    for name in plan.entries:
        _place(name, staging=staging, data_dir=data_dir, before=before)
    (staging / _LIST).unlink()
    sync(staging)
    durable.remove(staging)
    if not any(before.iterdir()):
        before.rmdir()


def _place(name: str, *, staging: Path, data_dir: Path, before: Path) -> None:
    new, place = staging / name, data_dir / name
    if not new.exists():  # it is in its place already
        return
    if place.exists():
        durable.move(place, before / name)
    durable.move(new, place)


def _stage(folder: Path, data_dir: Path, manifest: Manifest, told: Told) -> None:
    staging = data_dir / STAGING
    durable.folder(staging)
    paths = [Path(each.path) for each in manifest.files if each.path != SETTINGS]
    for path in paths:
        told(path.as_posix())
        durable.copy(folder / path, staging / path)
    durable.sync_tree(staging)
    now = dt.datetime.fromtimestamp(time.time(), dt.UTC)
    plan = _Plan(
        entries=sorted({path.parts[0] for path in paths}),
        before=f".before-restore-{now:%Y-%m-%dT%H%M%SZ}",
    )
    beside = staging / f"{_LIST}.new"
    beside.write_bytes(msgspec.json.encode(plan))
    sync(beside)
    durable.move(beside, staging / _LIST)


def _content(data_dir: Path) -> list[str]:
    return sorted(path.name for path in data_dir.iterdir() if contents.is_kept(path.name))
