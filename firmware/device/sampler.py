"""Reads the machine when it is due: readings and events in, items of one sequence out.

machine ─▶ step, take_events ─▶ records ─▶ spool
"""

import asyncio

from firmware.device import cadence, payload
from firmware.device.withheld import Withheld


class Sampler:
    """``kept(seq, record, layout)`` is told of every item that is in the spool."""

    def __init__(self, *, board, machine, layout, spool, nominal_hz: float, kept) -> None:
        self._board = board
        self._machine = machine
        self._layout = layout
        self._spool = spool
        self._nominal_hz = nominal_hz
        self._kept = kept
        self._cadence = cadence.Cadence()
        self._prepare = getattr(machine, "prepare", None)  # sensors that need a moment
        self._take_events = getattr(machine, "take_events", None)
        self._complaint = ""
        self.withheld = Withheld(board=board)

    def set_rate(self, rate_hz: float) -> None:
        """Readings a second from now on, and their items say so.

        Raises:
            ValueError: no board reads so often, or so rarely.
        """
        self._cadence.set_rate(rate_hz)
        period_ms = cadence.told_ms(rate_hz, self._nominal_hz)
        if period_ms != self._layout.period_ms:
            self._layout = self._layout.at(period_ms)
            self._spool.use(self._layout)

    async def run(self) -> None:
        """Read when it is due, for ever."""
        grid = self._cadence
        grid.start(self._now_us(), self._board.dice())
        while True:
            if self._prepare is not None and grid.imminent(self._now_us()):
                self._prepare()
            await asyncio.sleep(grid.wait_s(self._now_us()))
            self._board.alive("sampler")
            elapsed_s = grid.due(self._now_us())
            if elapsed_s:
                self._take(elapsed_s)

    def _now_us(self) -> int:
        now_us: int = self._board.ticks_ms() * 1000
        return now_us

    # ------------------------------------------------------------- items

    def emit(self, name: str, values) -> int:
        """What has happened just now becomes an item; its seq.

        Raises:
            ValueError: this is no event that could be sent; the text says why.
        """
        return self._keep(payload.event(time_ms=self._board.time_ms(), name=name, values=values))

    def _take(self, elapsed_s: float) -> None:
        """One reading, from the sensors to the spool; what happened before it goes first."""
        values, reason = {}, ""
        try:
            values = self._machine.step(elapsed_s)
            reason = getattr(self._machine, "trouble", "")
        except (OSError, ValueError) as error:
            reason = str(error)
        self._emit_all()
        record, fault = self._packed(values) if values else (None, "")
        if reason or fault or record is None:
            reasons = [text for text in (reason, fault) if text] or ["no sensor gave a value"]
            self.withheld.because("; ".join(reasons), none=record is None)
        else:
            self.withheld.over()
        if record is not None:
            self._keep(record)

    def _packed(self, values):
        """The record of a reading, without the channels that are none; and what was wrong."""
        time_ms = self._board.time_ms()
        truth = getattr(self._machine, "truth", None)
        try:
            return self._layout.pack(time_ms=time_ms, values=values, truth=truth), ""
        except ValueError:
            sound, faults = self._layout.sound(values)
        if not sound:
            return None, "; ".join(faults)
        return self._layout.pack(time_ms=time_ms, values=sound, truth=truth), "; ".join(faults)

    def _emit_all(self) -> None:
        """What the machine tells of itself. What is no event is a mistake in it, and said once."""
        for name, values in self._take_events() if self._take_events is not None else ():
            try:
                self.emit(name, values)
            except ValueError as error:
                complaint = "the event %s was left out: %s" % (name, error)
                if complaint != self._complaint:
                    self._board.say(complaint)
                self._complaint = complaint

    def _keep(self, record: bytes) -> int:
        seq: int = self._spool.append(record)
        self._kept(seq, record, self._layout)
        return seq
