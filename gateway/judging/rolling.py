"""Every machine's readings beside those just before them, and what is unlike them kept.

A slow loop over what the twins remember of the last readings: taking readings in costs nothing.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from contract.assets import GENERIC
from contract.assets.words import Asset, Channel, Rolling
from contract.errors import Unavailable
from contract.messages import Reason
from gateway.ingest.pipeline import Pipeline
from gateway.journal.anomalies import Anomaly
from gateway.judging.findings import sharing
from gateway.judging.keeping import keep
from gateway.twin.fleet import Device, Fleet
from gateway.twin.rolling_watch import RollingWatch, Stretch

LOOK_S: Final = 2.0
TOGETHER: Final = 5  # machines, some 60 us each, for which a reading may have to wait
PAUSE_S: Final = 0.002  # between these
STOPPING_MS: Final = 10_000  # by then one that was switched off stands still
PREFIX: Final = "rolling_"
_GROWN: Final = 1.25  # so many times as far out as was told: it is told again


@dataclass
class _Watched:
    """One machine: by which words it is watched, and what was told of it and lasts."""

    asset: Asset
    threshold: float
    watch: RollingWatch
    told: dict[str, Anomaly] = field(default_factory=dict)  # by channel
    is_warm: bool = False  # it has seen what was before it
    is_still: bool = False  # nothing was taken of it at the last look


class RollingLooks:
    """Follows the fleet; ``run`` never ends."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        pipeline: Pipeline,
        open_: Sequence[tuple[int, Anomaly]],
        threshold_of: Callable[[str], float],
    ) -> None:
        """``open_``: what the journal has as lasting, by the id of the device.

        ``threshold_of`` the name of a device what somebody set; 0: as its type says.
        """
        self._fleet = fleet
        self._pipeline = pipeline
        self._threshold_of = threshold_of
        self._known: dict[int, _Watched] = {}
        self._left = list(open_)
        self._unstored: list[tuple[Device, Anomaly]] = []

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if not self._pipeline.saturated:
                await self.look()

    async def look(self) -> None:
        """Take what is new of each machine; readings pass between a few of them."""
        devices = list(self._fleet)
        if len(self._known) > 2 * len(devices):  # machines that were removed
            ids = {device.id for device in devices}
            self._known = {id_: one for id_, one in self._known.items() if id_ in ids}
        if self._left:
            self._end_what_was_left(devices)
        for count, device in enumerate(devices):
            if count % TOGETHER == 0:
                await asyncio.sleep(PAUSE_S)
            if not device.is_gone:
                self._unstored += [(device, each) for each in self._news(device)]
        if self._unstored:
            await self._store()

    def _end_what_was_left(self, devices: Sequence[Device]) -> None:
        """What lasted at the last stop is over with it: nobody knows what was usual then."""
        by_id = {device.id: device for device in devices}
        for id_, anomaly in self._left:
            if (device := by_id.get(id_)) is not None:
                self._unstored.append((device, _ended(anomaly, device.twin.lived_ms)))
        self._left = []

    async def _store(self) -> None:
        told = list(self._unstored)
        try:
            await keep(self._pipeline, told)
        except Unavailable:  # the disk is full, which /health says: they are kept until it is not
            return
        del self._unstored[: len(told)]

    # ------------------------------------------------------------------ one machine

    def _news(self, device: Device) -> Iterator[Anomaly]:
        known = self._watched(device)
        if not known.watch.names:
            return
        for stretch in self._over(device, known):
            told = known.told.pop(stretch.channel, None)
            if told is not None or not _is_stopping(known, stretch):
                yield _ended(_anomaly(device, known.watch, stretch, told), _end_ms(stretch))
        for stretch in known.watch.standing:
            told = known.told.get(stretch.channel)
            if _is_news(device, stretch, told):
                known.told[stretch.channel] = _anomaly(device, known.watch, stretch, told)
                yield known.told[stretch.channel]

    def _over(self, device: Device, known: _Watched) -> list[Stretch]:
        """Take what is new; the stretches that are over with it."""
        twin, watch = device.twin, known.watch
        was_still, known.is_still = known.is_still, device.stage != "in_use" or twin.is_stopped()
        if known.is_still:
            return watch.rest()
        if twin.lived_ms <= watch.newest_ms:
            return []
        if was_still:  # what came with its first readings may be of when it stood
            watch.newest_ms = twin.lived_ms
            return []
        times_ms, columns = twin.course_of(watch.names, after_ms=watch.newest_ms)
        over = watch.step(times_ms, columns, gap_ms=twin.gap_ms)
        if known.is_warm:
            return over
        known.is_warm = True
        watch.drop()
        return []

    def _watched(self, device: Device) -> _Watched:
        known, threshold = self._known.get(device.id), self._threshold_of(device.name)
        if known is not None and known.asset is device.asset and known.threshold == threshold:
            return known
        if known is not None:  # by other words: what lasted is followed no more
            end_ms = device.twin.lived_ms
            self._unstored += [(device, _ended(each, end_ms)) for each in known.told.values()]
        watch = RollingWatch(watched_by(device.asset, threshold))
        self._known[device.id] = known = _Watched(device.asset, threshold, watch)
        return known


def watched_by(asset: Asset, threshold: float) -> list[tuple[Channel, Rolling]]:
    """The channels that its type says; of no type all of them, once somebody sets a threshold."""
    usual = Rolling() if asset.name == GENERIC and threshold else None
    said = [(channel, channel.rolling or usual) for channel in asset.channels]
    return [
        (channel, replace(words, threshold=threshold or words.threshold))
        for channel, words in said
        if words is not None
    ]


def _is_stopping(known: _Watched, stretch: Stretch) -> bool:
    """Whether it stands still by now, and that is what was seen."""
    return known.is_still and known.watch.newest_ms - stretch.start_ms < STOPPING_MS


def _is_news(device: Device, stretch: Stretch, told: Anomaly | None) -> bool:
    if told is not None:
        return abs(stretch.score) > _GROWN * (told.score or 0.0)
    since_ms = device.twin.lived_ms - stretch.start_ms
    return since_ms >= STOPPING_MS or not device.asset.stopped


def _end_ms(stretch: Stretch) -> int:
    return stretch.beyond_ms if stretch.calm_ms is None else stretch.calm_ms


def _ended(anomaly: Anomaly, end_ms: int) -> Anomaly:
    return msgspec.structs.replace(anomaly, end_ms=max(anomaly.start_ms, end_ms))


def _anomaly(
    device: Device, watch: RollingWatch, stretch: Stretch, told: Anomaly | None
) -> Anomaly:
    channel, said = watch.words_of(stretch.channel)
    value = f"{stretch.worst:.{channel.decimals}f} {channel.unit}"
    low, high = (f"{edge:.{channel.decimals}f}" for edge in stretch.usual)
    times, side = abs(stretch.score), "above" if stretch.score > 0 else "below"
    before = f"the {said.window} readings before"
    return Anomaly(
        method="rolling",
        name=f"{PREFIX}{channel.name}",
        channel=channel.name,
        severity="Low",
        text=f"{channel.title} is {value}, {times:.1f} times its usual spread {side} {before}.",
        score=times,
        threshold=said.threshold,
        start_ms=stretch.start_ms,
        alarm=sharing(device, channel.name) or (None if told is None else told.alarm),
        evidence=[
            Reason(channel.name, 1.0, f"{channel.title} is {value}; in {before} {low} to {high}")
        ],
    )
