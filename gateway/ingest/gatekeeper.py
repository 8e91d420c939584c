"""What a board may cost: its budgets, its epochs, its holes, and what it has sent before.

Admission asks here before it decodes and before it takes a reading. Whatever is refused for its
number alone settles nothing: the board keeps it and sends it again, so an honest one loses nothing.
"""

from typing import Final

from contract.errors import UNSETTLED, Rejected
from contract.messages import UNSEQUENCED
from gateway.ingest.budget import Budget, Budgets
from gateway.ingest.intake import Intake
from gateway.ingest.validate import MAX_PAYLOAD_BYTES
from gateway.journal import Journal
from gateway.mqtt.inbox import Inbound
from gateway.twin.delivery import MAX_RUNS, Watermark
from gateway.twin.fleet import Device, Epoch

_FLOOR_BYTES: Final = 100  # a floor takes no more
_SHORT_BYTES: Final = 256  # of what is refused, beyond what is kept as it came


class Gatekeeper:
    """Works inside the journal's open transaction, as admission does."""

    def __init__(self, *, journal: Journal, budgets: Budgets) -> None:
        self._journal = journal
        self._budgets = budgets
        self._known = budgets.known
        self._now_s = 0.0
        self._paid: list[tuple[Budget, int, int]] = []  # readings, bytes: of this batch

    def begin(self) -> None:
        """A batch begins."""
        self._now_s = self._budgets.now_s()
        self._paid.clear()

    def forget(self, intake: Intake) -> None:
        """The batch could not be stored, and comes again: give back what it was charged."""
        for budget, readings, size in self._paid:
            budget.charge(readings=-readings, size=-size)
        self._paid.clear()
        for device, _ in intake.new_epochs:
            self._budgets.of(device.name).epochs += 1.0
        for refused in intake.quarantined:
            self._budgets.of(refused.device).raw += len(refused.raw)
            if refused.reason in UNSETTLED:
                self._budgets.of(refused.device).samples += 1.0

    # ------------------------------------------------------------------ budgets

    def let_in(self, name: str, message: Inbound) -> None:
        """Charge a message to its board. Raises Rejected (``over_budget``)."""
        budget = self._known(name) or self._budgets.of(name)  # a call less: every message comes by
        payload = message.payload or b""
        size = len(payload)
        if budget.admits(size, now_s=self._now_s):
            self._paid.append((budget, 1, size))
        else:
            if budget.is_only_fast and size <= _FLOOR_BYTES and b'"oldest"' in payload:
                return  # a floor ends a hole: it is the last to wait
            raise Rejected("over_budget", budget.sentence())

    def charge(self, name: str, *, items: int = 0, size: int = 0) -> None:
        """Charge what a message turned out to cost, beyond itself."""
        budget = self._budgets.of(name)
        budget.charge(readings=items, size=size)
        self._paid.append((budget, items, size))

    def turns_away(
        self, intake: Intake, name: str, device: Device | None, rejected: Rejected
    ) -> bool:
        """Whether a refusal is only to be counted: it is one for its number, and no sample."""
        if rejected.reason not in UNSETTLED:
            return False
        if device is not None:
            text = f"{name} is turned away for a part: {rejected.detail}."
            intake.over_budget.setdefault(device.id, (device, text))
            intake.excess[device.id] += 1
        if self._budgets.of(name).takes_sample():
            return False
        intake.turned_away[name, rejected.reason] += 1
        return True

    def refuse_birth(
        self, name: str, device: Device | None, message: Inbound, rejected: Rejected
    ) -> None:
        """Raise the refusal, and have the device tell of it.

        The broker brings what it keeps at each start of the gateway: that is no other message.
        """
        if device is not None:
            device.birth_refused = rejected.detail
        payload = message.payload or b""
        if message.retain and self._journal.newest_refused(device=name, reason=rejected.reason) == (
            message.topic,
            payload,
        ):
            return
        raise rejected

    def kept(self, name: str, raw: bytes) -> bytes:
        """What is kept of something refused, and charged: its beginning, where there is much."""
        is_kept = self._budgets.of(name).takes_raw(len(raw))
        kept = raw[: MAX_PAYLOAD_BYTES if is_kept else _SHORT_BYTES]
        self.charge(name, size=len(kept))
        return kept

    # ------------------------------------------------------------------ keys

    def epoch(self, intake: Intake, device: Device, name: str) -> Epoch:
        """An epoch that is not in memory: from the journal, or new.

        Raises:
            Rejected: the board begins too many (``too_many_epochs``).
        """
        stored = self._journal.find_epoch(device_id=device.id, name=name)
        if stored is not None:
            mark = Watermark(stored.seq, stored.ahead)
            device.epochs[name] = Epoch(id_=stored.id, name=name, watermark=mark)
            return device.epochs[name]
        if self.is_of_earlier(device, name):
            raise Rejected("replaced", earlier_life(device.name))
        if not self._budgets.of(device.name).takes_epoch():
            detail = "it begins epoch after epoch: see why it starts anew so often"
            raise Rejected("too_many_epochs", detail)
        id_ = self._journal.add_epoch(device_id=device.id, name=name)
        epoch = Epoch(id_=id_, name=name, watermark=Watermark())
        device.epochs[name] = epoch
        intake.new_epochs.append((device, epoch))
        return epoch

    def is_of_earlier(self, device: Device, epoch: str) -> bool:
        """Whether an epoch is of a machine that had this one's name before."""
        if not epoch or epoch == UNSEQUENCED:
            return False
        return any(
            self._journal.find_epoch(device_id=id_, name=epoch) is not None
            for id_ in device.earlier_ids
        )

    def is_settled(self, intake: Intake, device: Device, epoch: Epoch, seq: int) -> bool:
        """Whether a reading whose row is gone by now has come again: it is counted as a repeat.

        Asked of what is not just ahead of the watermark, without a hole: of next to nothing.

        Raises:
            Rejected: it lies behind so many holes that it must wait (``too_many_holes``).
        """
        if not epoch.watermark.holds(seq):
            self.check_holes(intake, epoch, seq)
            return False
        if not self._journal.was_settled(
            device=device.name, epoch_id=epoch.id, epoch=epoch.name, seq=seq
        ):
            return False
        intake.duplicates.append(device)
        intake.marks.append((device, epoch, seq, False))
        return True

    def settle(self, intake: Intake, device: Device, rejected: Rejected) -> None:
        """Let what is refused for good settle its key, where it has one and there is room."""
        if not rejected.epoch or not rejected.seq:
            return
        try:
            epoch = device.epochs.get(rejected.epoch)
            epoch = epoch or self.epoch(intake, device, rejected.epoch)
            self.check_holes(intake, epoch, rejected.seq)
        except Rejected:  # the device sends it again, in order
            return
        intake.marks.append((device, epoch, rejected.seq, False))

    @staticmethod
    def check_holes(intake: Intake, epoch: Epoch, seq: int) -> None:
        """Bound the runs ahead of a watermark, those of this batch included. Raises Rejected."""
        mark = epoch.watermark
        if seq - mark.seq <= MAX_RUNS:  # that near there cannot be many
            return
        last, begun = intake.tips.get(epoch.id, (0, 0))
        if seq != last + 1 and mark.begins_run(seq):
            begun += 1
            if len(mark.ahead) + begun > MAX_RUNS:
                detail = (
                    f"it leaves more than {MAX_RUNS} holes before seq {seq}: send in order, and a"
                    " floor for what is gone"
                )
                raise Rejected("too_many_holes", detail)
        intake.tips[epoch.id] = (seq, begun)


def earlier_life(name: str) -> str:
    """What is wrong with a board that goes on as a machine that was replaced."""
    return (
        f"{name} was replaced, and this board is still the one before: switch it off, or give it"
        " another name with a login of its own"
    )
