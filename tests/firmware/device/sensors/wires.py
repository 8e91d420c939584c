"""Contacts that bounce and meters on a serial line, behind the objects MicroPython offers."""

from collections.abc import Callable
from typing import Any

from firmware.device.sensors.modbus import frame

_WRAP = 1 << 30  # where time.ticks_us() of a 32-bit MicroPython begins anew


def ticks_diff(later: int, earlier: int) -> int:
    """As MicroPython has it: what is more than half the way round counts as backwards."""
    return (later - earlier + _WRAP // 2) % _WRAP - _WRAP // 2


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.us = 0

    def ms(self) -> int:
        return self.us // 1000

    def ticks_us(self) -> int:
        return self.us % _WRAP

    def pass_ms(self, ms: float) -> None:
        self.us += round(ms * 1000)


class Contact:
    """A ``machine.Pin`` with a level that a test sets, and an interrupt at each change."""

    IRQ_FALLING, IRQ_RISING = 2, 1

    def __init__(self, level: int = 1) -> None:
        self.level = level
        self.handler: Callable[[Any], None] | None = None

    def value(self) -> int:
        return self.level

    def irq(self, *, handler: Callable[[Any], None], trigger: int) -> None:
        assert trigger == self.IRQ_FALLING | self.IRQ_RISING
        self.handler = handler

    def set(self, level: int) -> None:
        changed, self.level = level != self.level, level
        if changed and self.handler is not None:
            self.handler(self)


class Meter:
    """A PZEM-004T v3: ten input registers, an address, an energy counter that goes round."""

    def __init__(self, address: int = 1) -> None:
        self.address = address
        self.volts, self.amperes, self.watts, self.watt_hours = 230.1, 1.234, 98.7, 4711
        self.hertz, self.power_factor = 50.0, 0.35
        self.refuses = 0  # the code of the exception it answers with

    def answer(self, question: bytes) -> bytes:
        if question[0] not in (self.address, 0xF8) or frame(question[:-2]) != question:
            return b""
        if self.refuses:
            return frame(bytes((question[0], question[1] | 0x80, self.refuses)))
        assert question[1:-2] == bytes((0x04, 0, 0, 0, 10))
        low_first = (
            round(self.volts * 10),
            *_halves(round(self.amperes * 1000)),
            *_halves(round(self.watts * 10)),
            *_halves(self.watt_hours % 10_000_000),
            round(self.hertz * 10),
            round(self.power_factor * 100),
            0,
        )
        data = b"".join(register.to_bytes(2, "big") for register in low_first)
        return frame(bytes((question[0], 0x04, len(data))) + data)


def _halves(value: int) -> tuple[int, int]:
    return value & 0xFFFF, value >> 16


class Uart:
    """A ``machine.UART`` with meters on the line. ``spoil`` may damage what they send."""

    def __init__(self, *meters: Meter) -> None:
        self.meters = list(meters)
        self.asked: list[bytes] = []
        self.arriving = b""
        self.spoil: Callable[[bytes], bytes] = lambda data: data

    def write(self, data: bytes) -> int:
        self.asked.append(data)
        for meter in self.meters:
            self.arriving += self.spoil(meter.answer(data))
        return len(data)

    def any(self) -> int:
        return len(self.arriving)

    def read(self) -> bytes | None:
        data, self.arriving = self.arriving, b""
        return data or None
