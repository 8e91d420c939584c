"""The loader in a chip's ROM and esptool's stub, as far as flashing goes: bytes in, bytes out.

Frames and commands as Espressif's esptool documentation has them ("Serial Protocol").
"""

import hashlib
import struct
import zlib

FLASH_BYTES = 4 * 1024 * 1024
_END, _ESCAPE = 0xC0, 0xDB
_SYNC, _READ_REG, _SECURITY_INFO = 0x08, 0x0A, 0x14
_MEM_END, _ERASE_FLASH = 0x06, 0xD0
_DEFLATED_BEGIN, _DEFLATED_DATA, _MD5 = 0x10, 0x11, 0x13
_GREETING = b"OHAI"
_REGISTERS = {
    0x40001000: 0x00F01D83,  # the magic number by which an ESP32 is known
    0x3FF40014: 347,  # the console's divider at 115,200 baud from a crystal of 40 MHz
    0x3FF42080: 0x1640EF,  # what the flash chip says it is: Winbond, 4 MB
    0x60002058: 0x1640EF,
    0x60000014: 347,
}


class Loader:
    """``chip_id`` is None for an ESP32, which does not know the question; others answer it."""

    def __init__(self, chip_id: int | None) -> None:
        self._chip_id = chip_id
        self._pending = b""
        self._stub = False
        self._unpack = zlib.decompressobj()
        self._at = 0
        self.flash = bytearray(b"\xff" * FLASH_BYTES)
        self.erased = 0

    @property
    def between_frames(self) -> bool:
        return not self._pending

    def feed(self, data: bytes) -> bytes:
        """What the chip answers to ``data``."""
        self._pending += data
        answers = b""
        while self._pending.count(_END) >= 2:
            _lost, frame, self._pending = self._pending.split(bytes((_END,)), 2)
            answers += self._handle(_unescaped(frame))
        return answers

    def _handle(self, frame: bytes) -> bytes:
        _direction, command, size = struct.unpack("<BBH", frame[:4])
        body = frame[8 : 8 + size]
        if command == _SYNC:
            return self._answer(command, value=0x20120707) * 8
        if command == _READ_REG:
            return self._answer(command, value=_REGISTERS.get(struct.unpack("<I", body)[0], 0))
        if command == _SECURITY_INFO:
            return self._describe(command)
        if command == _MD5:
            at, length = struct.unpack("<II", body[:8])
            return self._answer(command, hashlib.md5(self.flash[at : at + length]).digest())
        self._write(command, body)
        answer = self._answer(command)
        if command == _MEM_END:
            self._stub = True
            answer += _framed(_GREETING)
        return answer

    def _describe(self, command: int) -> bytes:
        if self._chip_id is None:
            return self._answer(command, failed=True)
        return self._answer(command, struct.pack("<IB7xII", 0, 0, self._chip_id, 0))

    def _write(self, command: int, body: bytes) -> None:
        if command == _ERASE_FLASH:
            self.flash[:] = b"\xff" * FLASH_BYTES
            self.erased += 1
        elif command == _DEFLATED_BEGIN:
            self._at = struct.unpack("<IIII", body[:16])[3]
            self._unpack = zlib.decompressobj()
        elif command == _DEFLATED_DATA:
            data = self._unpack.decompress(body[16:])
            self.flash[self._at : self._at + len(data)] = data
            self._at += len(data)

    def _answer(
        self, command: int, data: bytes = b"", *, value: int = 0, failed: bool = False
    ) -> bytes:
        status = bytes((failed, 5 * failed)) + bytes(0 if self._stub else 2)
        body = data + status
        return _framed(struct.pack("<BBHI", 1, command, len(body), value) + body)


def _framed(data: bytes) -> bytes:
    escaped = data.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
    return bytes((_END,)) + escaped + bytes((_END,))


def _unescaped(frame: bytes) -> bytes:
    return frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
