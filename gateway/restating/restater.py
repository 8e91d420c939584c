"""Orders in, minutes computed anew out: by the way of late readings, beside all else.

An order is done minute by minute through ``ingest.lateness``: of the rows that journal and archive
have, at the formulas and parameters of now. A minute that has lost some of its readings stays as it
is, and so does one with a file near it that cannot be read, which is told. Begun anew after
whatever end, an order finds what is done the same, and changes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NamedTuple

from contract.errors import Unavailable
from gateway.ingest.pipeline import Pipeline
from gateway.journal import JournalReader
from gateway.journal.formers import Why, changed_since, still_waiting
from gateway.restating import orders
from gateway.restating.orders import Order, Progress
from gateway.twin.fleet import Device, Fleet

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
POLL_S: Final = 0.2
AT_ONCE: Final = 500  # minutes that are let wait at a time: others have their turn in between
FEW: Final = 64


class _Part(NamedTuple):
    """The minutes of a device."""

    device: Device
    starts_ms: list[int]


class Restater:
    """Takes what lies in ``EDGETWIN_DATA_DIR/restatements``. Lives on the event loop."""

    def __init__(
        self,
        *,
        data_dir: Path,
        fleet: Fleet,
        pipeline: Pipeline,
        open_reader: Callable[[], JournalReader],
        now_ms: Callable[[], int],
    ) -> None:
        self._data_dir = data_dir
        self._fleet = fleet
        self._pipeline = pipeline
        self._open_reader = open_reader
        self._now_ms = now_ms

    async def run(self) -> None:
        """Take orders as they come, for ever."""
        await asyncio.to_thread(orders.forget_old, self._data_dir)
        while True:
            await self.round(wait=_a_while)
            await asyncio.sleep(LOOK_S)

    async def round(self, *, wait: Callable[[], Awaitable[object]]) -> None:
        """Carry out all orders that are there; ``wait``: while some minutes are computed."""
        for name, order in list(orders.waiting(self._data_dir)):
            try:
                await self._carry_out(name, order, wait)
            except (Unavailable, OSError) as error:  # once more, when there is room
                log.warning("a restatement waits: %s", error)

    async def _carry_out(
        self, name: str, order: Order, wait: Callable[[], Awaitable[object]]
    ) -> None:
        why, began_ms, fed = Why("restated", order.by[:64]), self._now_ms(), 0
        parts = await asyncio.to_thread(self._parts, order)
        total = sum(len(part.starts_ms) for part in parts)
        for part in parts:  # what an order that came to no end has left
            self._pipeline.take_unread(part.device, why)
        for device, starts_ms in parts:
            for at in range(0, len(starts_ms), AT_ONCE):
                some = starts_ms[at : at + AT_ONCE]
                await self._pipeline.let_restate(device, some, why)
                fed += len(some)
                most = FEW if at + AT_ONCE < len(starts_ms) else 0
                while (left := await asyncio.to_thread(self._left, device, why)) > most:
                    orders.note(self._data_dir, name, Progress(minutes=total, done=fed - left))
                    await wait()
        changed = await asyncio.to_thread(self._changed, parts, why, began_ms)
        unread = [
            fault
            for part in parts
            for fault in self._pipeline.take_unread(part.device, why).values()
        ]
        done = Progress(
            minutes=total,
            done=total,
            changed=changed,
            unread=len(unread),
            faults=tuple(sorted(set(unread))),
            is_done=True,
        )
        orders.note(self._data_dir, name, done)
        orders.entered(self._data_dir, name, order)
        restated = total - len(unread)
        log.info("%s has restated %d minutes, %d are others now", order.by, restated, changed)
        if unread:
            log.warning("%d minutes are as they were: %s", len(unread), " ".join(done.faults))

    # ------------------------------------------------------------------ of the journal, in a thread

    def _parts(self, order: Order) -> list[_Part]:
        found = [device for device in map(self._fleet.find, order.devices) if device is not None]
        reader = self._open_reader()
        try:
            span = {"from_ms": order.from_ms, "to_ms": order.to_ms - 1}
            return [_Part(each, reader.minute_starts(device_id=each.id, **span)) for each in found]
        finally:
            reader.close()

    def _left(self, device: Device, why: Why) -> int:
        reader = self._open_reader()
        try:
            with reader.blamed():
                return 0 if device.is_gone else still_waiting(reader.connection, device.id, why)
        finally:
            reader.close()

    def _changed(self, parts: list[_Part], why: Why, since_ms: int) -> int:
        reader = self._open_reader()
        try:
            with reader.blamed():
                counts = (
                    changed_since(reader.connection, part.device.id, why, since_ms)
                    for part in parts
                )
                return sum(counts)
        finally:
            reader.close()


async def _a_while() -> None:
    await asyncio.sleep(POLL_S)
