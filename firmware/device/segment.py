"""One file of the spool: consecutive readings of one epoch, each record with its own CRC.

Layout: ``ETS1``, header length u16, CRC u32 of the header, header (JSON: epoch, first, layout),
then records, each ``CRC u32 of the record continued from its seq`` and the record. All records of a
file have one size, so a reading is found by arithmetic and a torn one is merely the last.
"""

import binascii
import json
import os
import struct

_MAGIC = b"ETS1"
_PREFIX = "<4sHI"
_PREFIX_BYTES = 10
_MAX_HEADER_BYTES = 4096
_CRC_BYTES = 4


class Segment:
    """``first`` to ``last`` of ``epoch``, in the file ``path``."""

    def __init__(
        self, path: str, *, epoch: str, first: int, layout, start: int, count: int, file=None
    ):
        self.path = path
        self.epoch = epoch
        self.first = first
        self.layout = layout
        self._start = start
        self.count = count
        self._file = file  # open for appending, or None

    @property
    def last(self) -> int:
        return self.first + self.count - 1

    def append(self, records: list[bytes]) -> None:
        """Write ``records`` and flush them.

        Raises:
            OSError: the disk took them not, or in part: this segment must not be appended to.
        """
        data = b"".join(
            _frame(self.first + self.count + index, record) for index, record in enumerate(records)
        )
        self._file.write(data)
        self._file.flush()
        self.count += len(records)

    def read(self, seq: int, count: int) -> list[bytes]:
        """Up to ``count`` records from ``seq``; it ends before a damaged one."""
        size = _CRC_BYTES + self.layout.size
        count = min(count, self.last - seq + 1)
        with open(self.path, "rb") as file:
            file.seek(self._start + (seq - self.first) * size)
            data = file.read(count * size)
        return _valid(data, seq, size)

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            shut(file)


def create(path: str, *, epoch: str, first: int, layout) -> Segment:
    """A new, open segment.

    Raises:
        OSError: the disk is full or gone.
    """
    head = header(_MAGIC, epoch=epoch, first=first, layout=layout)
    file = opened(path, head)
    start = len(head)
    return Segment(path, epoch=epoch, first=first, layout=layout, start=start, count=0, file=file)


def header(magic: bytes, *, epoch: str, first: int, layout) -> bytes:
    """How a file of the kind ``magic`` begins."""
    text = json.dumps({"epoch": epoch, "first": first, "layout": layout.describe()}).encode()
    return struct.pack(_PREFIX, magic, len(text), binascii.crc32(text)) + text


def opened(path: str, head: bytes):
    """A new file that begins with ``head``, open for appending.

    Raises:
        OSError: the disk is full or gone; then there is no such file.
    """
    file = open(path, "wb")  # noqa: SIM115 - kept open until the segment's close()
    try:
        file.write(head)
        file.flush()
    except OSError:
        shut(file)
        os.remove(path)
        raise
    return file


def shut(file) -> None:
    """Close ``file``; what was to be kept is flushed by now."""
    try:
        file.close()
    except OSError:
        pass  # over the rest, which a full disk refuses once more


def recover(path: str, restore):
    """The segment an earlier life left in ``path``, or None if nothing of it can be read.

    Torn or damaged records at its end are left out: nobody was promised those.
    """
    with open(path, "rb") as file:
        found = described(file, _MAGIC, restore)
        if found is None:
            return None
        epoch, first, layout = found
        start = file.tell()
        count = _count_whole(file, start, first, _CRC_BYTES + layout.size)
    if not count:
        return None
    return Segment(path, epoch=epoch, first=first, layout=layout, start=start, count=count)


def described(file, kind: bytes, restore):
    """Epoch, first seq and layout of a file of ``kind``; None: its header is none."""
    header = _read_header(file, kind)
    if header is None:
        return None
    try:
        return header["epoch"], header["first"], restore(header["layout"])
    except (KeyError, ValueError):
        return None


def _read_header(file, kind: bytes):
    prefix = file.read(_PREFIX_BYTES)
    if len(prefix) < _PREFIX_BYTES:
        return None
    magic, length, crc = struct.unpack(_PREFIX, prefix)
    if magic != kind or length > _MAX_HEADER_BYTES:
        return None
    data = file.read(length)
    if len(data) < length or binascii.crc32(data) != crc:
        return None
    return json.loads(data)


def _count_whole(file, start: int, first: int, size: int) -> int:
    """Records up to the last sound one; a damaged one before it is counted, and never served."""
    count: int = (file.seek(0, 2) - start) // size
    while count > 0:
        file.seek(start + (count - 1) * size)
        if _valid(file.read(size), first + count - 1, size):
            break
        count -= 1
    return count


def _frame(seq: int, record: bytes) -> bytes:
    return struct.pack("<I", binascii.crc32(record, seq)) + record


def _valid(data: bytes, seq: int, size: int) -> list[bytes]:
    records = []
    for at in range(0, len(data) - size + 1, size):
        record = data[at + _CRC_BYTES : at + size]
        if struct.unpack("<I", data[at : at + _CRC_BYTES])[0] != binascii.crc32(record, seq):
            break
        records.append(record)
        seq += 1
    return records
