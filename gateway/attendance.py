"""Devices that have gone and not come back: an alarm once they have been away for a while.

A board that restarts, or whose Wi-Fi blinks, is back within seconds and worth nobody's walk.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from gateway.fleet import Device, Fleet
from gateway.pipeline import Pipeline

OFFLINE_AFTER_MS: Final = 10_000
LOOK_S: Final = 1.0


class Attendance:
    """Looks once a second who is missing."""

    def __init__(self, *, fleet: Fleet, pipeline: Pipeline, now_ms: Callable[[], int]) -> None:
        self._fleet = fleet
        self._pipeline = pipeline
        self._now_ms = now_ms

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Raise the alarm of whoever has been away for long enough."""
        now_ms = self._now_ms()
        missing = [device for device in self._fleet if _is_missing(device, now_ms)]
        for device in missing:
            device.away_since_ms = None  # told once
            device.twin.on_absence(now_ms=now_ms)
        if missing:
            await self._pipeline.settle(missing)


def _is_missing(device: Device, now_ms: int) -> bool:
    since_ms = device.away_since_ms
    return since_ms is not None and now_ms - since_ms >= OFFLINE_AFTER_MS
