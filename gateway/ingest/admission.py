"""A batch of MQTT messages in; rows, refusals and floors out, each with its device and epoch.

Runs inside the journal's open transaction: devices and epochs seen for the first time get their
ids from it, and all that changed in memory is undone if it does not commit.
"""

import logging
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

import msgspec

from contract import topics
from contract.assets.words import Asset
from contract.errors import GatewayError, Rejected
from contract.messages import UNSEQUENCED, Event, Floor, Reading, Stamp, event_of
from gateway.clocks.arrears import Undated
from gateway.clocks.clock import Clock
from gateway.ingest import announcements
from gateway.ingest.budget import Allowance, Budgets
from gateway.ingest.gatekeeper import Gatekeeper, earlier_life
from gateway.ingest.intake import Intake
from gateway.ingest.payloads import own_items
from gateway.ingest.pseudonyms import Pseudonyms, personal_names
from gateway.ingest.registration import Registry
from gateway.ingest.validate import Item as DecodedItem
from gateway.ingest.validate import decode
from gateway.journal import Journal, Quarantined, Row
from gateway.mqtt.inbox import Inbound
from gateway.twin.alarm_changes import Suppression
from gateway.twin.dated import Dated
from gateway.twin.delivery import MAX_RUNS
from gateway.twin.descriptions import Descriptions
from gateway.twin.fleet import Device, Fleet
from gateway.twin.kpi import Factors

log = logging.getLogger(__name__)

_encode: Final = msgspec.json.Encoder().encode
_LATE_WORK: Final = (
    "what came of long ago has to be added to its minutes first, and there are very many of them"
)


class Admission:
    """Decodes and checks messages against the fleet; knows no clock but the one it is given."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        journal: Journal,
        site: str,
        factors_of: Callable[[str], Factors],
        retention_ms: int,
        past_ms: int | None = None,
        max_devices: int,
        budgets: Budgets | None = None,
        clock: Clock | None = None,
        decided: Callable[[str], Asset | None] = lambda _: None,
        params_of: Callable[[str, Asset], Dated | None] = lambda *_: None,
        descriptions: Descriptions | None = None,
        barred: Callable[[str], str] = lambda _: "",
        stage_of: Callable[[str], str] = lambda _: "in_use",
        quiet: Callable[[str, int], Suppression | None] = lambda *_: None,
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        """``retention_ms``: older readings are taken as far back as ``past_ms``, if they waited."""
        self._fleet = fleet
        self._journal = journal
        self._site = site
        self._retention_ms, self._past_ms = retention_ms, past_ms
        self.registry = Registry(
            fleet=fleet,
            journal=journal,
            factors_of=factors_of,
            max_devices=max_devices,
            decided=decided,
            params_of=params_of,
            descriptions=descriptions or Descriptions(),
            barred=barred,
            stage_of=stage_of,
            quiet=quiet,
        )
        budgets = budgets or Budgets(Allowance(), monotonic=time.monotonic)
        self._keeper = Gatekeeper(journal=journal, budgets=budgets)
        self._clock = clock
        self._pseudonyms = pseudonyms  # None: people are called by their names
        self._oldest_ms: int | None = None
        self._past_from_ms: int | None = None
        self.has_late_work: Callable[[Device], bool] = lambda _: False  # as much as it may
        self._queued = False
        self._by_kind: dict[str, Callable[[Intake, str, Inbound, int], None]] = {
            topics.TELEMETRY: self._telemetry,
            topics.BIRTH: self._birth,
            topics.STATUS: self._status,
            topics.RESULT: self._result,
            topics.REPORTED: self._reported,
        }

    def admit(
        self, intake: Intake, messages: Iterable[Inbound], *, now_ms: int, queued: bool = False
    ) -> None:
        """Take every message of a batch in, good or bad. Raises nothing but journal errors.

        ``queued``: they have waited here, more of them than are taken at once.
        """
        keeper = self._keeper
        self._queued = queued
        keeper.begin()
        self._oldest_ms = self._oldest(now_ms)
        is_dated = self._past_ms is not None and self._oldest_ms
        self._past_from_ms = now_ms - (self._past_ms or 0) if is_dated else None
        for message in messages:
            name = ""
            try:
                try:
                    name, kind = _origin(message.topic)
                finally:  # what no board can be named for has one budget together
                    keeper.let_in(name, message)
                self._by_kind.get(kind, self._unexpected)(intake, name, message, now_ms)
            except Rejected as rejected:
                self._quarantine(intake, name, message, now_ms, rejected)
            except GatewayError:
                raise
            except Exception as error:
                # The one boundary: a message that hits a mistake of ours would come again with
                # every restart, and no other message would ever be stored.
                log.exception("a message could not be handled", extra={"device": name})
                mistake = Rejected("internal_error", repr(error))
                self._quarantine(intake, name, message, now_ms, mistake)

    def _oldest(self, now_ms: int) -> int | None:
        """Nothing from before is taken; None while the gateway's own clock is in doubt."""
        if self._clock is None:
            return now_ms - self._retention_ms
        return self._clock.oldest_ms(now_ms=now_ms, retention_ms=self._retention_ms)

    def set_repeats_aside(self, intake: Intake, new_ids: set[int], *, now_ms: int) -> None:
        """Keep only rows the journal did not have; a key with other content is refused."""
        rows, owners = intake.rows, intake.owners
        intake.rows, intake.owners = [], []
        for row, device in zip(rows, owners, strict=True):
            if row.id in new_ids:
                intake.rows.append(row)
                intake.owners.append(device)
            elif self._is_repeat(row):
                intake.duplicates.append(device)
            else:
                intake.quarantined.append(self._conflict(row, device, now_ms))
                intake.refused.append((device, "conflict"))

    def _is_repeat(self, row: Row) -> bool:
        stored = self._journal.stored(epoch_id=row.epoch_id, seq=row.item.seq)
        if stored is None:  # unreachable while rows are only pruned in housekeeping's transactions
            return True
        board_ms, body, truth, event = stored
        item = row.item
        said_ms = item.board_ms
        # A board that has set its clock since sends a time with what had none: that is no conflict.
        same_time = board_ms is None or said_ms is None or board_ms == said_ms
        said = (row.body, item.truth, event_of(item))
        return same_time and said == (body, truth, event)

    def epochs_in_use(self) -> set[int]:
        """Ids of the epochs that are held in memory."""
        return {epoch.id for device in self._fleet for epoch in device.epochs.values()}

    def forget(self, intake: Intake) -> None:
        """Undo what ``admit`` changed in memory: its transaction did not commit."""
        self._keeper.forget(intake)
        for device, next_seq in intake.counters.values():
            device.next_seq = next_seq
        for device, epoch in intake.new_epochs:
            del device.epochs[epoch.name]
        self.registry.forget(intake)

    # ------------------------------------------------------------------ telemetry

    def _telemetry(self, intake: Intake, name: str, message: Inbound, now_ms: int) -> None:
        if message.retain:
            raise Rejected("retained", "telemetry must not be retained: it would count again")
        payload = message.payload or b""
        items = decode(payload)
        if len(items) > 1:
            self._keeper.charge(name, items=len(items) - 1)
        find = self._fleet.find
        behind, refused, own = len(items), 0, None
        for item in items:
            behind -= 1
            try:
                if type(item) is Reading:
                    device = find(name) or self.registry.recognise(intake, name, item, now_ms)
                    if device.description is not None:
                        self.registry.learn(intake, device, item, now_ms)
                    self._hide(item, device.asset)
                    device.checker.check(item)
                    self._item(intake, device, item, now_ms, behind)
                elif type(item) is Floor:
                    self._floor(intake, name, item)
                elif type(item) is Event:
                    device = find(name) or self._by_a_reading(intake, name, items, now_ms)
                    self._hide(item, device.asset)
                    device.checker.check_event(item)
                    self._item(intake, device, item, now_ms, behind)
                else:
                    raise item  # type: ignore[misc]
            except Rejected as rejected:
                # The first is kept with all of its message, others alone: not twenty times all.
                own = own or (own_items(payload) if refused else None)
                raw = own[len(items) - 1 - behind] if own else None
                refused += 1
                if find(name) is None:
                    self.registry.notice(intake, name, payload, now_ms)
                self._quarantine(intake, name, message, now_ms, rejected, raw=raw)

    def _hide(self, item: Reading | Event, asset: Asset) -> None:
        if asset.personal and self._pseudonyms is not None:
            self._pseudonyms.hide(item, asset.personal)

    def _by_a_reading(
        self, intake: Intake, name: str, items: list[DecodedItem], now_ms: int
    ) -> Device:
        """Add a device whose event came first, by what else its message has.

        Raises:
            Rejected: without a key, as it settles nothing: the device sends the event again.
        """
        for item in items:
            if type(item) is Reading:
                return self.registry.recognise(intake, name, item, now_ms)
        detail = "an event came before any birth or reading: what sends it cannot be told"
        raise Rejected("unknown_device", detail)

    def _item(
        self, intake: Intake, device: Device, item: Reading | Event, now_ms: int, behind: int
    ) -> None:
        if not item.epoch:
            intake.counters.setdefault(device.id, (device, device.next_seq))
            item.epoch, item.seq = UNSEQUENCED, device.next_seq
            device.sequenced = False
        known = device.epochs.get(item.epoch)
        if known is not None:
            item.epoch = known.name  # one and the same string is compared at a glance
        device.clock.place(
            item,
            now_ms=now_ms,
            oldest_ms=self._oldest_ms,
            behind=behind,
            queued=self._queued,
            past_ms=self._past_from_ms,
            born="" if device.birth is None else device.birth.epoch,
        )
        if item.stamp == Stamp.PAST and self.has_late_work(device):
            raise Rejected("over_budget", _LATE_WORK)
        if item.epoch == UNSEQUENCED:
            device.next_seq += 1
        keeper, seq = self._keeper, item.seq
        epoch = known or keeper.epoch(intake, device, item.epoch)
        mark = epoch.watermark
        is_next = 0 < seq - mark.seq <= MAX_RUNS and not mark.ahead
        if not is_next and keeper.is_settled(intake, device, epoch, seq):
            return
        journal = self._journal
        row = Row(
            journal.next_id + len(intake.rows),
            epoch.id,
            device.id,
            item,
            _encode(item.values),
        )
        intake.rows.append(row)
        intake.owners.append(device)
        if item.aside and type(item) is Reading:
            intake.note_aside(device, item.aside)
        intake.marks.append((device, epoch, seq, False))

    def _floor(self, intake: Intake, name: str, floor: Floor) -> None:
        device = self._fleet.find(name)
        if device is None:
            raise Rejected("unknown_device", "a floor came before any birth or reading")
        epoch = device.epochs.get(floor.epoch)
        epoch = epoch or self._keeper.epoch(intake, device, floor.epoch)
        intake.marks.append((device, epoch, floor.oldest, True))

    # ------------------------------------------------------------------ what else devices say

    def _birth(self, intake: Intake, name: str, message: Inbound, now_ms: int) -> None:
        if not message.payload:  # an empty retained message only deletes the retained one
            return
        if message.retain and self.registry.bars(name):  # the broker is told to forget it
            return
        try:
            birth, said = announcements.birth(message.payload, self.registry.decided(name))
        except Rejected as rejected:
            self._keeper.refuse_birth(name, self._fleet.find(name), message, rejected)
            return
        asset = said or self.registry.described(name)
        device = self._fleet.find(name) or self.registry.add(intake, name, asset, now_ms)
        if self._keeper.is_of_earlier(device, birth.epoch):
            if message.retain:  # the broker has kept it from before
                return
            raise Rejected("replaced", earlier_life(name))
        if device.asset is not asset:
            self.registry.retype(intake, device, asset)
        intake.note_birth(device, birth, _encode(birth), live=not message.retain)

    def _status(self, intake: Intake, name: str, message: Inbound, now_ms: int) -> None:
        del now_ms
        if not message.payload:
            return
        status = announcements.status(message.payload)
        device = self._fleet.find(name)
        if device is not None and not device.is_awaited:
            intake.note_status(device, status, live=not message.retain)

    def _result(self, intake: Intake, name: str, message: Inbound, now_ms: int) -> None:
        del now_ms
        result = announcements.result(message.payload or b"")
        device = self._fleet.find(name)
        if device is None:
            raise Rejected("unknown_device", "a result from a device that never reported")
        intake.results.append((device, result))

    def _reported(self, intake: Intake, name: str, message: Inbound, now_ms: int) -> None:
        if not message.payload:
            return
        values, refused = announcements.reported(message.payload)
        device = self._fleet.find(name)
        if device is not None:
            said = device.settings.reported.after(values, refused, now_ms=now_ms)
            intake.reported.append((device, said))

    def _unexpected(self, intake: Intake, name: str, message: Inbound, now_ms: int) -> None:
        del intake, name, now_ms
        raise Rejected("bad_topic", f"the gateway does not take {message.topic!r}")

    # ------------------------------------------------------------------ refused

    def _conflict(self, row: Row, device: Device, now_ms: int) -> Quarantined:
        item = row.item
        return Quarantined(
            now_ms,
            device.name,
            topics.build(site=self._site, device=device.name, kind=topics.TELEMETRY),
            "conflict",
            "this key is stored already with other content; the first one stands: a board that"
            " counts from 1 again needs a new epoch",
            item.epoch,
            item.seq,
            _encode(item),
        )

    def _quarantine(
        self,
        intake: Intake,
        name: str,
        message: Inbound,
        now_ms: int,
        rejected: Rejected,
        *,
        raw: bytes | None = None,
    ) -> None:
        raw = message.payload or b"" if raw is None else raw
        device = self._fleet.find(name)
        if self._pseudonyms is not None:
            personal = personal_names() if device is None else device.asset.personal
            raw = self._pseudonyms.hide_raw(raw, personal)
        if isinstance(rejected, Undated) and rejected.is_told:
            return
        if self._keeper.turns_away(intake, name, device, rejected):
            return
        if device is not None:
            intake.refused.append((device, rejected.reason))
            self._keeper.settle(intake, device, rejected)
        intake.quarantined.append(
            Quarantined(
                now_ms,
                name,
                message.topic[:1024],
                rejected.reason,
                rejected.detail[:500],
                rejected.epoch,
                rejected.seq,
                self._keeper.kept(name, raw),
            )
        )


@lru_cache(maxsize=32_768)  # every reading comes on a topic seen before; an error is not kept
def _origin(topic: str) -> tuple[str, str]:
    """The device and the kind a topic names."""
    _, name, kind = topics.parse(topic)
    if name in topics.OURS:
        raise Rejected("bad_topic", f"{name!r} is a name of our own: give the board another")
    return name, kind
