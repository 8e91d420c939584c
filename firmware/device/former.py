"""Files of the spool that programs before this one wrote, to be read and not added to.

Their readings have all their channels, each a number of three decimals, and none is an event. What
is read of them is in the record of today. ``ETS1`` is segment.py's former kind (records of one
size, each with its CRC), ``ETS2`` packed.py's.
"""

import binascii
import os
import struct

from firmware.device import packed, segment

_FIXED = b"ETS1"
_PACKED = b"ETS2"
_HEAD = "<IHB"
_HEAD_BYTES = 7
_CRC_BYTES = 4


def recover(path: str, restore):
    """The segment an earlier program left in ``path``, or None if nothing of it can be read."""
    with open(path, "rb") as file:
        found = segment.described(file, _FIXED, restore)
        if found is None:
            return packed.recover(path, restore, _PACKED, Packed)
        epoch, first, layout = found
        start = file.tell()
    fixed = Fixed(path, epoch=epoch, first=first, layout=layout, start=start, count=0)
    fixed.count = fixed.whole()
    return fixed if fixed.count else None


def _record(data: bytes, layout) -> bytes:
    """A former record as one of today: it had no mask, as nothing could be missing."""
    width = len(layout.columns)
    cells = struct.unpack("<%di" % width, data[_HEAD_BYTES:])
    low, high, truth = struct.unpack(_HEAD, data[:_HEAD_BYTES])
    record: bytes = layout.record(high << 32 | low, truth, (1 << width) - 1, cells)
    return record


class Fixed(segment.Segment):
    """A file whose records are found by arithmetic."""

    def _size(self) -> int:
        return _CRC_BYTES + _HEAD_BYTES + 4 * len(self.layout.columns)

    def whole(self) -> int:
        """Records up to the last sound one; a damaged one before it is counted, never served."""
        size = self._size()
        self.count = (os.stat(self.path)[6] - self._start) // size
        while self.count > 0 and not self.read(self.last, 1):
            self.count -= 1
        return max(0, self.count)

    def read(self, seq: int, count: int) -> list[bytes]:
        size = self._size()
        with open(self.path, "rb") as file:
            file.seek(self._start + (seq - self.first) * size)
            data = file.read(min(count, self.last - seq + 1) * size)
        records: list[bytes] = []
        for at in range(0, len(data) - size + 1, size):
            record = data[at + _CRC_BYTES : at + size]
            crc = struct.unpack("<I", data[at : at + _CRC_BYTES])[0]
            if crc != binascii.crc32(record, seq + len(records)):
                break
            records.append(_record(record, self.layout))
        return records


class Packed(packed.Packed):
    """A file of blocks, in which each record had all its fields."""

    def _unpack(self, data: bytes, count: int) -> list[bytes]:
        width = len(self.layout.columns)
        fields = [0] * (2 + width)
        records, at, step_ms = [], 0, 0
        for _ in range(count):
            change, at = packed.get(data, at)
            step_ms += change
            fields[0] += step_ms
            for index in range(1, len(fields)):
                change, at = packed.get(data, at)
                fields[index] += change
            mask = (1 << width) - 1
            records.append(self.layout.record(fields[0], fields[1], mask, fields[2:]))
        return records
