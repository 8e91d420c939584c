"""Machines that nobody uses: each an anomaly, from when its type says until it is used again.

A slow loop over when it was last used, as its twin remembers it. Of who is not heard nobody knows.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from contract.assets.words import Inactivity
from contract.errors import Unavailable
from gateway.ingest.pipeline import Pipeline
from gateway.journal.anomalies import Anomaly
from gateway.judging.keeping import keep
from gateway.judging.learner import AT_ONCE
from gateway.twin.anomaly_kinds import UNUSED
from gateway.twin.fleet import Device, Fleet

LOOK_S: Final = 30.0
_HOUR_MS: Final = 3_600_000


class Unused:
    """Follows the fleet; ``run`` never ends."""

    def __init__(
        self, *, fleet: Fleet, pipeline: Pipeline, open_: Sequence[tuple[int, Anomaly]]
    ) -> None:
        """``open_``: what the journal has as lasting, by the id of the device."""
        self._fleet = fleet
        self._pipeline = pipeline
        self._standing = {id_: one for id_, one in open_ if one.name == UNUSED}

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Tell what has begun and what is over; with a full disk at the next look."""
        told: list[tuple[Device, Anomaly]] = []
        for count, device in enumerate(list(self._fleet)):
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)
            if not device.is_gone:
                told += [(device, each) for each in _news(device, self._standing)]
        if told:
            await self._store(told)

    async def _store(self, told: Sequence[tuple[Device, Anomaly]]) -> None:
        try:
            await keep(self._pipeline, told)
        except Unavailable:
            return
        for device, anomaly in told:
            self._standing.pop(device.id, None)
            if anomaly.end_ms is None:
                self._standing[device.id] = anomaly


def _news(device: Device, standing: Mapping[int, Anomaly]) -> Iterator[Anomaly]:
    known, now = standing.get(device.id), _unused(device)
    if known is not None and (now is None or now.start_ms != known.start_ms):
        yield msgspec.structs.replace(known, end_ms=_end_ms(device, known, now))
    if now is not None and (known is None or now.start_ms != known.start_ms):
        yield now


def _unused(device: Device) -> Anomaly | None:
    said = device.asset.inactivity
    if said is None or device.stage != "in_use":
        return None
    after_h = device.twin.params.now().get(said.after, 0.0)
    start_ms = _used_ms(device, said) + round(after_h * _HOUR_MS)
    if after_h <= 0.0 or device.twin.lived_ms < start_ms:
        return None
    return Anomaly(
        method="limits",
        name=UNUSED,
        severity="Low",
        text=f"It has not been used for more than {after_h:g} h: {said.advice}",
        score=(device.twin.lived_ms - start_ms) / _HOUR_MS + after_h,
        threshold=after_h,
        start_ms=start_ms,
    )


def _used_ms(device: Device, said: Inactivity) -> int:
    """When it was last used; one that never was counts from its first reading on."""
    happened_ms = device.twin.happened_ms(said.event)
    return device.twin.first_ms if happened_ms is None else happened_ms


def _end_ms(device: Device, known: Anomaly, now: Anomaly | None) -> int:
    """When it was used again; else when its stage, or another time that it may stand, ended it."""
    said = device.asset.inactivity
    used_ms = None if said is None else device.twin.happened_ms(said.event)
    before_ms = known.start_ms - round((known.threshold or 0.0) * _HOUR_MS)
    if used_ms is not None and used_ms > before_ms:
        return max(known.start_ms, used_ms)
    return max(known.start_ms, device.twin.lived_ms if now is None else now.start_ms)
