"""Pins, converters, buses: a machine at rest is connected to them. A watchdog that bites."""

import asyncio
import struct
import time

import host

_HASTE = 9  # the watchdog of a test does not wait as long


def reset():
    host.reset()


class WDT:
    def __init__(self, timeout):
        self._timeout_ms = timeout // _HASTE
        self.feed()

    def feed(self):
        host.feed(self._timeout_ms)


class RTC:
    def datetime(self, moment):
        time.set_clock(moment)


class Pin:
    """Pin 25: a contact that is closed to ground. Others: 20 pulses a second, for who listens."""

    IN, OUT, PULL_UP, PULL_DOWN, IRQ_FALLING, IRQ_RISING = 1, 3, 2, 1, 2, 1
    _tasks = []

    def __init__(self, number, mode=-1, pull=-1):
        self.number = number
        self._level = 0 if number == 25 else 1

    def value(self, level=None):
        """With a level, the lamp."""
        return self._level if level is None else None

    def irq(self, handler, trigger):
        self._tasks.append(asyncio.create_task(self._pulse(handler, trigger)))

    async def _pulse(self, handler, trigger):
        """An edge each 25 ms. One kind alone comes each time: 40 a second, 1,200 rpm at two."""
        while True:
            await asyncio.sleep_ms(25)
            self._level = 1 - self._level
            handler(self)


class ADC:
    """Pin 32: half of 3.3 V, an NTC at 25 degrees. Pin 35: 2.685 V after 2/3, an ACS712 at 1 A.

    Pin 33: 5 V after 0.23. Pin 34: 12 mA over 100 ohms. Pin 36: a cut loop.
    """

    ATTN_11DB = 3
    _UV = {32: 1650000, 33: 1150000, 34: 1200000, 35: 1790900, 36: 0}

    def __init__(self, pin, atten):
        self._uv = self._UV[pin.number]

    def read_u16(self):
        return self._uv * 65535 // 3900000  # bent, as the real one is

    def read_uv(self):
        return self._uv


class UART:
    """A PZEM-004T at any address: 230.1 V, 1.234 A, 98.7 W, 4,711 Wh, 50.0 Hz, 0.35."""

    _ANSWER = b"\x04\x14" + struct.pack(">10H", 2301, 1234, 0, 987, 0, 4711, 0, 500, 35, 0)

    def __init__(self, number, baudrate, tx, rx, timeout):
        self._coming = b""

    def write(self, data):
        self._coming = data[:1] + self._ANSWER
        self._coming += struct.pack("<H", self._crc(self._coming))

    def any(self):
        return len(self._coming)

    def read(self):
        """At most 16 bytes have arrived when somebody looks."""
        data, self._coming = self._coming[:16], self._coming[16:]
        return data or None

    def _crc(self, data):
        value = 0xFFFF
        for byte in data:
            value ^= byte
            for _ in range(8):
                value = value >> 1 ^ (0xA001 if value & 1 else 0)
        return value


class I2C:
    """An INA219 at 0x40 that sees 1.25 A over 0.1 ohm, an ADXL345 at 0x53 that shakes at 25 Hz."""

    def __init__(self, number, scl, sda, freq):
        self._registers = {(0x53, 0): b"\xe5", (0x40, 1): struct.pack(">h", 12500)}
        self._phase = 0

    def writeto_mem(self, address, register, data):
        self._registers[address, register] = bytes(data)

    def readfrom_mem(self, address, register, count):
        if (address, register) == (0x53, 0x39):
            return b"\x14"
        if (address, register) == (0x53, 0x32):
            self._phase = (self._phase + 1) % 4
            return struct.pack("<3h", (0, 30, 0, -30)[self._phase], 0, 256)
        if address not in (0x40, 0x53):
            raise OSError(19)  # ENODEV
        return self._registers[address, register][:count]
