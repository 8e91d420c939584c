"""Chips as their data sheets describe them, behind the bus objects MicroPython offers."""

from collections import deque
from collections.abc import Callable
from typing import Any


class Adc:
    """A ``machine.ADC`` that reads a voltage, as a share of full scale."""

    def __init__(self, share: float) -> None:
        self.share = share

    def read_u16(self) -> int:
        return round(min(max(self.share, 0.0), 1.0) * 65535)


class Pin:
    """A ``machine.Pin`` whose edges a test makes."""

    IRQ_FALLING = 2

    def __init__(self) -> None:
        self.handler: Callable[[Any], None] | None = None
        self.trigger = 0

    def irq(self, *, handler: Callable[[Any], None], trigger: int) -> None:
        self.handler, self.trigger = handler, trigger

    def pulse(self, count: int) -> None:
        assert self.handler is not None
        assert self.trigger == self.IRQ_FALLING
        for _ in range(count):
            self.handler(self)


class I2c:
    """A ``machine.I2C`` with one chip on it; any other address fails as the real bus does."""

    def __init__(self, chip: "Chip", address: int) -> None:
        self._chip, self._address = chip, address
        self.connected = True

    def readfrom_mem(self, address: int, register: int, count: int) -> bytes:
        self._check(address)
        return self._chip.read(register, count)

    def writeto_mem(self, address: int, register: int, data: bytes) -> None:
        self._check(address)
        self._chip.write(register, data)

    def _check(self, address: int) -> None:
        if address != self._address or not self.connected:
            raise OSError(19, "ENODEV")


class Chip:
    """Registers, and what reading or writing them does."""

    def read(self, register: int, count: int) -> bytes:
        raise NotImplementedError

    def write(self, register: int, data: bytes) -> None:
        raise NotImplementedError


class Ina219Chip(Chip):
    """SBOS448G: 16-bit registers; the shunt register is written at each conversion."""

    def __init__(self, shunt_v: float) -> None:
        self.shunt_v = shunt_v
        self._configuration = 0x399F

    def read(self, register: int, count: int) -> bytes:
        assert count == 2
        value = self._configuration if register == 0 else round(self.shunt_v / 10e-6) & 0xFFFF
        return value.to_bytes(2, "big")

    def write(self, register: int, data: bytes) -> None:
        assert register == 0
        self._configuration = int.from_bytes(data, "big")


class Mpu6050Chip(Chip):
    """RM-MPU-6000A-00: sleeps after power-on, and fills its FIFO only when told to."""

    def __init__(self, *, identity: int = 0x68) -> None:
        self._identity = identity
        self._fifo: deque[int] = deque(maxlen=1024)
        self.lose_power()

    def lose_power(self) -> None:
        self._registers = {0x6B: 0x40, 0x75: self._identity}
        self._fifo.clear()

    def sample(self, *axes_g: float) -> None:
        """The chip's own clock ticks: one sample, if it is awake and its FIFO runs."""
        awake = not self._registers[0x6B] & 0x40
        running = self._registers.get(0x6A, 0) & 0x40 and self._registers.get(0x23) == 0x88
        if not (awake and running):
            return
        counts_a_g = 16384 >> (self._registers.get(0x1C, 0) >> 3 & 3)
        for value in axes_g:
            self._fifo.extend((round(value * counts_a_g) & 0xFFFF).to_bytes(2, "big"))
        self._fifo.extend((0xF3, 0x30))  # 26.9 degrees

    def read(self, register: int, count: int) -> bytes:
        if register == 0x72:
            return len(self._fifo).to_bytes(2, "big")
        if register == 0x74:
            return bytes(self._fifo.popleft() for _ in range(count))
        return bytes(self._registers.get(register + at, 0) for at in range(count))

    def write(self, register: int, data: bytes) -> None:
        for at, value in enumerate(data):
            self._registers[register + at] = value
        if register == 0x6A and data[0] & 0x04:
            self._fifo.clear()


class Adxl345Chip(Chip):
    """ADXL345 rev. E: stands by after power-on; reading six data bytes takes one entry."""

    def __init__(self, *, identity: int = 0xE5) -> None:
        self._identity = identity
        self._fifo: deque[bytes] = deque(maxlen=32)
        self.lose_power()

    def lose_power(self) -> None:
        self._registers = {0x00: self._identity}
        self._fifo.clear()

    def sample(self, *axes_g: float) -> None:
        streaming = self._registers.get(0x38, 0) & 0xC0 == 0x80
        if self._registers.get(0x2D, 0) & 0x08 and streaming and self._registers.get(0x31) == 0x0B:
            counts = (round(value / 0.0039) & 0xFFFF for value in axes_g)
            self._fifo.append(b"".join(count.to_bytes(2, "little") for count in counts))

    def read(self, register: int, count: int) -> bytes:
        if register == 0x39:
            return bytes((len(self._fifo),))
        if register == 0x32:
            assert count == 6, "fewer bytes tear a sample"
            return self._fifo.popleft()
        return bytes((self._registers.get(register, 0),))

    def write(self, register: int, data: bytes) -> None:
        self._registers[register] = data[0]


class OneWire:
    """A ``onewire.OneWire`` with one DS18B20; 750 ms pass before a conversion is in the pad."""

    ROM = bytes((0x28, 1, 2, 3, 4, 5, 6, 0))

    def __init__(self, ticks_ms: Callable[[], int]) -> None:
        self._ticks_ms = ticks_ms
        self.celsius = 21.0
        self.present = True
        self.shorted = False
        self.others: list[bytes] = []
        self.noise = 0
        self._pad_c = 85.0
        self._done_ms: int | None = None
        self._command = 0

    def scan(self) -> list[bytes]:
        """The master reads zeros only on a shorted wire, and takes that for 255 devices."""
        if self.shorted:
            return [bytes(8)] * 255
        return [*self.others, self.ROM] if self.present else self.others

    def reset(self) -> bool:
        return self.present or self.shorted

    def readbit(self) -> int:
        return 0 if self.shorted else 1

    def select_rom(self, rom: bytes) -> None:
        assert rom == self.ROM

    def writebyte(self, value: int) -> None:
        self._finish()
        self._command = value
        if value == 0x44:
            self._done_ms = self._ticks_ms() + 750

    def lose_power(self) -> None:
        self._pad_c, self._done_ms = 85.0, None

    def readinto(self, buffer: bytearray) -> None:
        assert self._command == 0xBE
        if self.shorted:
            buffer[:] = bytes(9)
            return
        raw = round(self._pad_c * 16) & 0xFFFF
        pad = bytes((raw & 0xFF, raw >> 8, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10))
        buffer[:] = pad + bytes((self.crc8(pad) ^ self.noise,))

    def _finish(self) -> None:
        if self._done_ms is not None and self._ticks_ms() >= self._done_ms:
            self._pad_c, self._done_ms = self.celsius, None

    @staticmethod
    def crc8(data: bytes) -> int:
        """Maxim's: x^8 + x^5 + x^4 + 1, as ``_onewire.crc8`` computes it."""
        crc = 0
        for byte in data:
            for bit in range(8):
                mix = (crc ^ byte >> bit) & 1
                crc >>= 1
                if mix:
                    crc ^= 0x8C
        return crc
