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
    IN, OUT, PULL_UP, IRQ_FALLING = 1, 3, 2, 2
    _tasks = []

    def __init__(self, number, mode=-1, pull=-1):
        self.number = number

    def value(self, level):
        """The lamp."""

    def irq(self, handler, trigger):
        """40 pulses a second, which are 1,200 rpm at two a turn."""
        self._tasks.append(asyncio.create_task(self._pulse(handler)))

    async def _pulse(self, handler):
        while True:
            await asyncio.sleep_ms(25)
            handler(self)


class ADC:
    """Pin 32: half of 3.3 V, an NTC at 25 degrees. Pin 35: 2.685 V after 2/3, an ACS712 at 1 A."""

    ATTN_11DB = 3
    _UV = {32: 1650000, 35: 1790900}

    def __init__(self, pin, atten):
        self._uv = self._UV[pin.number]

    def read_u16(self):
        return self._uv * 65535 // 3900000  # bent, as the real one is

    def read_uv(self):
        return self._uv


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
