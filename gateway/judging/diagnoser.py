"""Windows from the twins to the inference service, diagnoses back: published, alarmed, stored.

Runs beside the pipeline and never holds it up. One request is under way at a time; what arrives
meanwhile is judged by the next, newest window of each device only, so a slow service makes
diagnoses rarer and never late. What lies between two windows that are too far apart is noted for
``gateway.judging.backfill``, and the journal is told where being judged ended.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from contract.assets.words import Asset
from contract.diagnosing import (
    JUMP_MS,
    STORE_MS,
    Window,
    diagnosis_of,
    ended,
    is_certain,
    is_hole,
    is_stale,
    stale_diagnosis,
)
from contract.errors import NotServed, Unavailable
from contract.messages import Diagnosis
from contract.window import NOT_JUDGED, Unjudged, not_judged
from gateway.ingest.pipeline import Pipeline
from gateway.journal import Journal
from gateway.judging.backfill import Span
from gateway.judging.classifier import Classifier
from gateway.metrics import GatewayMetrics
from gateway.mqtt.publisher import Publisher
from gateway.twin.fleet import Device

MAX_WINDOWS: Final = 256
REPEAT_S: Final = 0.5  # an unchanged class is published at most twice a second
BUSY_PAUSE_S: Final = 0.2  # between judgements while a backlog is drained: it comes first


@dataclass(frozen=True)
class _Look:
    """A device as it is being judged."""

    device: Device
    window: Window
    stored: int  # how many readings the device had sent


@dataclass
class _Unserved:
    """An asset type that is not judged at present: why, and whom to judge when it is."""

    detail: str
    devices: dict[int, Device] = field(default_factory=dict)


class Diagnoser:
    """Judges every device that has something new to judge."""

    def __init__(
        self,
        *,
        classifier: Classifier,
        pipeline: Pipeline,
        publisher: Publisher,
        metrics: GatewayMetrics,
        missed: Callable[[Span], None],
        now_ms: Callable[[], int],
    ) -> None:
        """``missed`` is told of readings that no window showed."""
        self._classifier = classifier
        self._pipeline = pipeline
        self._publisher = publisher
        self._metrics = metrics
        self._missed = missed
        self._now_ms = now_ms
        self._waiting: dict[int, Device] = {}
        self._something = asyncio.Event()
        self._stored_ms: dict[int, int] = {}  # of event time, as rows are read
        self._published_s: dict[int, float] = {}  # monotonic
        self._unserved: dict[str, _Unserved] = {}  # by asset type
        self._looked: dict[int, int] = {}  # how many readings a device had sent when last judged

    def note(self, devices: Iterable[Device]) -> None:
        """These have new readings."""
        for device in devices:
            self._waiting[device.id] = device
        if self._waiting:
            self._something.set()

    async def run(self) -> None:
        while True:
            await self._something.wait()
            if self._pipeline.saturated:
                await asyncio.sleep(BUSY_PAUSE_S)
            devices = self._take()
            for asset in {id(device.asset): device.asset for device in devices}.values():
                await self._judge(asset, [d for d in devices if d.asset is asset])

    def _take(self) -> list[Device]:
        devices = [self._waiting.pop(id_) for id_ in list(self._waiting)[:MAX_WINDOWS]]
        if not self._waiting:
            self._something.clear()
        return devices

    async def _judge(self, asset: Asset, devices: list[Device]) -> None:
        if asset.name in self._unserved:
            self._leave(asset, devices)
            return
        looks, unseen = _looks(devices)
        if unseen:
            await self._tell_not_judged(unseen)
        if not looks:
            return
        started = time.perf_counter()
        try:
            predictions = await self._classifier.predict(asset, [look.window for look in looks])
        except NotServed as error:
            await self._set_aside(asset, looks, error)
            return
        except Unavailable:
            await self._go_stale(looks)
            return
        self._metrics.diagnoses += len(looks)
        self._metrics.diagnosis_seconds += time.perf_counter() - started
        now_ms, answers = self._now_ms(), zip(looks, predictions, strict=True)
        found = [(look, diagnosis_of(look.window, one, judged_ms=now_ms)) for look, one in answers]
        await self._tell(found)

    async def _tell_not_judged(self, devices: list[Device]) -> None:
        """Say once of each device that cannot be judged why, and end what was told of it."""
        mute = [(device, why) for device in devices if (why := _mute(device)) is not None]
        if not mute:
            return
        ends = [
            (device, _end_of(device, told), False)
            for device, _ in mute
            if (told := device.diagnosis) and told.fault != NOT_JUDGED
        ]
        await self._publisher.post_diagnoses([self._end(*one) for one in mute])
        await self._pipeline.settle([device for device, _ in mute])
        await self._store(ends)

    def _end(self, device: Device, unjudged: Unjudged) -> Diagnosis:
        self._set_reason(device, unjudged.why)
        nothing = Window(device.name, [device.twin.lived_ms], [()])
        found = diagnosis_of(nothing, not_judged(unjudged), judged_ms=self._now_ms())
        device.diagnosis, device.judged = found, None
        device.twin.on_not_judged()
        return found

    async def _tell(self, news: list[tuple[_Look, Diagnosis]]) -> None:
        published, stored, eventful = [], [], []
        for look, diagnosis in news:
            device = look.device
            self._set_reason(device, None)
            self._note_late(look)
            if end := self._end_before(look):
                stored.append((device, end, False))
            previous, device.judged = device.judged, diagnosis
            if not is_certain(diagnosis, previous=previous, told=device.diagnosis):
                continue
            changed = device.diagnosis is None or device.diagnosis.fault != diagnosis.fault
            stale_before = device.diagnosis is not None and device.diagnosis.stale
            device.diagnosis = diagnosis
            device.twin.on_diagnosis(diagnosis)
            if device.twin.has_news:
                eventful.append(device)
            if self._is_due(device) or changed or stale_before:
                published.append(diagnosis)
            due = diagnosis.time_ms - self._stored_ms.get(device.id, 0) >= STORE_MS
            if due or changed or stale_before or end:
                self._stored_ms[device.id] = diagnosis.time_ms
                stored.append((device, diagnosis, changed))
        await self._publisher.post_diagnoses(published)
        if eventful:
            await self._pipeline.settle(eventful)
        if stored:
            await self._store(stored)

    def _is_due(self, device: Device) -> bool:
        """Whether it was published long ago, by a clock that nobody sets."""
        now_s = time.monotonic()
        if now_s - self._published_s.get(device.id, -math.inf) < REPEAT_S:
            return False
        self._published_s[device.id] = now_s
        return True

    # ------------------------------------------------------------------ what nobody judged

    def _end_before(self, look: _Look) -> Diagnosis | None:
        """Where being judged ended, when the window of ``look`` lies too far from it."""
        device, newest_ms = look.device, look.window.newest_ms
        known = self._looked.get(device.id)
        self._looked[device.id] = look.stored
        told = device.diagnosis
        if told is None or told.fault == NOT_JUDGED:
            if told is None and look.stored > len(look.window.rows):  # it came with a past
                self._missed(Span(device=device, from_ms=0, until_ms=newest_ms))
            return None
        end = _end_of(device, told)
        missed = known is None or look.stored - known > 1
        if not is_hole(from_ms=end.time_ms, to_ms=newest_ms, missed=missed):
            return None
        if missed:
            self._missed(Span(device=device, from_ms=end.time_ms, until_ms=newest_ms, before=end))
        return end

    def _note_late(self, look: _Look) -> None:
        """Readings older than any window now: the past must be judged again."""
        device, late_ms = look.device, look.device.late_ms
        device.late_ms = None
        if late_ms is not None and look.window.newest_ms - late_ms[0] > JUMP_MS:
            self._missed(
                Span(
                    device=device,
                    from_ms=late_ms[0] - 1,
                    until_ms=min(late_ms[1] + 1, look.window.newest_ms),
                    joins=False,
                )
            )

    async def _store(self, stored: list[tuple[Device, Diagnosis, bool]]) -> None:
        def add(journal: Journal) -> None:
            for device, diagnosis, changed in stored:
                if device.is_gone:
                    continue
                journal.add_diagnosis(device_id=device.id, diagnosis=diagnosis, changed=changed)

        try:
            await self._pipeline.write(add, lazily=True)
        except Unavailable:  # the disk is full, which /health says; the next change is stored
            for device, _, _ in stored:
                self._stored_ms.pop(device.id, None)

    async def _set_aside(self, asset: Asset, looks: list[_Look], error: NotServed) -> None:
        """This type is not judged: its devices say why, and are asked about again much later."""
        self._unserved[asset.name] = _Unserved(str(error))
        self._leave(asset, [look.device for look in looks])
        asyncio.get_running_loop().call_later(error.retry_s, self._ask_again, asset.name)
        await self._mark_stale(looks)

    def _leave(self, asset: Asset, devices: list[Device]) -> None:
        unserved = self._unserved[asset.name]
        for device in devices:
            unserved.devices[device.id] = device
            self._set_reason(device, unserved.detail)

    def _ask_again(self, name: str) -> None:
        self.note(self._unserved.pop(name).devices.values())

    def _set_reason(self, device: Device, reason: str | None) -> None:
        """Say why ``device`` is not judged, or that it is."""
        if device.not_judged != reason:
            device.not_judged = reason
            self._publisher.note_changed([device])

    async def _go_stale(self, looks: list[_Look]) -> None:
        """The service is away: say that what stands on the dashboard is old, then wait for it."""
        await self._mark_stale(looks)
        await asyncio.sleep(max(self._classifier.pause_s, REPEAT_S))
        self.note(look.device for look in looks)

    async def _mark_stale(self, looks: list[_Look]) -> None:
        stale, ends = [], []
        for look in looks:
            device, last = look.device, look.device.diagnosis
            if last is not None and last.fault == NOT_JUDGED:
                continue
            marked = last and stale_diagnosis(last, newest_ms=look.window.newest_ms)
            if last and marked:
                ends.append((device, _end_of(device, last), False))
                device.diagnosis = marked
                stale.append(marked)
        await self._publisher.post_diagnoses(stale)
        if ends:
            await self._store(ends)


def _looks(devices: list[Device]) -> tuple[list[_Look], list[Device]]:
    """The devices as they are now, and those that show no window to judge."""
    looks, unseen = [], []
    for device in devices:
        window = device.twin.remembered()
        if window is None:  # or a birth or a status came, and no reading yet
            unseen.append(device)
        else:
            looks.append(_Look(device, window, device.counts.stored))
    return looks, unseen


def _end_of(device: Device, told: Diagnosis) -> Diagnosis:
    """The last judgement there was, as the row that ends what was ``told``."""
    judged_ms = told.time_ms if device.judged is None else device.judged.time_ms
    return ended(told, time_ms=judged_ms)


def _mute(device: Device) -> Unjudged | None:
    """Why ``device`` cannot be judged, where that is news; one bad reading ends nothing."""
    unjudged, last = device.twin.not_judged(), device.judged or device.diagnosis
    if unjudged is None or unjudged.why == device.not_judged:
        return None
    if last is None or last.fault == NOT_JUDGED:
        return unjudged
    newest_ms = device.twin.lived_ms
    return unjudged if is_stale(judged_time_ms=last.time_ms, newest_ms=newest_ms) else None
