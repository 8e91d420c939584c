"""Readings of a time that nobody judged in, their windows out; judgements in, rows to store out.

What the gateway would have said of a device, had it looked twice a second. Pure steps:
``gateway.judging.backfill`` reads, asks and stores.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from contract.assets.words import Asset
from contract.diagnosing import STORE_MS, Window, ended, is_certain, is_hole
from contract.messages import Diagnosis, Reading
from gateway.twin.alarms import AlarmBook
from gateway.twin.life import Life
from gateway.twin.rows import layout_of

EVERY_MS: Final = 500  # as often as an unchanged class is published

Stored = tuple[Diagnosis, bool]  # a row of the journal, and whether its class is another


def windows_of(
    readings: Sequence[Reading], *, device: str, asset: Asset, after_ms: int
) -> list[Window]:
    """The windows that the device's twin showed after ``after_ms``, at most two a second.

    Args:
        readings: of one device, by (time, epoch, seq); those up to ``after_ms`` fill the first
            windows only.
        device: its name.
        asset: its type.
        after_ms: readings after this are looked at; the last of them always.
    """
    layout, life = layout_of(asset), Life(asset=asset, book=AlarmBook())
    looks = set(_looks([reading.time_ms or 0 for reading in readings], after_ms=after_ms))
    windows = []
    for at, reading in enumerate(readings):
        life.take(reading, reading.time_ms or 0, layout.row(reading.values))
        if at in looks and (window := life.window(device)) is not None:
            windows.append(window)
    return windows


def _looks(times_ms: Sequence[int], *, after_ms: int) -> Iterable[int]:
    looked_ms, last = after_ms - EVERY_MS, len(times_ms) - 1
    for at, time_ms in enumerate(times_ms):
        if time_ms > after_ms and (time_ms - looked_ms >= EVERY_MS or at == last):
            looked_ms = time_ms
            yield at


class Retelling:
    """What is stored of judgements that come in order of time, by the rules of live ones.

    ``told`` and ``judged`` are what was told last and judged last; a retelling that goes on from
    what was told before begins with it.
    """

    def __init__(self, before: Diagnosis | None) -> None:
        self.told = before and msgspec.structs.replace(before, stale=False)
        self.judged = self.told
        self._stored_ms: int | None = None
        self._untold = self.told is not None  # the end of what was judged is taken back

    def rows(self, judgements: Sequence[Diagnosis], *, standing_ms: Sequence[int]) -> list[Stored]:
        """What to store of the next judgements.

        Args:
            judgements: in order of time.
            standing_ms: when there are rows already, in order: what is said now replaces them.
        """
        rows: list[Stored] = []
        waiting = list(reversed(standing_ms))
        for judgement in judgements:
            while waiting and waiting[-1] < judgement.time_ms:
                rows += self._restated(waiting.pop())
            rows += self._step(judgement)
        for time_ms in reversed(waiting):
            rows += self._restated(time_ms)
        return rows

    def end(self) -> list[Stored]:
        """The row that says that nothing is known from here on."""
        if self.told is None or self.judged is None:
            return []
        return [(ended(self.told, time_ms=self.judged.time_ms), False)]

    def _step(self, judgement: Diagnosis) -> list[Stored]:
        rows = self._joint(judgement)
        silent = bool(rows) and rows[0][0].stale
        previous, self.judged = self.judged, judgement
        told = self.told
        if is_certain(judgement, previous=previous, told=told):
            changed = told is None or told.fault != judgement.fault
            self.told = judgement
            stored_ms = self._stored_ms
            due = stored_ms is None or judgement.time_ms - stored_ms >= STORE_MS
            if changed or silent or due:
                rows.append((judgement, changed))
                self._stored_ms = judgement.time_ms
        return rows

    def _joint(self, judgement: Diagnosis) -> list[Stored]:
        """What lies between the last judgement and this one: the same class on, or nothing."""
        if self.judged is None or self.told is None:
            return []
        begins, self._untold = self._untold, False
        if is_hole(from_ms=self.judged.time_ms, to_ms=judgement.time_ms, missed=False):
            return self.end()
        if not begins:
            return []
        self._stored_ms = self.judged.time_ms
        return [(msgspec.structs.replace(self.told, time_ms=self.judged.time_ms), False)]

    def _restated(self, time_ms: int) -> list[Stored]:
        if self.told is None or self.judged is None:
            return []
        if is_hole(from_ms=self.judged.time_ms, to_ms=time_ms, missed=False):
            return []
        self._stored_ms = time_ms
        return [(msgspec.structs.replace(self.told, time_ms=time_ms), False)]
