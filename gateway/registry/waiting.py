"""What waits for the gateway in files, one a device: it is whole or not there, and read once.

Whoever has the journal open is the only one who writes it, so a command line leaves its word here;
so does the gateway itself, of what must come to its end whatever ends the process.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Generic, TypeVar

import msgspec

from contract import topics

log = logging.getLogger(__name__)

_SUFFIX: Final = ".json"

T = TypeVar("T", bound=msgspec.Struct)


class Waiting(Generic[T]):
    """A folder of the data directory with words of one kind."""

    def __init__(self, folder: str, kind: type[T], *, about: str) -> None:
        """``about``: what such a word says, for the log."""
        self._folder = folder
        self._decode = msgspec.json.Decoder(kind).decode
        self._about = about

    def leave(self, data_dir: Path, device: str, word: T) -> None:
        """Leave a word for the gateway. Raises OSError."""
        folder = data_dir / self._folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = folder / f".{device}.{os.getpid()}"
        made.write_bytes(msgspec.json.encode(word))
        made.chmod(0o600)
        made.replace(self._path(data_dir, device))

    def left(self, data_dir: Path, device: str) -> T | None:
        """What waits of ``device``; None also where it cannot be read, which the log then says."""
        path = self._path(data_dir, device)
        try:
            return self._decode(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("%s says nothing of %s: %s", path, self._about, error)
            return None

    def waiting(self, data_dir: Path) -> Iterator[tuple[str, T]]:
        """Every device of which something waits."""
        for path in sorted((data_dir / self._folder).glob(f"*{_SUFFIX}")):
            device = path.name.removesuffix(_SUFFIX)
            word = self.left(data_dir, device) if topics.is_name(device) else None
            if word is None:
                with contextlib.suppress(OSError):
                    path.replace(path.with_suffix(".unread"))
                continue
            yield device, word

    def entered(self, data_dir: Path, device: str, word: T) -> None:
        """It is done; one that has come since stays."""
        if self.left(data_dir, device) == word:
            self.drop(data_dir, device)

    def drop(self, data_dir: Path, device: str) -> None:
        """Nothing waits of ``device`` any more."""
        with contextlib.suppress(FileNotFoundError):
            self._path(data_dir, device).unlink()

    def _path(self, data_dir: Path, device: str) -> Path:
        return data_dir / self._folder / (device + _SUFFIX)
