"""Which life of the board this is: ``9f2c41aa-7``, unlike any it has had before.

Two files with a CRC take turns, so that a cut of power while one is written leaves the other. A
file that is damaged all the same may hide later boots: then a new incarnation is drawn, because an
epoch used twice would give two readings one identity, and a spare incarnation costs nothing.
"""

import binascii
import struct

_FORMAT = "<III"
_BYTES = 12
_SLOTS = ("boot-a", "boot-b")


def begin(directory: str, random_u32) -> str:
    """Count one more boot in ``directory`` and return its epoch.

    Raises:
        OSError: the count could not be written; without it no epoch may be used.
    """
    slots = [_read(directory + "/" + name) for name in _SLOTS]
    if False in slots:
        return _renew(directory, slots, random_u32())
    if slots[0] is None and slots[1] is None:
        return _write(directory, 0, random_u32(), 1)
    newest = 0 if _boots(slots[0]) > _boots(slots[1]) else 1
    incarnation, boots = slots[newest]
    return _write(directory, 1 - newest, incarnation, boots + 1)


def _renew(directory: str, slots: list[object], incarnation: int) -> str:
    """Write both; the damaged one last, so that a cut in between leaves it damaged."""
    damaged = slots.index(False)
    _write(directory, 1 - damaged, incarnation, 1)
    return _write(directory, damaged, incarnation, 1)


def _boots(slot) -> int:
    return slot[1] if slot else 0


def _read(path: str):
    """Incarnation and boots; None: there is no such file; False: it is damaged."""
    try:
        with open(path, "rb") as file:
            data = file.read(_BYTES + 1)
    except OSError:
        return None
    if len(data) != _BYTES:
        return False
    incarnation, boots, crc = struct.unpack(_FORMAT, data)
    return (incarnation, boots) if crc == binascii.crc32(data[:8]) else False


def _write(directory: str, index: int, incarnation: int, boots: int) -> str:
    data = struct.pack("<II", incarnation, boots)
    with open(directory + "/" + _SLOTS[index], "wb") as file:
        file.write(data + struct.pack("<I", binascii.crc32(data)))
        file.flush()
    return "%08x-%d" % (incarnation, boots)
