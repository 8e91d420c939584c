"""PZEM-004T v3: voltage, current, power, energy, frequency and power factor of a mains line.

User manual of the PZEM-004T V3.0 (Peacefair), 2.4: ten input registers from 0, of the 32-bit ones
the low half first. Its energy counter goes on from where it was after a loss of power, is put back
to 0 by a button or command of others, and goes round after 9,999,999 Wh (1.6): all of them a
reader of counters understands, so it is passed on as it is.
"""

from firmware.device.sensors.modbus import Asker

BAUD = 9600
_READ_INPUT = 0x04
_REGISTERS = 10
_MOST_POWER_FACTOR = 100
_FRESH_MS = 3000  # an answer to a question of longer ago is of another time

# Quantity -> low register, how many registers, how many of the digits are decimals.
QUANTITIES = {
    "voltage": (0, 1, 1),
    "current": (1, 2, 3),
    "power": (3, 2, 1),
    "energy": (5, 2, 0),  # in Wh
    "energy_kwh": (5, 2, 3),
    "frequency": (7, 1, 1),
    "power_factor": (8, 1, 2),
}
_POWER_FACTOR = QUANTITIES["power_factor"][:2]


class Pzem004t(Asker):
    """``master`` is the ``modbus.Master`` of its line; ``channels`` names a quantity for each.

    Address 0xF8 is answered by any meter, if it is the only one on the line.
    """

    def __init__(self, *, master, ticks_ms, channels: dict[str, str], address: int = 0xF8) -> None:
        for quantity in channels.values():
            if quantity not in QUANTITIES:
                raise ValueError("a PZEM-004T does not measure " + quantity)
        self.channels = tuple(channels)
        self._quantities = channels
        self._master = master
        self._ticks_ms = ticks_ms
        self._question = bytes((address, _READ_INPUT, 0, 0, 0, _REGISTERS))
        self._values: dict[str, tuple[int, int]] = {}
        self._asked_ms = 0
        self._failure = "the first answer has not come"

    def read(self) -> dict[str, tuple[int, int]]:
        """The last answer, at most one reading old; the next question goes out.

        A value is in units of its last decimal, with how many decimals there are: exact.
        """
        self._master.tend()
        self._master.ask(self, self._question)
        if not self._failure and self._ticks_ms() - self._asked_ms > _FRESH_MS:
            self._failure = "no fresh answer"
        if self._failure:
            raise OSError("PZEM-004T: " + self._failure)
        return self._values

    def prepare(self) -> None:
        """Ask for a reading that follows within a second."""
        self._master.ask(self, self._question)

    # ------------------------------------------------------------- the master's

    def answered(self, data: bytes, asked_ms: int) -> None:
        if len(data) != 2 * _REGISTERS or _number(data, *_POWER_FACTOR) > _MOST_POWER_FACTOR:
            self._failure = "what answers at this address is none"
            return
        self._failure = ""
        self._asked_ms = asked_ms
        self._values = {name: _value(data, what) for name, what in self._quantities.items()}

    def failed(self, reason: str) -> None:
        self._failure = reason


def _value(data: bytes, quantity: str) -> tuple[int, int]:
    register, count, decimals = QUANTITIES[quantity]
    return _number(data, register, count), decimals


def _number(data: bytes, register: int, count: int) -> int:
    value = 0
    for at in range(register + count - 1, register - 1, -1):
        value = value << 16 | data[2 * at] << 8 | data[2 * at + 1]
    return value
