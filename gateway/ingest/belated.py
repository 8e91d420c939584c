"""Minutes that are open though they ended long ago, as a board sends what it has kept.

Who asked before saw none of it, or what had come by then. Nothing of the rest goes through the
restating of late minutes, as it is the newest there is.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from contract.messages import Event, Minute, Reading
from gateway.journal.formers import LATE, TOGETHER_MS, Former, Why, has_ended
from gateway.twin.fleet import Device
from gateway.twin.minutes import MINUTE_MS, start_of

_encode: Final = msgspec.json.encode


class Belated:
    """Notes what is to be kept of them; ``stored`` finds a minute that the journal has."""

    def __init__(self, stored: Callable[[Device, int], Minute | None]) -> None:
        self._stored = stored
        self._noted: dict[int, tuple[int, int]] = {}  # device id → minute, and when
        self.waiting: list[Former] = []

    def note(self, device: Device, item: Reading | Event) -> None:
        """An item is about to be folded that came long after its minute had ended."""
        start_ms, now_ms = start_of(item.time_ms or 0), item.received_ms
        noted_start_ms, noted_ms = self._noted.get(device.id, (-1, 0))
        if start_ms == noted_start_ms and 0 <= now_ms - noted_ms <= TOGETHER_MS:
            return
        if not has_ended(start_ms, now_ms) or start_ms < device.twin.open_ms:
            return  # what is no part of the open minute is late, and restated
        self._noted[device.id] = start_ms, now_ms
        if start_ms == device.twin.open_ms:
            before = device.twin.open_minute()
        else:  # a file that was imported may have reached further than its readings
            before = self._stored(device, start_ms) if device.has_past else None
        self._keep(device, start_ms, before, now_ms=now_ms, why=LATE)

    def note_replaced(
        self, device: Device, new: Minute, old: Minute | None, *, now_ms: int, why: Why
    ) -> None:
        """The open minute is about to be another one."""
        if has_ended(new.start_ms, now_ms) and old != new:
            self._keep(device, new.start_ms, old, now_ms=now_ms, why=why)

    def _keep(
        self, device: Device, start_ms: int, before: Minute | None, *, now_ms: int, why: Why
    ) -> None:
        self.waiting.append(
            Former(
                device_id=device.id,
                start_ms=start_ms,
                end_ms=start_ms + MINUTE_MS,
                changed_ms=now_ms,
                body=None if before is None else _encode(before).decode(),
                why=why,
            )
        )

    def forget(self, device: Device) -> None:
        """Nothing of a device that is gone is kept."""
        self._noted.pop(device.id, None)
        self.waiting = [each for each in self.waiting if each.device_id != device.id]
