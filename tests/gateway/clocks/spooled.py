"""A board with a spool in virtual time: what it holds goes out in order, until it is settled."""

from collections.abc import Callable
from typing import Final, NamedTuple

from tests.gateway.rig import EPOCH, VALUES, Message, Rig, message, telemetry

Clock = Callable[[int], int | None]  # the true time → what the board's clock says

_STEP_MS: Final = 100
_PATIENCE_MS: Final = 2_000
_MOST_PATIENCE_MS: Final = 60_000


class Held(NamedTuple):
    """A reading, and when it was measured in truth."""

    epoch: str
    seq: int
    true_ms: int
    board_ms: int | None


class Spooled:
    """As the firmware delivers: the oldest epoch first, a window beyond what is settled, go-back-N.

    Attributes:
        measured: all of it, in order.
    """

    def __init__(
        self,
        rig: Rig,
        clock: Clock,
        *,
        every_ms: int = 200,
        epoch: str = EPOCH,
        in_lists_of: int = 20,
        window: int = 200,
    ) -> None:
        self._rig = rig
        self.clock = clock
        self.every_ms = every_ms
        self.epoch, self._seq = epoch, 0
        self._in_lists_of, self._window = in_lists_of, window
        self.measured: list[Held] = []
        self._at = 0  # the first of them that is not settled
        self._measured_ms = rig.now_ms

    def restart(self, epoch: str) -> None:
        self.epoch, self._seq = epoch, 0

    def pass_ms(self, ms: int) -> None:
        """Time passes in which nothing is measured."""
        self._rig.now_ms += ms
        self._rig.monotonic_s += ms / 1000
        self._measured_ms = self._rig.now_ms

    def offline(self, ms: int) -> None:
        """It measures, and nobody hears it."""
        self._rig.now_ms += ms
        self._rig.monotonic_s += ms / 1000
        self._measure()

    def _measure(self) -> None:
        while self._measured_ms + self.every_ms <= self._rig.now_ms:
            self._measured_ms += self.every_ms
            self._seq += 1
            board_ms = self.clock(self._measured_ms)
            self.measured.append(Held(self.epoch, self._seq, self._measured_ms, board_ms))

    def online(self, ms: int, *, at_once: int = 200) -> None:
        """It is connected for so long; ``at_once``: what the network takes in a tenth of a second.

        Emptied spool or not: what is left is sent when it is back.
        """
        rig = self._rig
        rig.take(message("fan-01", "birth", {"asset": "fan", "epoch": self.epoch}))
        end_ms, cursor, progress_ms, patience_ms = rig.now_ms + ms, self._at, rig.now_ms, 0
        patience_ms = _PATIENCE_MS
        while rig.now_ms < end_ms:
            rig.now_ms += _STEP_MS
            rig.monotonic_s += _STEP_MS / 1000
            self._measure()
            if cursor > self._at and rig.now_ms - progress_ms >= patience_ms:
                cursor, progress_ms = self._at, rig.now_ms
                patience_ms = min(2 * patience_ms, _MOST_PATIENCE_MS)
            some = self._due(cursor, at_once)
            if some:
                progress_ms = rig.now_ms if cursor == self._at else progress_ms
                rig.take(*self._messages(some))
                cursor += len(some)
            if self._settle():
                cursor = max(cursor, self._at)
                progress_ms, patience_ms = rig.now_ms, _PATIENCE_MS

    def _due(self, cursor: int, at_once: int) -> list[Held]:
        if self._at == len(self.measured):
            return []
        epoch = self.measured[self._at].epoch
        end = min(self._at + self._window, cursor + at_once)
        return [each for each in self.measured[cursor:end] if each.epoch == epoch]

    def _messages(self, some: list[Held]) -> list[Message]:
        items = [
            {"epoch": each.epoch, "seq": each.seq, "values": VALUES}
            | ({} if each.board_ms is None else {"time_ms": each.board_ms})
            for each in some
        ]
        size = self._in_lists_of
        return [telemetry("fan-01", *items[at : at + size]) for at in range(0, len(items), size)]

    def _settle(self) -> bool:
        """Follow the watermark; whether it has moved."""
        epochs, before = self._rig.device().epochs, self._at
        while self._at < len(self.measured):
            held = self.measured[self._at]
            known = epochs.get(held.epoch)
            if known is None or known.watermark.seq < held.seq:
                break
            self._at += 1
        return self._at > before

    @property
    def waiting(self) -> int:
        return len(self.measured) - self._at

    def off_ms(self) -> list[int | None]:
        """How far each reading that was measured is stored from its true time; None: it is not."""
        sql = (
            "SELECT e.name, r.seq, r.time_ms FROM reading r JOIN epoch e ON e.id = r.epoch"
            " JOIN device d ON d.id = r.device WHERE d.name = 'fan-01'"
        )
        stored = {(epoch, seq): time_ms for epoch, seq, time_ms in self._rig.rows(sql)}
        return [
            None
            if (time_ms := stored.get((each.epoch, each.seq))) is None
            else time_ms - each.true_ms
            for each in self.measured
        ]
