"""Which files of the data directory a backup has: what a person would miss."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

JOURNAL: Final = "journal.db"
ARCHIVE: Final = "archive"
# Neither is missed: logs, sockets, what is made anew, and stores of other programs, which have
# their own ways of being backed up.
LEFT_OUT: Final = frozenset(
    {"ballast", "influxdb", "log", "run", "tmp", "journal.lock", "journal.state"}
)
_OF_ITSELF: Final = ("journal.db", "journal.damaged-", ".restor", ".before-restore")
_FOLDERS_LEFT_OUT: Final = frozenset({"node_modules", ".npm", ".cache", "__pycache__"})
_BROKER: Final = frozenset({"passwords", "acl"})  # what else is there, it makes anew
_PARTS: Final = (".part", ".new", ".tmp", ".pid", ".sock")


def small_files(data_dir: Path) -> list[Path]:
    """All but journal and archive, relative to the data directory, in order."""
    return [
        path
        for name in sorted(_names(data_dir))
        if name not in LEFT_OUT and name != ARCHIVE and not name.startswith(_OF_ITSELF)
        for path in _below(data_dir, Path(name))
    ]


def archived_files(data_dir: Path) -> list[Path]:
    """The days that are in the archive, relative to the data directory, in order."""
    return list(_below(data_dir, Path(ARCHIVE)))


def is_kept(name: str) -> bool:
    """Whether what is called so, in a data directory, counts as its content."""
    return name not in LEFT_OUT and not name.startswith((".restor", ".before-restore"))


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _below(data_dir: Path, path: Path) -> Iterator[Path]:
    full = data_dir / path
    if full.is_symlink():
        return
    if full.is_file():
        if _is_whole(path):
            yield path
        return
    for name in sorted(_names(full)):
        if name not in _FOLDERS_LEFT_OUT:
            yield from _below(data_dir, path / name)


def _is_whole(path: Path) -> bool:
    if path.parts[0] == "broker":
        return path.name in _BROKER
    return not path.name.endswith(_PARTS)
