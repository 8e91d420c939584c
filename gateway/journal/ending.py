"""How the journal was left: a small file beside it says whether it was closed, and how it looked.

After a clean end an unchanged file needs no examination; after any other it does.
"""

import contextlib
from pathlib import Path
from typing import Final

import msgspec

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

Look = tuple[int, int, int]  # inode, bytes, time of change in ns


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """What the last gateway noted: ``look`` only if it closed the journal."""

    boot: str
    look: Look | None = None
    while_open: Look | None = None  # its log aside
    newest_id: int = 0  # of a reading that had been stored by then

    def is_clean(self, path: Path) -> bool:
        return self.look is not None and self.look == look_of(path)

    def least_id(self, path: Path) -> int:
        """A reading of at least this id was stored, in ``path`` or in its log; 0 if nobody knows.

        Nobody does where the file was changed since: a backup may have been put there.
        """
        is_untouched = self.while_open is not None and self.while_open == look_of(path)
        return self.newest_id if is_untouched and self.is_of_this_boot else 0

    @property
    def is_of_this_boot(self) -> bool:
        """Whether the machine has run ever since: no power cut can have torn anything."""
        return self.boot == _boot()


def load(path: Path) -> Ending | None:
    """What is noted of the journal at ``path``; None where there was none, or nothing legible."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(_file(path).read_bytes(), type=Ending)
    return None


def note_open(path: Path, *, newest_id: int = 0) -> None:
    """From now on, and until it is closed, anything may end it."""
    _note(path, Ending(boot=_boot(), while_open=look_of(path), newest_id=newest_id))


def note_closed(path: Path) -> None:
    """All connections are closed, and nothing was wrong."""
    _note(path, Ending(boot=_boot(), look=look_of(path)))


def forget(path: Path) -> None:
    """The journal at ``path`` was moved away: the next one begins without a past."""
    _file(path).unlink(missing_ok=True)


def look_of(path: Path) -> Look | None:
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
    return None


def _note(path: Path, ending: Ending) -> None:
    if look_of(path) is None and not _file(path).exists():
        return  # all of it was deleted, as one does to begin anew
    with contextlib.suppress(OSError):  # a full disk: the next start examines the journal
        beside = path.with_suffix(".state.new")
        beside.write_bytes(msgspec.json.encode(ending))
        beside.replace(_file(path))


def _file(path: Path) -> Path:
    return path.with_suffix(".state")


def _boot() -> str:
    with contextlib.suppress(OSError):
        return _BOOT_ID.read_text().strip()
    return ""
