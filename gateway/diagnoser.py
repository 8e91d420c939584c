"""Windows from the twins to the inference service, diagnoses back: published, alarmed, stored.

Runs beside the pipeline and never holds it up. One request is under way at a time; what arrives
meanwhile is judged by the next, newest window of each device only, so a slow service makes
diagnoses rarer and never late.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Iterable
from typing import Final

from gateway.assets.base import Asset
from gateway.classifier import Classifier
from gateway.detect import Window, diagnosis_of, is_certain, stale_diagnosis
from gateway.errors import Unavailable
from gateway.fleet import Device
from gateway.journal import Journal
from gateway.messages import Diagnosis, GatewayMetrics
from gateway.pipeline import Pipeline
from gateway.publisher import Publisher

MAX_WINDOWS: Final = 256
REPEAT_S: Final = 0.5  # an unchanged class is published at most twice a second
STORE_S: Final = 60.0  # and stored once a minute
BUSY_PAUSE_S: Final = 0.2  # between judgements while a backlog is drained: it comes first


class Diagnoser:
    """Judges every device that has something new to judge."""

    def __init__(
        self,
        *,
        classifier: Classifier,
        pipeline: Pipeline,
        publisher: Publisher,
        metrics: GatewayMetrics,
        now_ms: Callable[[], int],
    ) -> None:
        self._classifier = classifier
        self._pipeline = pipeline
        self._publisher = publisher
        self._metrics = metrics
        self._now_ms = now_ms
        self._waiting: dict[int, Device] = {}
        self._something = asyncio.Event()
        self._stored_s: dict[int, float] = {}  # monotonic
        self._published_s: dict[int, float] = {}
        self._held_back: dict[int, Device] = {}  # judged again too soon to be published again

    def note(self, devices: Iterable[Device]) -> None:
        """These have new readings."""
        for device in devices:
            self._waiting[device.id] = device
        if self._waiting:
            self._something.set()

    async def run(self) -> None:
        while True:
            await self._wait()
            await self._catch_up()
            if not self._something.is_set():
                continue
            if self._pipeline.saturated:
                await asyncio.sleep(BUSY_PAUSE_S)
            devices = self._take()
            for asset in {device.asset.name: device.asset for device in devices}.values():
                await self._judge(asset, [d for d in devices if d.asset is asset])

    async def _wait(self) -> None:
        """Until there is something to judge, or something held back to publish."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REPEAT_S if self._held_back else None):
                await self._something.wait()

    async def _catch_up(self) -> None:
        """Publish what was held back and not overtaken: a burst ends with its last word."""
        due = [d for d in self._held_back.values() if self._is_due(self._published_s, d, REPEAT_S)]
        for device in due:
            del self._held_back[device.id]
        await self._publisher.post_diagnoses([d.diagnosis for d in due if d.diagnosis])

    def _take(self) -> list[Device]:
        devices = [self._waiting.pop(id_) for id_ in list(self._waiting)[:MAX_WINDOWS]]
        if not self._waiting:
            self._something.clear()
        return devices

    async def _judge(self, asset: Asset, devices: list[Device]) -> None:
        judged = [(d, window) for d in devices if (window := d.twin.window()) is not None]
        if not judged:  # a birth or a status came, and no reading yet
            return
        started = time.perf_counter()
        try:
            predictions = await self._classifier.predict(asset, [window for _, window in judged])
        except Unavailable:
            await self._go_stale(judged)
            return
        self._metrics.diagnoses += len(judged)
        self._metrics.diagnosis_seconds += time.perf_counter() - started
        now_ms = self._now_ms()
        await self._tell(
            [
                (device, diagnosis_of(window, prediction, judged_ms=now_ms))
                for (device, window), prediction in zip(judged, predictions, strict=True)
            ]
        )

    async def _tell(self, news: list[tuple[Device, Diagnosis]]) -> None:
        published, stored, eventful = [], [], []
        for device, diagnosis in news:
            previous, device.judged = device.judged, diagnosis
            if not is_certain(diagnosis, previous=previous, told=device.diagnosis):
                continue
            changed = device.diagnosis is None or device.diagnosis.fault != diagnosis.fault
            stale_before = device.diagnosis is not None and device.diagnosis.stale
            device.diagnosis = diagnosis
            device.twin.on_diagnosis(diagnosis)
            if device.twin.has_news:
                eventful.append(device)
            if self._is_due(self._published_s, device, REPEAT_S) or changed or stale_before:
                published.append(diagnosis)
                self._held_back.pop(device.id, None)
            else:
                self._held_back[device.id] = device
            if self._is_due(self._stored_s, device, STORE_S) or changed:
                stored.append((device, diagnosis, changed))
        await self._publisher.post_diagnoses(published)
        if eventful:
            await self._pipeline.settle(eventful)
        if stored:
            await self._store(stored)

    def _is_due(self, times: dict[int, float], device: Device, interval_s: float) -> bool:
        """Whether the last time is long ago, by a clock that nobody sets."""
        now_s = time.monotonic()
        if now_s - times.get(device.id, -math.inf) < interval_s:
            return False
        times[device.id] = now_s
        return True

    async def _store(self, stored: list[tuple[Device, Diagnosis, bool]]) -> None:
        def add(journal: Journal) -> None:
            for device, diagnosis, changed in stored:
                journal.add_diagnosis(device_id=device.id, diagnosis=diagnosis, changed=changed)

        try:
            await self._pipeline.write(add)
        except Unavailable:  # the disk is full, which /health says; the next change is stored
            for device, _, _ in stored:
                self._stored_s.pop(device.id, None)

    async def _go_stale(self, unjudged: list[tuple[Device, Window]]) -> None:
        """The service is away: say that what stands on the dashboard is old, then wait for it."""
        stale = []
        for device, window in unjudged:
            last = device.diagnosis
            marked = last and stale_diagnosis(last, newest_ms=window.newest_ms)
            if marked:
                device.diagnosis = marked
                stale.append(marked)
        await self._publisher.post_diagnoses(stale)
        await asyncio.sleep(max(self._classifier.pause_s, REPEAT_S))
        self.note(device for device, _ in unjudged)
