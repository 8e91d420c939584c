"""What people say of alarms: seen, or on the shelf, by whom and why; and that taken back.

A word is kept with its alarm, in one commit with what else has changed.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from contract.errors import Damaged, Refused
from contract.messages import Alarm
from gateway.twin.alarm_changes import Shelf
from gateway.twin.fleet import Device, Fleet


@dataclass(frozen=True)
class Word:
    """Who has seen an alarm, and what to say about it."""

    by: str
    note: str | None = None


@dataclass(frozen=True)
class Which:
    """Of open alarms those that fit; None fits all."""

    device: str | None = None
    name: str | None = None
    kind: str | None = None
    severity: str | None = None

    def has(self, alarm: Alarm) -> bool:
        """Whether ``alarm`` is one of them."""
        return all(
            wanted is None or wanted == getattr(alarm, field)
            for field, wanted in vars(self).items()
        )


def why_over(stage: str, *, by: str | None = None) -> str:
    """Why the alarms of a machine end that stand: a sentence."""
    return f"The machine was {stage}{f' by {by}' if by else ''}."


class NotAcknowledged(NamedTuple):
    """An alarm that was asked for and stays as it is, and why."""

    id: int
    detail: str


class AlarmDesk:
    """Takes people's words on open alarms.

    Args:
        fleet: whose alarms.
        settle: commits what has changed in these twins.
        why_not_open: the error for the id of no open alarm.
        condemn: told when the journal is found to be damaged.
        now_ms: the gateway's clock.
    """

    def __init__(
        self,
        *,
        fleet: Fleet,
        settle: Callable[[Iterable[Device]], Awaitable[None]],
        why_not_open: Callable[[int], Refused],
        condemn: Callable[[Damaged], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._fleet = fleet
        self._settle = settle
        self._why_not_open = why_not_open
        self._condemn = condemn
        self._now_ms = now_ms

    async def acknowledge(self, alarm_id: int, word: Word) -> Alarm:
        """Note who has seen an alarm. Raises NotFound, Conflict (seen already, or cleared)."""
        with self._judging():
            device, alarm = self._found(alarm_id)
            self._note(device, alarm, word)
            await self._settle([device])
        return device.alarms.get(alarm.name, alarm)

    async def unacknowledge(self, alarm_id: int, by: str) -> Alarm:
        """Take an acknowledgement back. Raises NotFound, Conflict (there is none, or cleared)."""
        with self._judging():
            device, alarm = self._found(alarm_id)
            device.twin.book.unacknowledge(alarm.name, by=by, now_ms=self._now_ms())
            await self._settle([device])
        return device.alarms.get(alarm.name, alarm)

    async def shelve(self, alarm_id: int, word: Word, *, minutes: int) -> Alarm:
        """Let an alarm ask for nobody for a while. Raises NotFound, Conflict (it was cleared)."""
        now_ms = self._now_ms()
        with self._judging():
            device, alarm = self._found(alarm_id)
            shelf = Shelf(now_ms + minutes * 60_000, word.by, word.note)
            device.twin.book.shelve(alarm.name, shelf, now_ms=now_ms)
            await self._settle([device])
        return device.alarms.get(alarm.name, alarm)

    async def unshelve(self, alarm_id: int, by: str) -> Alarm:
        """Let it ask for somebody again. Raises NotFound, Conflict (not shelved, or cleared)."""
        with self._judging():
            device, alarm = self._found(alarm_id)
            device.twin.book.unshelve(alarm.name, by=by, now_ms=self._now_ms())
            await self._settle([device])
        return device.alarms.get(alarm.name, alarm)

    async def acknowledge_fitting(self, which: Which, word: Word) -> list[Alarm]:
        """Note who has seen all open alarms that fit and that nobody has seen yet."""
        waiting = [
            alarm.id
            for _, alarm in self._open()
            if alarm.acknowledged_ms is None and which.has(alarm)
        ]
        return (await self.acknowledge_these(waiting, word))[0]

    async def acknowledge_these(
        self, alarm_ids: Iterable[int], word: Word
    ) -> tuple[list[Alarm], list[NotAcknowledged]]:
        """Note who has seen these, in one commit; those that cannot be are said, and why."""
        noted: list[tuple[Device, Alarm]] = []
        left: list[NotAcknowledged] = []
        with self._judging():
            open_ = {alarm.id: (device, alarm) for device, alarm in self._open()}
            for alarm_id in dict.fromkeys(alarm_ids):
                try:
                    device, alarm = open_.get(alarm_id) or self._found(alarm_id)
                    self._note(device, alarm, word)
                except Refused as why:
                    left.append(NotAcknowledged(alarm_id, str(why)))
                else:
                    noted.append((device, alarm))
            await self._settle({device.id: device for device, _ in noted}.values())
        return [device.alarms.get(alarm.name, alarm) for device, alarm in noted], left

    async def end(self, device: Device, *, by: str) -> None:
        """A machine is retired, or another has its name: nobody sees to its alarms any more."""
        with self._judging():
            device.twin.book.end(time_ms=self._now_ms(), reason=why_over(device.stage, by=by))
            await self._settle([device])

    def _note(self, device: Device, alarm: Alarm, word: Word) -> None:
        device.twin.book.acknowledge(alarm.name, by=word.by, note=word.note, now_ms=self._now_ms())

    def _found(self, alarm_id: int) -> tuple[Device, Alarm]:
        for device, alarm in self._open():
            if alarm.id == alarm_id:
                return device, alarm
        raise self._why_not_open(alarm_id)

    def _open(self) -> Iterator[tuple[Device, Alarm]]:
        for device in self._fleet:
            for alarm in device.alarms.values():
                yield device, alarm

    @contextmanager
    def _judging(self) -> Iterator[None]:
        try:
            yield
        except Damaged as damage:
            self._condemn(damage)
            raise
