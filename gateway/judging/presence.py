"""Who is there, and how it behaves: alarms of devices, whatever they measure and their wills say.

Looked at once a second. Only time in which devices can be heard counts, by a clock that nobody can
set: not while the broker is away or does not answer, the journal cannot be written or messages
wait. Nobody is silent by time in which nothing came from the broker itself.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from contract.errors import UNSETTLED
from contract.messages import UNSEQUENCED, Stamp
from gateway.ingest.intake import Intake
from gateway.ingest.pipeline import Pipeline
from gateway.judging.conditions import (
    CONDITIONS,
    JUMP_FOR_S,
    PATIENCE_S,
    REUNION_S,
    SILENT,
    Condition,
    Subject,
    period_s,
    silent_from_s,
)
from gateway.judging.wording import Wording
from gateway.twin.alarms import CHATTER_MS, OFFLINE, AlarmBook
from gateway.twin.fleet import Device, Fleet
from gateway.twin.tally import READINGS, Tally
from gateway.twin.trail import STARTS_WITHIN_S, Trail

LOOK_S: Final = 1.0
SELDOM_S: Final = 5  # how often devices are judged that have alarms and say nothing
SPREAD_S: Final = 16
TOGETHER: Final = 20  # devices judged without a break
SETTLED_S: Final = 5
LONGEST_LOOK_S: Final = 2.0  # a process that was stopped has heard nothing meanwhile


class Presence:
    """Told of every batch; raises and clears system alarms on the devices' books."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        pipeline: Pipeline,
        unheard_s: Callable[[], float | None],
        clock_alarm_s: float,
        now_ms: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fleet = fleet
        self._pipeline = pipeline
        self._unheard_s = unheard_s
        self._clock_alarm_s = clock_alarm_s
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._now_s = 0.0
        self._listened_s = 0.0
        self._connected_s = 0.0
        self._heard = False
        self._looked_s = monotonic()
        self._wording = Wording()
        self._resting: dict[tuple[int, str], tuple[int, float]] = {}

    # ------------------------------------------------------------------ what others report

    def note(self, intake: Intake) -> None:
        """A batch is stored and folded."""
        now_s = self._now_s
        for device in {*intake.owners, *intake.duplicates}:
            device.heard_s, device.has_greeted = now_s, False
        for device, before, epoch in intake.switches:
            self._trail(device).note_visit(epoch, now_s, before=before)
        self._note_live(intake)
        for device, status in intake.statuses:
            if status == OFFLINE and device.status == OFFLINE and device.away_since_s is None:
                device.away_since_s = now_s
        if intake.new_epochs:
            self._note_new_epochs(intake)
        for device, channel, detail in intake.aside:
            self._tally(device).note(channel, detail)
        if intake.quarantined:
            self._note_refused(intake)
        for device, text in intake.over_budget.values():
            device.heard_s = now_s
            self.note_over_budget(device, text)

    def note_over_budget(self, device: Device, text: str) -> None:
        """A device sends more than it may; ``text`` is the sentence of its alarm."""
        self._trail(device).budget = (self._now_s, text)

    def note_takeover(self, name: str) -> None:
        """The broker has closed a connection as another came under the same login, just now.

        What happened before this process could hear anybody is entered in the audit trail within
        its first seconds, and tells nothing of now.
        """
        device = self._fleet.find(name)
        if device is not None and self._now_s >= SETTLED_S:
            self._trail(device).note_takeover(self._now_s, known=_tells_who(device))

    def note_login(self, name: str, known: bool) -> None:  # noqa: FBT001 - as ``Trail`` tells it
        """The login of ``name`` was taken away or made: who has none is not missed."""
        device = self._fleet.find(name)
        if device is not None:
            device.login_gone_s = None if known else self._now_s

    def _note_live(self, intake: Intake) -> None:
        """What was said just now; what the broker kept and tells again is no sign of life.

        Nor is a board that greets again and again, and measures nothing: when its broker dies,
        the client library of one that hangs comes back by itself. What ends a silence is a reading.
        """
        for device, epoch in intake.starts:
            may_start = epoch or not self._is_reunion()
            if may_start and self._trail(device).note_start(epoch, self._now_s):
                device.has_greeted = False
        for device, kind, epoch in intake.live:
            trail = self._trail(device)
            if kind == OFFLINE:
                device.has_greeted = False
            elif not device.has_greeted and SILENT not in device.twin.book:
                device.heard_s, device.has_greeted = self._now_s, True
            if epoch:
                trail.note_visit(epoch, self._now_s)
            trail.note_coming(kind, self._now_s, known=bool(epoch) or _tells_who(device))

    def _is_reunion(self) -> bool:
        """Whether a broker has just come back: all boards greet it, and have not started anew."""
        return self._connected_s > 0.0 and self._now_s - self._connected_s < REUNION_S

    def _note_new_epochs(self, intake: Intake) -> None:
        """Starts that readings tell of, but for those that waited on the board."""
        firsts = {row.epoch_id: row.item for row in reversed(intake.rows)}
        for device, epoch in intake.new_epochs:
            first = firsts.get(epoch.id)
            if first is None or epoch.name == UNSEQUENCED or first.stamp == Stamp.WAITED:
                continue
            age_ms = first.received_ms - (first.time_ms or 0)
            if age_ms < STARTS_WITHIN_S * 1000:
                self._trail(device).note_start(epoch.name, self._now_s)

    def _note_refused(self, intake: Intake) -> None:
        for item in intake.quarantined:
            device = self._fleet.find(item.device)
            if device is None or not item.topic.endswith("/telemetry"):
                continue
            if item.reason in UNSETTLED:  # which has an alarm of its own
                continue
            device.heard_s, device.has_greeted = self._now_s, False
            self._tally(device).note(READINGS, item.detail)
            if item.reason == "conflict":
                self._trail(device).note_conflict(self._now_s)

    def _trail(self, device: Device) -> Trail:
        if device.trail is None:
            device.trail = Trail()
        return device.trail

    def _tally(self, device: Device) -> Tally:
        trail = self._trail(device)
        if trail.tally is None:
            trail.tally = Tally(
                now_s=self._now_s, stored=device.counts.stored, period_s=period_s(device)
            )
        return trail.tally

    # ------------------------------------------------------------------ the look

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Raise the alarms of what is wrong by now, and clear those of what is over."""
        self._pass_time()
        suspects = self._suspects()
        for at in range(0, len(suspects), TOGETHER):
            changed = [each for each in suspects[at : at + TOGETHER] if self._judge(each)]
            if changed:
                await self._pipeline.settle(changed)
            await asyncio.sleep(0)  # when all fall silent at once, the others' work goes on

    def _pass_time(self) -> None:
        looked_s, self._looked_s = self._looked_s, self._monotonic()
        unheard_s = self._unheard_s()
        hears = unheard_s is not None
        if hears and not self._heard:
            self._connected_s = self._now_s
        if unheard_s is not None:
            self._now_s += min(self._looked_s - looked_s, LONGEST_LOOK_S)
            self._listened_s = self._now_s - unheard_s
        self._heard = hears

    def _suspects(self) -> list[Device]:
        """Devices there is something to say of; a look at one in good order costs 0.1 us."""
        quiet_s, jump_s = self._now_s - PATIENCE_S, self._looked_s - JUMP_FOR_S
        limit_ms = self._clock_alarm_s * 1000
        turn = int(self._now_s) % SELDOM_S == 0
        return [
            device
            for device in self._fleet
            if not (device.is_over or device.is_awaited or device.is_recording)
            and (
                (device.alarms and (turn or device.heard_s > quiet_s))
                or device.trail is not None
                or (device.heard_s <= quiet_s and self._is_due(device))
                or device.clock_jumped_s > jump_s
                or ((clock := device.board_clock) is not None and abs(clock.offset_ms) > limit_ms)
                or device.away_since_s is not None
            )
        ]

    def _is_due(self, device: Device) -> bool:
        """Whether one that was not heard for a while is silent; of slow ones asked now and then."""
        if self._now_s < device.look_again_s:
            return False
        due_s = silent_from_s(device, connected_s=self._connected_s)
        spread_s = PATIENCE_S + device.id % SPREAD_S  # not all in one look
        device.look_again_s = min(due_s, self._now_s + spread_s)
        return self._now_s >= due_s

    def _judge(self, device: Device) -> bool:
        """Let the device's book follow its conditions; whether anything has changed."""
        trail = device.trail or Trail()
        tally = trail.tally
        if tally is not None and not tally.step(now_s=self._now_s, stored=device.counts.stored):
            trail.tally = None
        if not trail.forget(self._now_s):
            device.trail = None
        book, subject = device.twin.book, self._subject(device, trail)
        for condition in CONDITIONS:
            self._follow(condition, subject, book)
        self._close_rested(device, book)
        book.unshelve_due(subject.now_ms)
        return book.has_transitions

    def _follow(self, condition: Condition, subject: Subject, book: AlarmBook) -> None:
        is_told = condition.name in book
        if not is_told:
            if condition.stands(subject):
                self._wording.begin(condition, subject, book)
        elif not condition.stands(subject) and condition.is_over(subject):
            book.clear(condition.name, time_ms=subject.now_ms)
        else:
            self._wording.follow(condition, subject, book)

    def _subject(self, device: Device, trail: Trail) -> Subject:
        return Subject(
            device=device,
            trail=trail,
            now_s=self._now_s,
            listened_s=self._listened_s,
            connected_s=self._connected_s,
            monotonic_s=self._looked_s,
            now_ms=self._now_ms(),
            clock_alarm_s=self._clock_alarm_s,
        )

    def _close_rested(self, device: Device, book: AlarmBook) -> None:
        """Clear what has chattered and has been at rest for long enough by now."""
        for alarm in book.open_alarms:
            key = (device.id, alarm.name)
            if alarm.rest_ms is None:
                self._resting.pop(key, None)
                continue
            known_ms, since_s = self._resting.get(key, (None, self._now_s))
            if known_ms != alarm.rest_ms:
                self._resting[key] = (alarm.rest_ms, self._now_s)
            elif self._now_s - since_s >= CHATTER_MS / 1000:
                del self._resting[key]
                book.close(alarm.name)


def _tells_who(device: Device) -> bool:
    """Whether its readings say which board they are from."""
    return device.sequenced and device.epoch is not None
