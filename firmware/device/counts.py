"""What counters have counted, in flash: seldom written, never ahead of the pulses.

A count that changed is written at once, but not within a minute of the write before. So a cut of
power or a reset by the watchdog costs at most what a minute brought; at an orderly restart nothing
is lost. What was kept is a count that was true: a counter may begin lower than it ended, which
everybody takes for a reset, and invents no pulse.

Wear: at worst 60 writes an hour for all counters of the board together, 526,000 a year. A write
costs about two erasures of a 4 KB sector, which littlefs spreads over what is free, some 300
sectors of a board with 4 MB: 3,500 a sector and year. NOR flash is specified for 100,000 (Winbond
W25Q32JV data sheet, p. 4): 28 years.
"""

import os

from firmware.device import slots

_PAUSE_MS = 60000


class Counts:
    """``path`` is the file; ``ticks_ms`` counts milliseconds and only grows; ``say`` is a console.

    One that the flash does not take goes on in memory, and is tried again every minute.
    """

    def __init__(self, path: str, *, ticks_ms, say) -> None:
        self._path = path
        self._ticks_ms = ticks_ms
        self._say = say
        kept = slots.kept(path, _is_right)
        if kept is None and _exists(path):
            say("counters: what was kept of them is damaged; they begin at 0")
        self._counts: dict[str, int] = kept or {}
        self._written_ms: int | None = None
        self._changed = False
        self._failing = False

    def of(self, name: str) -> int:
        """What was kept of the counter ``name``; 0 of a new one."""
        return self._counts.get(name, 0)

    def note(self, name: str, count: int) -> None:
        if count != self.of(name):
            self._counts[name] = count
            self._changed = True

    def tend(self) -> None:
        """Write what has changed, when it is time."""
        written_ms = self._written_ms
        if self._changed and (written_ms is None or self._ticks_ms() - written_ms >= _PAUSE_MS):
            self.keep()

    def keep(self) -> None:
        """Write what has changed, now: the board is about to restart."""
        if not self._changed:
            return
        self._written_ms = self._ticks_ms()
        try:
            slots.keep(self._path, self._counts)
        except OSError as error:
            if not self._failing:
                self._say("counters are not kept: %s" % error)
            self._failing = True
        else:
            self._changed = self._failing = False


def _is_right(counts) -> bool:
    return isinstance(counts, dict) and all(
        type(count) is int and count >= 0 for count in counts.values()
    )


def _exists(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True
