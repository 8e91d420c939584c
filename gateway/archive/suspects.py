"""Sentences on files that somebody could not read: left by whoever tried, for the gateway."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_NAME: Final = "archive.suspects"  # in a folder that no backup has
_FOLDER: Final = "run"
_MOST_BYTES: Final = 1024 * 1024


def leave(data_dir: Path, told: Iterable[str]) -> None:
    """Let a gateway know of them, now or at its next start. Raises OSError.

    Who is somebody else than its user makes no folder there, as that could not be written then.
    """
    folder = data_dir / _FOLDER
    if not folder.is_dir() and data_dir.stat().st_uid != os.geteuid():
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / _NAME).open("a", encoding="utf-8") as file:
        file.writelines(f"{each}\n" for each in told)


def taken(data_dir: Path) -> list[str]:
    """What was left, once."""
    path = data_dir / _FOLDER / _NAME
    with contextlib.suppress(OSError):
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = file.read(_MOST_BYTES).splitlines()
        path.unlink()
        return lines
    return []
