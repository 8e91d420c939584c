"""What a backup says of itself: each file with its size and hash, each table with its rows."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from contract.errors import NotFound, Refused

NAME: Final = "manifest.json"
FORMAT: Final = 1
_CHUNK: Final = 1024 * 1024


class File(msgspec.Struct, frozen=True):
    """One file; ``path`` is relative to the data directory."""

    path: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Attributes: ``schema`` is the journal's, ``rows`` how many each of its tables has."""

    format: int = FORMAT
    version: str
    site: str
    made_ms: int
    schema: int
    rows: dict[str, int]
    files: list[File]


def described(folder: Path, path: Path) -> File:
    """A file as it stands below ``folder``."""
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return File(path.as_posix(), (folder / path).stat().st_size, digest.hexdigest())


def encoded(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def load(folder: Path) -> Manifest:
    """The manifest of the backup in ``folder``.

    Raises:
        NotFound: there is none. Refused: it cannot be read, or a newer edgetwin made it.
    """
    path = folder / NAME
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"{folder} is no backup: there is no {NAME} in it.") from None
    except (OSError, msgspec.MsgspecError) as error:
        raise Refused(f"{path} cannot be read: {error}.") from error
    if found.format != FORMAT:
        raise Refused(f"A newer edgetwin made {folder}: restore it with that one.")
    _check_paths(found, folder)
    return found


def _check_paths(manifest: Manifest, folder: Path) -> None:
    """Nothing outside the data directory is ever written, whatever somebody put in a manifest."""
    for each in manifest.files:
        path = Path(each.path)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise Refused(f"{folder} is no backup of edgetwin's: it names {each.path[:80]!r}.")
