"""Takes the sampler's place in the board's program: a recording's items, not readings of a machine.

player ─▶ records ─▶ spool. The times are the recording's; never more than ``MOST_WAITING`` items
wait for the gateway's word, so that however fast it goes the spool gives nothing up.
"""

import asyncio
from typing import Any, Final

from firmware.device import cadence, payload
from firmware.device.withheld import Withheld
from firmware.emulator.replay.player import Player
from firmware.emulator.replay.recording import Item

MOST_WAITING: Final = 2_000
_LOOK_S: Final = 0.05
_MOST_MESSAGES_A_S: Final = 10
_MOST_S: Final = 0.5  # slept at once: the board's watchdog and a stop look in between


class Replayer:
    """``kept(seq, record, layout)`` is told of every item that is in the spool, as of a sampler."""

    def __init__(
        self, *, board: Any, machine: Player, layout: Any, spool: Any, nominal_hz: float, kept: Any
    ) -> None:
        self._board = board
        self._player = machine
        self._layout = layout
        self._spool = spool
        self._nominal_hz = nominal_hz
        self._kept = kept
        self._rate_hz = 0.0
        self.withheld = Withheld(board=board)

    def set_rate(self, rate_hz: float) -> None:
        """Once, the recording's own.

        Raises:
            ValueError: it is another, or no board reads so often, or so rarely.
        """
        if self._rate_hz and rate_hz != self._rate_hz:
            raise ValueError(f"a recording has its own rate, {self._rate_hz:g} Hz")
        cadence.Cadence().set_rate(rate_hz)
        self._rate_hz = rate_hz
        period_ms = cadence.told_ms(rate_hz, self._nominal_hz)
        if period_ms != self._layout.period_ms:
            self._layout = self._layout.at(period_ms)
            self._spool.use(self._layout)

    def emit(self, name: str, values: Any) -> int:
        """Nobody but the recording tells what has happened."""
        raise ValueError(f"a recording tells its own events, not {name} with {values}")

    async def run(self) -> None:
        """Send all of it, each when it is due, and wait until all is settled."""
        player = self._player
        begun_ms = self._board.ticks_ms() - player.elapsed_ms
        while (item := player.peek()) is not None:
            await self._wait(begun_ms + player.pace.due_ms(item))
            player.elapsed_ms = self._board.ticks_ms() - begun_ms
            self._take(item)
        while waiting(self._spool):  # noqa: ASYNC110 - the spool tells nobody
            await asyncio.sleep(_LOOK_S)

    async def _wait(self, due_ms: float) -> None:
        """Until it is due, and there is room for it."""
        while True:
            self._board.alive("sampler")
            left_s = (due_ms - self._board.ticks_ms()) / 1_000
            if waiting(self._spool) >= MOST_WAITING:
                left_s = max(left_s, _LOOK_S)
            if left_s <= 0.0:
                return
            await asyncio.sleep(min(left_s, _MOST_S))

    def _take(self, item: Item) -> None:
        try:
            record = self._packed(item)
        except ValueError as error:
            self._player.skip(item, str(error))
            return
        seq: int = self._spool.append(record)
        self._player.took(item, self._spool.epoch)
        self._kept(seq, record, self._layout)

    def _packed(self, item: Item) -> bytes:
        """Raises ValueError: nothing of it can be sent."""
        time_ms = self._player.pace.told_ms(item)
        if item.event:
            event: bytes = payload.event(time_ms=time_ms, name=item.event, values=item.values)
            return event
        values, faults = self._layout.sound(item.values)
        if not values:
            raise ValueError("; ".join(faults))
        for fault in faults:
            self._player.lacks(item, fault)
        reading: bytes = self._layout.pack(time_ms=time_ms, values=values, truth=None)
        return reading


def waiting(spool: Any) -> int:
    """How many items, of this and earlier lives, the gateway has not settled."""
    earlier = sum(last - first + 1 for _, first, last in spool.earlier())
    return int(earlier + spool.last_seq - spool.oldest(spool.epoch) + 1)


def batch_of(rate_hz: float) -> int:
    """How many readings are worth a message, of so many a second; never more than one holds."""
    return max(1, int(min(rate_hz / _MOST_MESSAGES_A_S, payload.MAX_READINGS)))
