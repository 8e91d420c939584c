"""One file of the spool: consecutive items of one epoch, each record in a frame of its own.

Layout: ``ETS3``, header length u16, CRC u32 of the header, header (JSON: epoch, first, layout),
then frames: a mark, the low 16 bits of the seq, length u16, CRC u32 of seq, length and record, and
the record. So a torn record is merely the last, and behind a damaged one the next is found again.
"""

import binascii
import json
import os
import struct

_MAGIC = b"ETS3"
_PREFIX = "<4sHI"
_PREFIX_BYTES = 10
_MAX_HEADER_BYTES = 16384
_MARK = b"\xe5"
_FRAME = "<BHHI"
_FRAME_BYTES = 9
_TAIL_BYTES = 4096  # the last frames of a file are looked for there first


class Segment:
    """``first`` to ``last`` of ``epoch``, in the file ``path``."""

    def __init__(
        self, path: str, *, epoch: str, first: int, layout, start: int, count: int, file=None
    ):
        self.path = path
        self.epoch = epoch
        self.first = first
        self.layout = layout
        self.count = count
        self._file = file  # open for appending, or None
        self._start = start
        self._next = first, start  # a seq, and where it begins: readers go on where they were

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
        known, start = self._next
        if known > seq:
            known, start = self.first, self._start
        with open(self.path, "rb") as file:
            file.seek(start)
            data = file.read()
        records: list[bytes] = []
        for found, record, end in _frames(data, self.first):
            if found == seq + len(records) and len(records) < count:
                records.append(record)
                self._next = found + 1, start + end
            elif found >= seq:
                break
        return records

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
        count = _last(file, start, first) + 1 - first
    if count <= 0:
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


def _last(file, start: int, first: int) -> int:
    """The seq of the last sound record, 0 where there is none; what is damaged before it counts."""
    end = file.seek(0, 2)
    for begin in (max(start, end - _TAIL_BYTES), start):
        file.seek(begin)
        last = 0
        for seq, _record, _end in _frames(file.read(), first):
            last = seq
        if last:
            return last
    return 0


def _frame(seq: int, record: bytes) -> bytes:
    head = struct.pack(_FRAME, _MARK[0], seq & 0xFFFF, len(record), _crc(seq, record))
    return head + record


def _crc(seq: int, record: bytes) -> int:
    crc: int = binascii.crc32(record, binascii.crc32(struct.pack("<IH", seq, len(record))))
    return crc


def _frames(data: bytes, first: int):
    """Seq, record and end of every sound frame in ``data``, which is of a file from ``first``."""
    at = data.find(_MARK)
    while 0 <= at <= len(data) - _FRAME_BYTES:
        _mark, low, size, crc = struct.unpack(_FRAME, data[at : at + _FRAME_BYTES])
        seq, end = first + (low - first & 0xFFFF), at + _FRAME_BYTES + size
        record = data[at + _FRAME_BYTES : end]
        if len(record) == size and crc == _crc(seq, record):
            yield seq, record, end
            at = data.find(_MARK, end)
        else:
            at = data.find(_MARK, at + 1)
