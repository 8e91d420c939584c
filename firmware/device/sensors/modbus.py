"""Modbus RTU over a UART: one question at a time in, its answer out, for several meters on a line.

Modbus over serial line V1.02: frames and the check sum section 2.5.1, silence between frames
2.5.1.1 (3.5 characters: 4 ms at 9,600 baud, less than the time between two looks). Nothing waits:
the board calls ``tend`` some fifty times a second, and the UART holds what comes meanwhile.
"""

_TIMEOUT_MS = 500
_LONGEST = 256  # bytes of a frame, section 2.5.1
_FAILED = 0x80  # set in the function code of an answer that is an exception
_EXCEPTION_BYTES = 5
_AROUND = 5  # address, function, byte count, check sum
ANY = 0xF8  # an address that some meters answer whichever is theirs


def crc(data) -> int:
    """CRC-16 of Modbus: polynomial 0xA001, from 0xFFFF; sent low byte first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


def frame(body: bytes) -> bytes:
    """``body`` with its check sum."""
    check = crc(body)
    return body + bytes((check & 0xFF, check >> 8))


class Asker:
    """Who asks on a line: of these two one is called later."""

    def answered(self, data: bytes, asked_ms: int) -> None:
        """``data`` is the answer, without what Modbus has around it."""
        raise NotImplementedError

    def failed(self, reason: str) -> None:
        raise NotImplementedError


class Master:
    """``uart`` is a MicroPython ``machine.UART``; ``ticks_ms`` counts ms and only grows."""

    def __init__(self, *, uart, ticks_ms) -> None:
        self._uart = uart
        self._ticks_ms = ticks_ms
        self._waiting: list[tuple[Asker, bytes]] = []
        self._asker: Asker | None = None
        self._question = b""
        self._received = b""
        self._asked_ms = 0

    def ask(self, asker: Asker, question: bytes) -> None:
        """Ask soon: ``question`` is address, function and what belongs to it.

        Who waits already is not put in line twice.
        """
        if asker is not self._asker and all(asker is not other for other, _ in self._waiting):
            self._waiting.append((asker, question))
            if self._asker is None:
                self._next()

    def tend(self) -> None:
        """Take what has arrived; go on to the next question when this one is settled."""
        if self._asker is not None:
            self._received = (self._received + self._arrived())[:_LONGEST]
            answer = self._answer()
            if answer is not None or self._ticks_ms() - self._asked_ms >= _TIMEOUT_MS:
                asker, self._asker = self._asker, None
                self._settle(asker, answer)
        if self._asker is None and self._waiting:
            self._next()

    def _next(self) -> None:
        self._asker, self._question = self._waiting.pop(0)
        self._arrived()  # what came too late is of nobody
        self._received = b""
        self._asked_ms = self._ticks_ms()
        self._uart.write(frame(self._question))

    def _arrived(self) -> bytes:
        return (self._uart.read() or b"") if self._uart.any() else b""

    def _answer(self):
        """The first whole frame that answers the question; before it there may be noise."""
        data = self._received
        for start in range(len(data) - _EXCEPTION_BYTES + 1):
            length = self._length(data, start)
            whole = data[start : start + length]
            if length and len(whole) == length and frame(whole[:-2]) == whole:
                return whole
        return None

    def _length(self, data: bytes, start: int) -> int:
        """How long the frame is that may begin there; 0 where no answer does."""
        address, function = self._question[0], self._question[1]
        if address not in (data[start], ANY):
            return 0
        if data[start + 1] == function | _FAILED:
            return _EXCEPTION_BYTES
        return _AROUND + data[start + 2] if data[start + 1] == function else 0

    def _settle(self, asker: Asker, answer) -> None:
        if answer is None:
            asker.failed(_trouble(self._received))
        elif answer[1] & _FAILED:
            asker.failed("it refuses the question, with code %d" % answer[2])
        else:
            asker.answered(answer[3:-2], self._asked_ms)


def _trouble(received: bytes) -> str:
    if not received:
        return "no answer; check its wires, its address and its own supply"
    if len(received) < _EXCEPTION_BYTES:
        return "a part of an answer only"
    return "the answer is damaged or cut off; is the wire long or near a motor?"
