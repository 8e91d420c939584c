"""One file of the spool: consecutive readings of one epoch, each record with its own CRC.

Layout: ``ETS1``, header length u16, CRC u32 of the header, header (JSON: epoch, first, layout),
then records, each ``CRC u32 of the record continued from its seq`` and the record. All records of a
file have one size, so a reading is found by arithmetic and a torn one is merely the last.
"""

import binascii
import json
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
        if self._file is not None:
            self._file.close()
            self._file = None


def create(path: str, *, epoch: str, first: int, layout) -> Segment:
    """A new, open segment.

    Raises:
        OSError: the disk is full or gone.
    """
    header = json.dumps({"epoch": epoch, "first": first, "layout": layout.describe()}).encode()
    prefix = struct.pack(_PREFIX, _MAGIC, len(header), binascii.crc32(header))
    start = _PREFIX_BYTES + len(header)
    file = open(path, "wb")  # noqa: SIM115 - kept open until Segment.close()
    try:
        file.write(prefix + header)
        file.flush()
    except OSError:
        file.close()
        raise
    return Segment(path, epoch=epoch, first=first, layout=layout, start=start, count=0, file=file)


def recover(path: str, restore):
    """The segment an earlier life left in ``path``, or None if nothing of it can be read.

    Torn or damaged records at its end are left out: nobody was promised those.
    """
    with open(path, "rb") as file:
        header = _header(file)
        if header is None:
            return None
        try:
            layout = restore(header["layout"])
            epoch, first = header["epoch"], header["first"]
        except (KeyError, ValueError):
            return None
        start = file.tell()
        count = _count_whole(file, start, first, _CRC_BYTES + layout.size)
    if not count:
        return None
    return Segment(path, epoch=epoch, first=first, layout=layout, start=start, count=count)


def _header(file):
    prefix = file.read(_PREFIX_BYTES)
    if len(prefix) < _PREFIX_BYTES:
        return None
    magic, length, crc = struct.unpack(_PREFIX, prefix)
    if magic != _MAGIC or length > _MAX_HEADER_BYTES:
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
