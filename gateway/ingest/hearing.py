"""What boards say of the time: of several in the first two seconds, before any is corrected.

A gateway that starts with a wrong clock and an empty journal takes every right board for one that
is ahead. Corrected is corrected, so the first readings wait, where they are ahead, until others
have had the time to say what they think. Once a start; later each batch just bears witness.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Final

from contract import topics
from contract.errors import Rejected
from contract.messages import Item, Stamp
from gateway.clocks.clock import Clock
from gateway.clocks.witnesses import AGREE_MS
from gateway.ingest.intake import Intake
from gateway.ingest.validate import decode
from gateway.mqtt.broker import Batch, Broker
from gateway.mqtt.inbox import Inbound

HEARING_MS: Final = 2_000
TURN_S: Final = 0.1
WITNESSES: Final = 20  # readings of a batch that are held against the gateway's clock


class Hearing:
    """Looks at batches before they are taken in, until it is over."""

    def __init__(self, *, clock: Clock, broker: Broker) -> None:
        self._clock = clock
        self._broker = broker
        self._ends: int | None = None  # monotonic; begins with the first reading
        self.is_over = False

    async def hear(self, batch: Batch) -> Batch:
        """Give the batch back, with what has come meanwhile if it had to wait."""
        waits = self._listen(batch.messages)
        while waits and not self._is_over():
            await asyncio.sleep(TURN_S)
            if not self._broker.is_current(batch):  # it comes again
                break
            if self._broker.waiting:
                more = await self._broker.receive(self._broker.waiting)
                self._listen(more.messages)
                batch = Batch([*batch.messages, *more.messages], batch.connection)
        return batch

    def _listen(self, messages: Iterable[Inbound]) -> bool:
        """Hear what the readings say; whether one of them would be corrected."""
        is_ahead = False
        now_ms = self._clock.now_ms()
        for device, board_ms in _times(messages):
            if self._ends is None:
                self._ends = self._clock.steady_ms() + HEARING_MS
            self._clock.witness(device, now_ms - board_ms)
            is_ahead |= board_ms > now_ms + AGREE_MS
        return not self._is_over() and is_ahead

    def _is_over(self) -> bool:
        clock = self._clock
        clock.ask_now()
        is_late = self._ends is not None and clock.steady_ms() >= self._ends
        self.is_over = is_late or clock.is_proven or clock.in_doubt
        return self.is_over


def _times(messages: Iterable[Inbound]) -> Iterable[tuple[str, int]]:
    """(device, time) of what each board sent last, if it has a time; rubbish is another's business.

    One message a board tells how far its clock is off: a backlog is decoded once more soon enough.
    """
    newest = {message.topic: message.payload or b"" for message in messages}
    for topic, payload in newest.items():
        with contextlib.suppress(Rejected):
            _, device, kind = topics.parse(topic)
            if kind == topics.TELEMETRY:
                for item in decode(payload):
                    if isinstance(item, Item) and item.time_ms is not None:
                        yield device, item.time_ms


def bear_witness(clock: Clock, intake: Intake, now_ms: int, *, queued: bool) -> None:
    """What the boards' clocks say: a few a batch, as a flood says it often enough.

    ``queued``: the batch came from a queue, where readings have waited, so that one which is late
    says nothing. A queue that is drained as slowly as it was filled would pass for wrong clocks.
    """
    newest = zip(intake.rows[-WITNESSES:], intake.owners[-WITNESSES:], strict=True)
    for row, device in newest:
        board_ms = row.item.board_ms
        if row.item.stamp == Stamp.PAST:  # it has waited, and says nothing of now
            continue
        if board_ms is not None and not (queued and board_ms < now_ms - AGREE_MS):
            clock.witness(device.name, now_ms - board_ms)
