"""The stand-in for a machine: what a recording has, and when each of it is due.

It outlives a restart of its board, and goes on where that was.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contract import rate
from firmware.emulator.replay.recording import Item, Mistakes
from firmware.emulator.replay.table import Field

_NOMINAL_HZ: Final = 1.0  # where no type says otherwise


class Model:
    """What ``firmware.models`` has a module for, of a recording."""

    FAULTS: Final = ()

    def __init__(
        self, title: str, fields: Sequence[Field], *, decimals: dict[str, int], nominal_hz: float
    ) -> None:
        self.MODEL = title[:64]
        self.RATE_HZ = nominal_hz or _NOMINAL_HZ
        self.DECIMALS = decimals
        self.EVENTS: tuple[str, ...] = ()
        self.CHANNELS = tuple((f.channel, f.unit) for f in fields if f.holds == "measurement")
        self.COUNTERS = tuple((f.channel, f.unit) for f in fields if f.holds == "counter")
        self.STATES = tuple(f.channel for f in fields if f.holds == "state")
        self.LABELS = tuple(f.channel for f in fields if f.holds == "label")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How a recording's time becomes that of sending.

    Attributes:
        first_ms: the first of it, as it was recorded.
        shift_ms: so much later it is told to have been.
        speed: so many times as fast as it was recorded it goes out.
    """

    first_ms: int
    shift_ms: int
    speed: float

    def due_ms(self, item: Item) -> float:
        """After how long it goes out."""
        return max(0, item.time_ms - self.first_ms) / self.speed

    def told_ms(self, item: Item) -> int:
        """When it is told to have been."""
        return item.time_ms + self.shift_ms


class Player:
    """Gives out what is next, and notes what could not be sent.

    ``files`` are the names of what it is read from; ``ranges`` what can be of channels: beyond it
    the gateway sets a value aside.
    """

    def __init__(
        self,
        items: Iterator[Item],
        *,
        pace: Pace,
        files: Sequence[str],
        mistakes: Mistakes,
        ranges: Mapping[str, tuple[float, float]],
    ) -> None:
        self._items = items
        self.pace = pace
        self._files = files
        self._mistakes = mistakes
        self._ranges = ranges
        self._next: Item | None = None
        self._places: dict[str, array[int]] = {}  # of each epoch: of each seq, from 1 on
        self.readings = self.events = 0  # in the spool, in all
        self.beyond = Mistakes()
        self.elapsed_ms = 0.0  # since it began, in all lives of its board

    def peek(self) -> Item | None:
        """What goes out next; None: nothing is left."""
        if self._next is None:
            self._next = next(self._items, None)
        return self._next

    def took(self, item: Item, epoch: str) -> None:
        """It is in the spool: what is next is another."""
        self._next = None
        place = item.line * len(self._files) + item.file
        self._places.setdefault(epoch, array("q")).append(place)
        self.events += bool(item.event)
        self.readings += not item.event
        for name, (low, high) in () if item.event else self._ranges.items():
            value = item.values.get(name)
            if isinstance(value, tuple) and not low <= (shown := value[0] / 10 ** value[1]) <= high:
                where = f"{self._named(item.file, item.line)}, {name}"
                self.beyond.note(where, f"{shown:g} is not within {low:g} to {high:g}")

    def place(self, epoch: str, seq: int) -> str | None:
        """Where an item that was sent is in the files; None: it is none of them."""
        known = self._places.get(epoch, ())
        if not 0 < seq <= len(known):
            return None
        line, file = divmod(known[seq - 1], len(self._files))
        return self._named(file, line)

    def _named(self, file: int, line: int) -> str:
        return f"{self._files[file]}, line {line}"

    def lacks(self, item: Item, why: str) -> None:
        """It goes without a channel that cannot be sent."""
        self._mistakes.note(self._named(item.file, item.line), why)

    def skip(self, item: Item, why: str) -> None:
        """It cannot be sent."""
        self._next = None
        self.lacks(item, why)

    def set_point(self, value: float) -> None:
        raise ValueError(f"a recording has no set point, got {value!r}")


def rate_of(step_ms: float | None) -> float:
    """Readings a second, as a board may have them."""
    if step_ms is None:
        return _NOMINAL_HZ
    return min(max(1_000.0 / step_ms, rate.LOWEST_HZ), rate.HIGHEST_HZ)
