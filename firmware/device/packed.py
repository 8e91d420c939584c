"""Segments for a small flash: as segment.py has them, at less than half the size.

Neighbouring readings differ by little, so a block holds the first record's fields and then only the
differences, each as a varint (7 bits a byte, the sign folded into the lowest bit); of a text that
stays, that it does. Layout: a header as in segment.py with the magic ``ETS4``, then blocks: ``CRC
u32 of the rest continued from the first seq``, payload length u16, count of items u8, payload. A
block is one ``append``, or a part of it; torn or damaged, it ends what can be read of its file.
"""

import binascii
import struct

from firmware.device import payload, segment

MAGIC = b"ETS4"
_HEAD = "<IHB"
_HEAD_BYTES = 7
MOST_A_BLOCK = 64
_FULL_BYTES = 2048  # a block with so much in it is not added to
_SAME, _TRUTH, _MASK, _EVENT = 0, 1, 2, 4  # what follows the time of an item


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
        at = 0
        while at < len(records):
            data, count = pack(records, at, self.layout)
            crc = _crc(self.last + 1 + at, data, count)
            self._file.write(struct.pack(_HEAD, crc, len(data), count) + data)
            at += count
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
                    return first, self._unpack(data, count)
                file.seek(size, 1)
                first += count

    def _unpack(self, data: bytes, count: int) -> list[bytes]:
        return unpack(data, count, self.layout)

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


def recover(path: str, restore, magic: bytes = MAGIC, kind=Packed):
    """The segment an earlier life left in ``path``, or None if nothing of it can be read."""
    with open(path, "rb") as file:
        found = segment.described(file, magic, restore)
        if found is None:
            return None
        epoch, first, layout = found
        start = file.tell()
        count = _count_sound(file, first)
    if not count:
        return None
    return kind(path, epoch=epoch, first=first, layout=layout, start=start, count=count)


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


def pack(records: list[bytes], at: int, layout) -> tuple[bytes, int]:
    """One block of ``records`` from ``at`` on, and how many it holds.

    The time, which advances evenly, stands as differences of differences.
    """
    out = bytearray()
    last = _Last(layout)
    start = at
    while at < len(records) and at - start < MOST_A_BLOCK and len(out) < _FULL_BYTES:
        time_ms, truth, mask, cells = layout.fields(records[at])
        put(out, last.step(time_ms))
        if truth == payload.EVENT:
            out.append(_EVENT)
            _put_bytes(out, cells)
        else:
            _put_reading(out, last, truth, mask, cells)
        at += 1
    return bytes(out), at - start


class _Last:
    """What the records before say of the next."""

    def __init__(self, layout) -> None:
        self.time_ms = 0
        self._step_ms = 0
        self.truth = 0
        self.mask = 0
        self.cells = layout.blank()

    def step(self, time_ms: int) -> int:
        """How much more than the last time it has moved on."""
        moved_ms = time_ms - self.time_ms
        change_ms = moved_ms - self._step_ms
        self.time_ms, self._step_ms = time_ms, moved_ms
        return change_ms

    def follow(self, change_ms: int) -> int:
        """The time that ``step`` told of."""
        self._step_ms += change_ms
        self.time_ms += self._step_ms
        return self.time_ms


def _put_reading(out: bytearray, last: _Last, truth: int, mask: int, cells) -> None:
    changed = (_TRUTH if truth != last.truth else _SAME) | (_MASK if mask != last.mask else _SAME)
    out.append(changed)
    if changed & _TRUTH:
        out.append(truth)
    if changed & _MASK:
        put(out, mask)
    last.truth, last.mask = truth, mask
    for index in range(len(cells)):
        cell, before = cells[index], last.cells[index]
        if cell is None:
            continue
        if isinstance(cell, int):
            put(out, cell - before)
        elif cell == before:
            put(out, -1)
        else:
            _put_bytes(out, cell)
        last.cells[index] = cell


def unpack(data: bytes, count: int, layout) -> list[bytes]:
    """The ``count`` records that ``pack`` made ``data`` of."""
    records = []
    last = _Last(layout)
    at = 0
    for _ in range(count):
        change_ms, at = get(data, at)
        time_ms = last.follow(change_ms)
        changed = data[at]
        if changed == _EVENT:
            size, at = get(data, at + 1)
            records.append(layout.record(time_ms, payload.EVENT, 0, data[at : at + size]))
            at += size
        else:
            cells, at = _get_reading(data, at + 1, last, changed)
            records.append(layout.record(time_ms, last.truth, last.mask, cells))
    return records


def _get_reading(data: bytes, at: int, last: _Last, changed: int):
    """The cells of a reading that begins at ``at``, and where it ends."""
    if changed & _TRUTH:
        last.truth = data[at]
        at += 1
    if changed & _MASK:
        last.mask, at = get(data, at)
    cells: list[object] = [None] * len(last.cells)
    for index in range(len(cells)):
        if not last.mask >> index & 1:
            continue
        number, at = get(data, at)
        before = last.cells[index]
        if isinstance(before, int):
            last.cells[index] = before + number
        elif number >= 0:
            last.cells[index] = data[at : at + number]
            at += number
        cells[index] = last.cells[index]
    return cells, at


def _put_bytes(out: bytearray, data: bytes) -> None:
    put(out, len(data))
    out.extend(data)


def put(out: bytearray, value: int) -> None:
    """Add ``value`` as a varint."""
    value = value * 2 if value >= 0 else -value * 2 - 1
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def get(data: bytes, at: int) -> tuple[int, int]:
    """The varint at ``at``, and where it ends."""
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return (-(value + 1) >> 1 if value & 1 else value >> 1), at
        shift += 7
