"""Segments for a small flash: as segment.py has them, at less than half the size.

Neighbouring readings differ by little, so a block holds the first record's fields and then only the
differences, each as a varint (7 bits a byte, the sign folded into the lowest bit). Layout: a
header as in segment.py with the magic ``ETS2``, then blocks: ``CRC u32 of the rest continued from
the first seq``, payload length u16, count of readings u8, payload. A block is one ``append``; torn
or damaged, it ends what can be read of its file.
"""

import binascii
import struct

from firmware.device import segment

MAGIC = b"ETS2"
_HEAD = "<IHB"
_HEAD_BYTES = 7
MOST_A_BLOCK = 64


class Packed:
    """``first`` to ``last`` of ``epoch``, in the file ``path``; used as ``segment.Segment`` is."""

    def __init__(
        self, path: str, *, epoch: str, first: int, layout, start: int, count: int, file=None
    ):
        self.path = path
        self.epoch = epoch
        self.first = first
        self.layout = layout
        self.count = count
        self._start = start
        self._file = file
        self._block: tuple[int, list[bytes]] = (0, [])  # the last one read: its first seq, records

    @property
    def last(self) -> int:
        return self.first + self.count - 1

    def append(self, records: list[bytes]) -> None:
        """Write ``records`` in blocks and flush them.

        Raises:
            OSError: the flash took them not, or in part: this segment must not be appended to.
        """
        for at in range(0, len(records), MOST_A_BLOCK):
            part = records[at : at + MOST_A_BLOCK]
            data = pack(part, self.layout)
            first = self.last + 1 + at
            self._file.write(
                struct.pack(_HEAD, _crc(first, data, len(part)), len(data), len(part)) + data
            )
        self._file.flush()
        self.count += len(records)

    def read(self, seq: int, count: int) -> list[bytes]:
        """Up to ``count`` records from ``seq``; it ends with their block."""
        first, records = self._block
        if not first <= seq < first + len(records):
            first, records = self._block = self._find(seq)
        return records[seq - first : seq - first + count]

    def _find(self, seq: int) -> tuple[int, list[bytes]]:
        """The block that holds ``seq``, and its first seq; no records where it is damaged."""
        with open(self.path, "rb") as file:
            file.seek(self._start)
            first = self.first
            while True:
                count, size, crc = _head(file)
                if not count:
                    return seq, []
                if seq < first + count:
                    data = file.read(size)
                    if len(data) != size or crc != _crc(first, data, count):
                        return seq, []
                    return first, unpack(data, count, self.layout)
                file.seek(size, 1)
                first += count

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            segment.shut(file)


def create(path: str, *, epoch: str, first: int, layout) -> Packed:
    """A new, open segment.

    Raises:
        OSError: the flash is full.
    """
    head = segment.header(MAGIC, epoch=epoch, first=first, layout=layout)
    file = segment.opened(path, head)
    start = len(head)
    return Packed(path, epoch=epoch, first=first, layout=layout, start=start, count=0, file=file)


def recover(path: str, restore):
    """The segment an earlier life left in ``path``, or None if nothing of it can be read."""
    with open(path, "rb") as file:
        found = segment.described(file, MAGIC, restore)
        if found is None:
            return None
        epoch, first, layout = found
        start = file.tell()
        count = _count_sound(file, first)
    if not count:
        return None
    return Packed(path, epoch=epoch, first=first, layout=layout, start=start, count=count)


def _count_sound(file, first: int) -> int:
    """Readings before the first block that is torn or damaged."""
    total = 0
    while True:
        count, size, crc = _head(file)
        data = file.read(size)
        if not count or len(data) != size or crc != _crc(first + total, data, count):
            return total
        total += count


def _head(file) -> tuple[int, int, int]:
    """Count, payload size and CRC of the next block; count 0 at the end."""
    head = file.read(_HEAD_BYTES)
    if len(head) < _HEAD_BYTES:
        return 0, 0, 0
    crc, size, count = struct.unpack(_HEAD, head)
    return count, size, crc


def _crc(first: int, payload: bytes, count: int) -> int:
    crc: int = binascii.crc32(payload, first ^ count << 24)
    return crc


# ------------------------------------------------------------- differences


def pack(records: list[bytes], layout) -> bytes:
    """``records`` as differences; the time, which advances evenly, as differences of those."""
    out = bytearray()
    last: list[int] = []
    step_ms = 0
    for record in records:
        fields = layout.fields(record)
        if not last:
            last = [0] * len(fields)
        moved_ms = fields[0] - last[0]
        _put(out, moved_ms - step_ms)
        step_ms = moved_ms
        for index in range(1, len(fields)):
            _put(out, fields[index] - last[index])
        last = fields
    return bytes(out)


def unpack(data: bytes, count: int, layout) -> list[bytes]:
    """The ``count`` records that ``pack`` made ``data`` of."""
    records = []
    at, step_ms = 0, 0
    fields = [0] * layout.width
    for _ in range(count):
        change, at = _get(data, at)
        step_ms += change
        fields[0] += step_ms
        for index in range(1, len(fields)):
            change, at = _get(data, at)
            fields[index] += change
        records.append(layout.record(fields))
    return records


def _put(out: bytearray, value: int) -> None:
    value = value * 2 if value >= 0 else -value * 2 - 1
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _get(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return (-(value + 1) >> 1 if value & 1 else value >> 1), at
        shift += 7
