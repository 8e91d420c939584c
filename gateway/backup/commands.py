"""``python -m gateway backup``, ``restore`` and ``verify``: a command line in, an exit code out."""

import argparse
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from contract.errors import NotFound, Refused
from contract.settings import Settings
from gateway.backup import checking, durable, making, restoring, tarball
from gateway.backup.manifest import Manifest
from hosting.audit import person
from hosting.audit.events import What

COMMANDS: Final = ("backup", "restore", "verify")
_MIB: Final = 1024 * 1024
_COUNTED: Final = ("device", "reading", "minute", "tier", "alarm", "registry")


def add_arguments(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the three."""
    backup = commands.add_parser("backup", help="all that is kept, copied elsewhere, while running")
    backup.add_argument(
        "path",
        type=Path,
        metavar="PATH",
        help="a new folder, a new file (.tar, .tar.gz), or a folder of backups that is there",
    )
    backup.add_argument("--tar", action="store_true", help="in a folder: as one file (.tar.gz)")
    backup.add_argument(
        "--keep",
        type=int,
        metavar="N",
        help="in a folder: drop its oldest backups beyond N, once this one is checked",
    )
    restore = commands.add_parser("restore", help="a backup in the place of EDGETWIN_DATA_DIR")
    restore.add_argument("path", type=Path, metavar="PATH", help="the backup")
    restore.add_argument(
        "--replace", action="store_true", help="what is there is kept beside what is restored"
    )
    verify = commands.add_parser("verify", help="whether a backup is whole, and as it was made")
    verify.add_argument("path", type=Path, metavar="PATH", help="the backup")


def run(args: argparse.Namespace, settings: Settings, *, version: str) -> int:
    """Carry out one command line. Raises GatewayError: it cannot be; the text says why."""
    if args.command == "backup":
        return _backup(args, settings, version=version)
    if not args.path.exists():
        raise NotFound(f"There is no backup at {args.path}.")
    with _progress() as told, tarball.unpacked(args.path) as folder:
        if args.command == "verify":
            manifest, done = checking.checked(folder, told=told), "is sound"
            odd = checking.strangers(folder, manifest)
        else:
            odd = []
            manifest = restoring.restore(folder, settings.data_dir, replace=args.replace, told=told)
            done = f"is restored to {settings.data_dir}"
            _enter(settings, What.RESTORED, args.path)
        faults = checking.faults_of(folder, manifest)
    _say(f"{args.path} {done}: {_told(manifest)}")
    for name in odd:
        _say(f"  {name} is no part of it, and would not be restored")
    code = _say_faults(faults)
    return code if args.command == "verify" else 0


def _say_faults(faults: list[str]) -> int:
    """Of the archive, as it was when it was backed up; the exit code."""
    for fault in faults:
        _say(f"  but when it was made: {fault} An older backup may have it as it was written.")
    return 1 if faults else 0


def _backup(args: argparse.Namespace, settings: Settings, *, version: str) -> int:
    path, folder = _target(args)
    with _progress() as told:
        manifest, faults = making.make(
            settings.data_dir, path, site=settings.site, version=version, told=told
        )
    _enter(settings, What.BACKED_UP, path)
    _say(f"{path} is written and checked: {_told(manifest)}")
    if _say_faults(faults):
        return 1  # no older one goes
    if folder is not None:
        gone = making.leftovers(folder)
        gone += making.surplus(folder, keep=args.keep) if args.keep else []
        for each in gone:
            durable.remove(each)
            _say(f"{each} is dropped")
    return 0


def _target(args: argparse.Namespace) -> tuple[Path, Path | None]:
    """What to write, and the folder of backups it is one of."""
    if args.keep is not None and args.keep < 1:
        raise Refused(f"--keep is {args.keep}: keep at least 1, the one that is being made.")
    if not args.path.is_dir():
        if args.keep or args.tar:
            raise Refused(f"--keep and --tar are for a folder of backups: make {args.path} first.")
        return args.path, None
    if making.is_backup(args.path):
        raise Refused(f"{args.path} is a backup already: a backup overwrites nothing.")
    suffix = ".tar.gz" if args.tar else ""
    return making.dated(args.path, now_ms=time.time_ns() // 1_000_000, suffix=suffix), args.path


def _enter(settings: Settings, what: What, path: Path) -> None:
    person.enter(settings.data_dir, source="backups", what=what, detail=str(path))


def _told(manifest: Manifest) -> str:
    size = sum(each.bytes for each in manifest.files) / _MIB
    rows = ", ".join(f"{manifest.rows.get(name, 0):,} {name}" for name in _COUNTED)
    return f"{len(manifest.files)} files, {size:,.1f} MiB; rows: {rows}"


def _say(line: str) -> None:
    print(line)  # noqa: T201 - what the person asked for


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    from rich.console import Console  # noqa: PLC0415  (the gateway starts without it)

    with Console(stderr=True).status("looking") as status:
        yield status.update
