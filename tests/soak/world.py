"""Boards, broker and gateway in one virtual time, and the ledger of what is done and told."""

import asyncio
import itertools
import random
from collections import Counter
from pathlib import Path

import msgspec

from contract import topics
from contract.messages import Ack, AlarmMessage
from tests.soak.board import Board
from tests.soak.expectations import Interruption, Ledger, Trouble
from tests.soak.network import Network
from tests.soak.site import Site
from tests.soak.virtual import VirtualLoop

BEGIN_MS = 1_763_640_000_000  # 2025-11-20T12:00:00Z

_decode_alarm = msgspec.json.Decoder(AlarmMessage).decode
_decode_ack = msgspec.json.Decoder(Ack).decode


class World:
    """Time in it is seconds since its beginning."""

    def __init__(self, *, loop: VirtualLoop, directory: Path, seed: int) -> None:
        self.loop = loop
        self.ledger = Ledger()
        self.network = Network(self._hear)
        self.site = Site(directory=directory, network=self.network, loop=loop, begin_ms=BEGIN_MS)
        self.boards: list[Board] = []
        self.done: Counter[str] = Counter()
        self._seeds = random.Random(seed)
        self._ticks = itertools.count(1)

    @property
    def now_s(self) -> float:
        return self.loop.time()

    def board(
        self, name: str, *, period_ms: int, announces: bool = True, most_held: int = 1_000_000
    ) -> Board:
        dice = random.Random(self._seeds.getrandbits(64))
        board = Board(
            name, network=self.network, dice=dice, begin_ms=BEGIN_MS, period_ms=period_ms,
            announces=announces, most_held=most_held,
        )  # fmt: skip
        self.boards.append(board)
        return board

    async def run(self) -> None:
        """A second after the other, for ever."""
        for at in self._ticks:
            await asyncio.sleep(max(0.0, at - self.now_s))
            self.tick_all()

    def tick(self) -> None:
        """One second of the boards, while nobody else lives."""
        next(self._ticks)
        self.tick_all()

    def tick_all(self) -> None:
        for board in self.boards:
            board.tick(self.now_s)
        if self.site.life is not None:
            self.site.life.check()

    # ------------------------------------------------------------ the ledger

    def enter(self, trouble: Trouble) -> None:
        self.ledger.troubles.append(trouble)

    def interrupt(self, why: str, *, is_of_clock: bool = False) -> Interruption:
        """Nobody is heard from now on, until the ``end_s`` that is to be set."""
        entry = Interruption(why, self.now_s, is_of_clock=is_of_clock)
        self.ledger.interruptions.append(entry)
        return entry

    def _hear(self, topic: str, payload: bytes) -> None:
        _, device, kind = topics.parse(topic)
        if kind == topics.ALARM:
            self._hear_alarm(device, _decode_alarm(payload))
        elif kind == topics.ACK:
            ack = _decode_ack(payload)
            for board in self.boards:
                if board.name == device:
                    board.acknowledged(ack.epoch, ack.seq, self.now_s)

    def _hear_alarm(self, device: str, message: AlarmMessage) -> None:
        texts = {alarm.name: alarm.text for alarm in message.open}
        event = message.event
        if event is not None and event.cleared_ms is not None and event.name not in texts:
            self.ledger.note_flash(device, event.name, event.text, self.now_s)
        self.ledger.note_open(device, texts, self.now_s)
