"""A file's rows on their way into the journal: in order, checked, and durable before anybody looks.

Who reads the file writes a parcel into ``EDGETWIN_DATA_DIR/imports``; the gateway takes it from
there, now or at its next start. It is a header and then frames of rows, each with its length before
it, in MessagePack.
"""

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from contract.errors import Reason, Refused, reason
from contract.messages import Value
from gateway.journal.formers import Why
from gateway.journal.imports import PREFIX
from hosting.durable import sync

FOLDER: Final = "imports"  # below the data directory
SUFFIX: Final = ".parcel"
REFUSED: Final = ".refused"  # why one could not be taken, for who waits for it
FRAME_ROWS: Final = 1_000
_LENGTH: Final = struct.Struct("<I")


class Bad(msgspec.Struct, array_like=True, gc=False):
    """One cell, or a whole row, that cannot be used; ``raw`` is what stands there."""

    channel: str  # empty: the row
    reason: Reason
    detail: str
    raw: str


class Entry(msgspec.Struct, array_like=True, gc=False):
    """One row: where it stands in the file, its time, its values as JSON."""

    line: int
    time_ms: int
    body: bytes
    bad: list[Bad] | None = None
    period_ms: int | None = None  # that its machine said; 0: it said none; None: the header's


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Whose rows they are, and what the file is.

    Attributes:
        asset: the type of machine.
        epoch: of its readings: another whenever the file, or how it was read, is.
        period_ms: how often it was measured, where that is regular.
        content: the SHA-256 of the file.
        samples: values that between them show all channels, and how far each goes.
        units: of channels of a machine of no type, where the file says.
        refused: rows of which nothing can be used, the first of them; ``more_refused`` by reason.
    """

    device: str
    asset: str
    epoch: str
    content: str
    source: str
    imported_by: str
    rows: int
    first_ms: int
    last_ms: int
    period_ms: int | None = None
    samples: list[dict[str, Value]] = []
    units: dict[str, str] = {}
    refused: list[Bad] = []
    more_refused: dict[Reason, int] = {}

    @property
    def why(self) -> Why:
        """Minutes are others because of it."""
        return Why("imported", self.imported_by[:64])


_encode: Final = msgspec.msgpack.Encoder().encode
_header: Final = msgspec.msgpack.Decoder(Header).decode
_entries: Final = msgspec.msgpack.Decoder(list[Entry]).decode


def epoch_of(digest: str) -> str:
    return PREFIX + digest[:20]


def path_of(data_dir: Path, header: Header) -> Path:
    return data_dir / FOLDER / f"{header.device}.{header.epoch}{SUFFIX}"


def write(
    path: Path, header: Header, entries: Iterable[Entry], *, check: Callable[[Path], None]
) -> None:
    """Write a parcel that is there only once it is whole and on the disk. Raises OSError.

    ``check`` sees it, called otherwise still, and may raise.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    descriptor = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _put(file, header)
            for frame in _frames(entries):
                _put(file, frame)
            file.flush()
            os.fsync(file.fileno())
        check(beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def _frames(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    frame: list[Entry] = []
    for entry in entries:
        frame.append(entry)
        if len(frame) == FRAME_ROWS:
            yield frame
            frame = []
    if frame:
        yield frame


def _put(file: BinaryIO, content: object) -> None:
    encoded = _encode(content)
    file.write(_LENGTH.pack(len(encoded)))
    file.write(encoded)


class Parcel:
    """One that is being read. Raises Refused where it is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise Refused(
                f"{path} cannot be read ({reason(error)}): import as the user that the gateway runs"
                " as."
            ) from error
        try:
            self.header = _header(self._next())
        except (msgspec.MsgspecError, EOFError) as error:
            self._file.close()
            raise Refused(f"{path} is no parcel of rows: {error}.") from error

    def close(self) -> None:
        self._file.close()

    def frames(self, *, after: int) -> Iterator[list[Entry]]:
        """Frames, without the first ``after``. Raises Refused: its rest cannot be read."""
        try:
            for _ in range(after):
                self._skip()
            while raw := self._next(or_end=True):
                yield _entries(raw)
        except (msgspec.MsgspecError, EOFError) as error:
            raise Refused(f"{self.path} is damaged: {error}. Import the file again.") from error

    def _skip(self) -> None:
        self._file.seek(self._length(), os.SEEK_CUR)

    def _length(self, *, or_end: bool = False) -> int:
        raw = self._file.read(_LENGTH.size)
        if or_end and not raw:
            return 0
        if len(raw) < _LENGTH.size:
            raise EOFError("it ends too early")
        return int(_LENGTH.unpack(raw)[0])

    def _next(self, *, or_end: bool = False) -> bytes:
        length = self._length(or_end=or_end)
        raw = self._file.read(length)
        if len(raw) < length:
            raise EOFError("it ends too early")
        return raw
