"""A text file in; its lines out, in whatever encoding it was written, and a hash of its bytes."""

import codecs
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from contract.errors import NotFound, Refused, reason

_LOOKED_AT: Final = 256 * 1024
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file. Raises NotFound, Refused."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.") from None
    except OSError as error:
        raise Refused(f"{path} cannot be read: {reason(error)}.") from error


class TextFile:
    """UTF-8, with a mark or without; UTF-16 with one; else as Windows writes Western Europe's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT)
        self.encoding = _encoding(head)
        if "\0" in head.decode(self.encoding, errors="replace"):
            raise Refused(f"{path} is no table of text: it has bytes that no text has.")

    def lines(self) -> Iterator[str]:
        """With their ends; what cannot be decoded is replaced."""
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            yield from file

    def head(self, most: int) -> list[str]:
        """The first lines, without their ends."""
        found = []
        for line in self.lines():
            found.append(line.rstrip("\r\n"))
            if len(found) == most:
                break
        return found


def _encoding(head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
