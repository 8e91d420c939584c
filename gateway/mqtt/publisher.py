"""What the gateway tells the world: watermarks to devices; states, alarms and diagnoses to all.

States and watermarks go out with QoS 0: each is followed by a newer one, or by the device's own
resend. Alarms go out with QoS 1, again until a broker has taken them. The pace is kept by a clock
that nobody can set back.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from contract import topics
from contract.errors import Unavailable
from contract.messages import Ack, Alarm, AlarmMessage, Diagnosis
from gateway.metrics import GatewayMetrics
from gateway.mqtt.broker import Broker, Outbound
from gateway.mqtt.live_feed import LiveFeed
from gateway.twin.fleet import Device, Epoch, Fleet

ACK_INTERVAL_S: Final = 0.2  # at most 5 watermarks a second for each device
STATE_INTERVAL_S: Final = 0.5  # at most 2 states a second for each device of a small fleet
SMALL_FLEET: Final = 100  # beyond, nobody looks at each, and readings had better not wait
LARGE_INTERVAL_S: Final = 1.0  # each of a larger one
BUSY_INTERVAL_S: Final = 1.0  # while a backlog is drained: it comes first
STATES_PER_S: Final = 1_000  # and this many for all: with 10,000 devices each comes every 10 s
ROUND_S: Final = 0.05
AT_ONCE: Final = 4  # states; readings that came meanwhile pass between two such portions
RETRY_S: Final = 1.0
_SPARE: Final = 1.2  # rounds are a little longer than they should be

_encode: Final = msgspec.json.Encoder().encode


class Publisher:
    """Publishes on behalf of the devices' twins; paces itself."""

    def __init__(
        self,
        *,
        broker: Broker,
        fleet: Fleet,
        site: str,
        metrics: GatewayMetrics,
        now_ms: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._broker = broker
        self._fleet = fleet
        self._site = site
        self._metrics = metrics
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._acks: dict[int, tuple[Device, Epoch]] = {}  # by epoch: what is due, and not yet told
        self._changed: dict[int, Device] = {}  # twins with a state not yet published
        self._fresh: dict[int, Device] = {}  # published as fresh; to be published again when stale
        self._untold: dict[tuple[str, str], Alarm] = {}  # newest word on alarms no broker has yet
        self._introduced: set[str] = set()  # of whom it was told what is open
        self._own: dict[str, Alarm] = {}  # open alarms of the gateway itself
        self._alarmed = asyncio.Event()
        self.live = LiveFeed()

    # ------------------------------------------------------------------ what others report

    async def acknowledge(self, marks: Iterable[tuple[Device, Epoch]]) -> None:
        """Tell each device its watermark, now or when its last one is 200 ms old.

        Not one that was removed since: its name may be another's by then.
        """
        news = {epoch.id: (device, epoch) for device, epoch in marks if not device.is_gone}
        self._acks |= news
        await self._post_acks(news)

    def note_changed(self, devices: Iterable[Device]) -> None:
        """These twins have folded something."""
        self._changed.update((device.id, device) for device in devices if _is_told(device))

    def note_alarm(self, device: Device, alarm: Alarm) -> None:
        """An alarm was raised, acknowledged or cleared, durably."""
        if _is_told(device):
            self._changed[device.id] = device
            self._tell(alarm)

    def forget(self, device: Device) -> None:
        """It is gone: whatever waits to be told of it would be kept by the broker for ever."""
        self._changed.pop(device.id, None)
        self._fresh.pop(device.id, None)
        self._introduced.discard(device.name)
        for key in [key for key in self._untold if key[0] == device.name]:
            del self._untold[key]
        for epoch in device.epochs.values():
            self._acks.pop(epoch.id, None)

    def note_own_alarm(self, alarm: Alarm) -> None:
        """An alarm of the gateway itself was raised or cleared; it is in no journal."""
        if alarm.cleared_ms is None:
            self._own[alarm.name] = alarm
        else:
            self._own.pop(alarm.name, None)
        self._tell(alarm)

    def _tell(self, alarm: Alarm) -> None:
        self._untold.pop((alarm.device, alarm.name), None)  # so that the newest word comes last
        self._untold[alarm.device, alarm.name] = alarm
        told = self._alarm(alarm.device, alarm)
        self.live.tell(topics.ALARM, alarm.device, told.payload)
        self._alarmed.set()

    # ------------------------------------------------------------------ the two loops

    async def run(self) -> None:
        """Publish states and postponed watermarks, for ever."""
        while True:
            await asyncio.sleep(ROUND_S)
            await self._post_acks(self._acks)
            await self._post_states()

    async def run_alarms(self) -> None:
        """Publish alarms as they come; keep those that no broker takes."""
        while True:
            await self._alarmed.wait()
            self._alarmed.clear()
            for key in list(self._untold):
                alarm = self._untold.pop(key, None)
                if alarm is not None and not await self._told(alarm):
                    self._untold.setdefault(key, alarm)
                    await asyncio.sleep(RETRY_S)
                    self._alarmed.set()
                    break

    async def _told(self, alarm: Alarm) -> bool:
        if alarm.device != topics.GATEWAY and self._fleet.find(alarm.device) is None:
            return True  # it was removed
        try:
            await self._broker.publish(self._alarm(alarm.device, alarm))
        except Unavailable:
            return False
        self._metrics.publishes += 1
        return True

    async def on_connected(self) -> None:
        """A (new) broker may have lost everything retained: tell it all again."""
        self.note_changed(self._fleet)
        # A device whose patience has grown while nobody answered sends again at once.
        await self.acknowledge((d, d.epoch) for d in self._fleet if d.epoch is not None)
        for device in self._fleet:
            device.published_s = -math.inf
            if device.diagnosis is not None and _is_told(device):
                await self.post_diagnoses([device.diagnosis])
        await self._post_open_alarms()
        self._alarmed.set()

    async def _post_open_alarms(self) -> None:
        """Say of each device what is open: what is retained may be from before a crash."""
        names = (topics.GATEWAY, *(device.name for device in self._fleet if _is_told(device)))
        self._introduced.update(names)
        await self._post([self._alarm(name, None) for name in names])

    # ------------------------------------------------------------------ messages

    async def _post_acks(self, marks: Mapping[int, tuple[Device, Epoch]]) -> None:
        """Those of ``marks`` that are due; they are some of ``_acks``."""
        now_s = self._monotonic()
        due = [(id_, mark) for id_, mark in marks.items() if mark[0].ack_due_s <= now_s]
        messages = []
        for id_, (device, epoch) in due:
            del self._acks[id_]
            device.ack_due_s = now_s + ACK_INTERVAL_S
            messages.append(self._message(device.name, topics.ACK, _ack(epoch)))
        await self._post(messages)

    async def _post_states(self) -> None:
        now_ms, now_s = self._now_ms(), self._monotonic()
        self._note_stale(now_ms)
        oldest_s = now_s - (BUSY_INTERVAL_S if self._broker.has_backlog else self._interval_s())
        changed = self._changed.values()
        due = [device for device in changed if device.published_s <= oldest_s]
        del due[self._most_states() :]
        for device in due:
            device.published_s = now_s
        for device in due:
            if device.name not in self._introduced and _is_told(device):
                await self._introduce(device)
        for at in range(0, len(due), AT_ONCE):
            some = [device for device in due[at : at + AT_ONCE] if _is_told(device)]
            await self._post([self._state(device, now_ms) for device in some])
            await asyncio.sleep(0)

    def _interval_s(self) -> float:
        return STATE_INTERVAL_S if len(self._fleet) <= SMALL_FLEET else LARGE_INTERVAL_S

    def _most_states(self) -> int:
        """How many may go in one round: devices that came together are not told together for ever.

        All of a fleet at once would keep readings waiting for as long as they take.
        """
        even = math.ceil(_SPARE * len(self._fleet) * ROUND_S / self._interval_s())
        return min(max(AT_ONCE, even), int(STATES_PER_S * ROUND_S))

    async def _introduce(self, device: Device) -> None:
        """Say what is open of a new machine: what is retained may be from a lost journal."""
        self._introduced.add(device.name)
        await self._post([self._alarm(device.name, None)])

    def _state(self, device: Device, now_ms: int) -> Outbound:
        del self._changed[device.id]
        device.board_clock = device.clock.estimate()
        if device.clock.take_jump():
            device.clock_jumped_s = self._monotonic()
        state = device.twin.state(
            now_ms=now_ms,
            status=device.status,
            sequenced=device.sequenced,
            clock=device.board_clock,
            not_judged=device.not_judged,
            settings=device.settings.shown(),
            catalogue=device.catalogue_id,
            maintenance=device.maintenance,
        )
        if state.fresh:
            self._fresh[device.id] = device
        device.twin.tell_health(state)
        payload = _encode(state)
        self.live.tell(topics.STATE, device.name, payload)
        return self._message(device.name, topics.STATE, payload, retain=True)

    def _note_stale(self, now_ms: int) -> None:
        """A device that fell silent has a last state to publish: the one that says so."""
        stale = [
            device
            for device in self._fresh.values()
            if now_ms - device.last_seen_ms > device.asset.stale_after_s * 1000  # at the least
            and now_ms - device.last_seen_ms > device.twin.stale_after_ms
        ]
        for device in stale:
            del self._fresh[device.id]
        self.note_changed(stale)

    async def post_diagnoses(self, diagnoses: Iterable[Diagnosis]) -> None:
        """Those of machines there are: one that was removed meanwhile leaves nothing behind."""
        await self._post(
            [
                self._diagnosis(d)
                for d in diagnoses
                if (device := self._fleet.find(d.device)) is not None and _is_told(device)
            ]
        )

    def _diagnosis(self, diagnosis: Diagnosis) -> Outbound:
        payload = _encode(diagnosis)
        self.live.tell(topics.DIAGNOSIS, diagnosis.device, payload)
        return self._message(diagnosis.device, topics.DIAGNOSIS, payload, retain=True)

    def _alarm(self, name: str, event: Alarm | None) -> Outbound:
        device = self._fleet.find(name)
        open_ = self._own if device is None else device.alarms
        message = AlarmMessage(device=name, event=event, open=list(open_.values()))
        return self._message(name, topics.ALARM, _encode(message), retain=True)

    async def _post(self, messages: list[Outbound]) -> None:
        if messages:
            self._metrics.publishes += len(messages)
            await self._broker.post(messages)

    def _message(self, device: str, kind: str, payload: bytes, *, retain: bool = False) -> Outbound:
        return Outbound(topics.build(site=self._site, device=device, kind=kind), payload, retain)


def _is_told(device: Device) -> bool:
    """Whether somebody is told of it: not of who was removed or retired."""
    return not device.is_gone and not device.is_over


def _ack(epoch: Epoch) -> bytes:
    return _encode(Ack(epoch.name, epoch.durable_seq))
