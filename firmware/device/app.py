"""The board's program: samples the machine on time, keeps and sends what it reads, obeys commands.

machine ─▶ sample ─▶ spool ─▶ delivery ─▶ uplink ─▶ broker
               ▲                            │
               └──── commands, desired ◀────┘
"""

import asyncio
import json

from firmware import models
from firmware.device import cadence, payload
from firmware.device.commands import Commands, Refused, decoded, number
from firmware.device.delivery import Delivery
from firmware.device.spool import Spool
from firmware.device.update import NoUpdates
from firmware.device.uplink import Uplink
from firmware.device.withheld import Withheld

_MOST_MESSAGES_A_S = 10
_MOST_POSTS = 32


class Site:
    """Where the device belongs, and where its broker is."""

    def __init__(
        self,
        *,
        site: str,
        device: str,
        host: str,
        port: int,
        username: str = "",
        password: str = "",
        location: str = "",
    ) -> None:
        self.site = site
        self.device = device
        self.host = host
        self.port = port
        self.username = username
        self.password = password
        self.location = location

    def topic(self, kind: str) -> str:
        return "edgetwin/v1/" + self.site + "/" + self.device + "/" + kind


class Device:
    """One device from start to stop: one epoch.

    ``machine`` is what it reads: a module of firmware.models gives ``channels``, ``faults`` and
    ``model``; on real hardware a driver with the same ``step`` does, which raises OSError while a
    sensor does not answer. ``journal`` is told of every accepted reading and every watermark (see
    ``NoJournal``). ``storage`` are options of the ``Spool``.
    """

    def __init__(
        self,
        *,
        board,
        site: Site,
        asset: str,
        model,
        machine,
        rate_hz: float | None = None,
        journal=None,
        updates=None,
        **storage,
    ) -> None:
        self._board = board
        self._site = site
        self._asset = asset
        self._model = model
        self.machine = machine
        self._virtual = hasattr(machine, "inject")
        self._journal = journal or NoJournal()
        self._reported: dict[str, float] = {}
        self._layout = payload.Layout(
            tuple(name for name, _unit in model.CHANNELS),
            ("normal",) + tuple(model.FAULTS) if self._virtual else (),  # noqa: RUF005
        )
        self.spool = Spool(
            board.directory,
            layout=self._layout,
            restore=payload.restore,
            random_u32=board.random_u32,
            **storage,
        )
        self.delivery = Delivery(spool=self.spool, dice=board.dice)
        self._updates = updates or NoUpdates("it runs on a host")
        self._updates.join(self)
        self._commands = Commands(device=self, board=board)
        self.uplink = Uplink(
            board=board,
            site=site,
            delivery=self.delivery,
            # MicroPython has no starred items in a tuple.
            subscriptions=("ack", "command", "desired") + self._updates.subscriptions,  # noqa: RUF005
            greet=self._greet,
            on_message=self._receive,
        )
        self._stop = asyncio.Event()
        self._wants_restart = False
        self.withheld = Withheld(board=board)
        self._nominal_hz = models.rate_hz(model)
        self._cadence = cadence.Cadence()
        self._prepare = getattr(machine, "prepare", None)  # sensors that need a moment
        self.set_rate(rate_hz or self._nominal_hz)

    # ------------------------------------------------------------- life

    async def run(self, *, beside=()) -> bool:
        """Work until ``stop``; whether the device is to be started again.

        ``beside`` are coroutines of the board's that go on meanwhile: one that ends, ends this.
        """
        works = (self._sample(), self.uplink.run()) + tuple(beside)  # noqa: RUF005 - MicroPython
        tasks = [asyncio.create_task(self._until_it_ends(work)) for work in works]
        try:
            await self._stop.wait()
            for task in tasks:
                if task.done():
                    await task  # raises what ended it
            tasks[0].cancel()
            await self.uplink.farewell()
        finally:
            self._updates.stop()
            for task in tasks:
                task.cancel()
            self.spool.close()
        if self._wants_restart:
            self._board.restart()
        return self._wants_restart

    async def _until_it_ends(self, work) -> None:
        """No part may die unnoticed while the others go on."""
        try:
            await work
        finally:
            self._stop.set()

    def stop(self) -> None:
        self._stop.set()

    def restart(self) -> None:
        """Stop as soon as the answer to the command has gone out, and begin a new epoch."""
        self._wants_restart = True
        self._stop.set()

    # ------------------------------------------------------------- readings

    async def _sample(self) -> None:
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

    def _take(self, elapsed_s: float) -> None:
        """One reading, from the sensors to the spool."""
        try:
            values = self.machine.step(elapsed_s)
            truth = self.machine.truth if self._virtual else None
            time_ms = self._board.time_ms()
            record = self._layout.pack(time_ms=time_ms, values=values, truth=truth)
        except (OSError, ValueError) as error:
            self.withheld.because(str(error))
            return
        self.withheld.over()
        seq = self.spool.append(record)
        self._journal.accepted(self.spool.epoch, seq, record, self._layout)
        if self.delivery.pending >= self.delivery.batch:
            self.uplink.wake()

    # ------------------------------------------------------------- what it says of itself

    def _greet(self) -> None:
        self.announce()
        self.uplink.post("status", b"online", retain=True)
        self._report()

    def announce(self) -> None:
        birth = {
            "asset": self._asset,
            "model": self._model.MODEL,
            "firmware": self._updates.version,
            "update": self._updates.report(),
            "epoch": self.spool.epoch,
            "channels": [{"name": name, "unit": unit} for name, unit in self._model.CHANNELS],
            "rate_hz": self._reported["rate_hz"],
            "location": self._site.location,
            "virtual": self._virtual,
            "faults": list(self._model.FAULTS) if self._virtual else [],
        }
        self.uplink.post("birth", json.dumps(birth).encode(), retain=True)

    def _report(self) -> None:
        self.uplink.post("reported", json.dumps(self._reported).encode(), retain=True)

    # ------------------------------------------------------------- what it is told

    def _receive(self, kind: str, message: bytes) -> None:
        if kind == "ack":
            self._settle(message)
        elif kind == "command":
            self._obey(message)
        elif kind == "desired":
            self._adopt(message)
        elif kind == "chunk":
            self._updates.take(message)

    def _settle(self, message: bytes) -> None:
        try:
            epoch, seq = payload.watermark(message)
        except ValueError as error:
            self._board.say(str(error))
            return
        self._journal.acknowledged(epoch, seq)
        if self.delivery.acknowledge(epoch, seq, self._board.ticks_ms()):
            self._updates.works()
        if self.delivery.window_open:
            self.uplink.wake()

    def _obey(self, message: bytes) -> None:
        result = self._commands.handle(message)
        if result is not None and self.uplink.posts_waiting < _MOST_POSTS:
            self.uplink.post("result", result)

    def _adopt(self, message: bytes) -> None:
        """Make the desired settings true and report what came of it."""
        desired = decoded(message)
        if desired is None:
            self._board.say("desired settings that are no object were ignored")
            return
        for name, change in (("rate_hz", self.set_rate), ("set_point", self.set_point)):
            if name in desired:
                try:
                    change(number(desired, name))
                except ValueError as error:
                    self._board.say(str(error))
        self._report()

    # ------------------------------------------------------------- what may be changed

    def set_rate(self, rate_hz: float) -> None:
        self._cadence.set_rate(rate_hz)
        if self._reported.get("rate_hz") == rate_hz:
            return
        self._reported["rate_hz"] = rate_hz
        self.delivery.batch = max(1, int(rate_hz / _MOST_MESSAGES_A_S))
        self._layout = self._layout.at(cadence.told_ms(rate_hz, self._nominal_hz))
        self.spool.use(self._layout)
        if self.uplink.connections:
            self.announce()
            self._report()

    def set_point(self, value: float) -> None:
        self.machine.set_point(value)
        if self._reported.get("set_point") != value:
            self._reported["set_point"] = value
            self._report()

    def inject_fault(self, fault: str) -> None:
        if not self._virtual:
            raise Refused("this is a real machine: faults come by themselves")
        self.machine.inject(fault)

    def clear_fault(self) -> None:
        if not self._virtual:
            raise Refused("this is a real machine: its faults must be repaired")
        self.machine.clear()

    def update(self, args) -> None:
        self._updates.begin(args)


class NoJournal:
    """Nobody keeps a second record of what the device did."""

    def accepted(self, epoch: str, seq: int, record: bytes, layout) -> None:
        """A reading is in the spool."""

    def acknowledged(self, epoch: str, seq: int) -> None:
        """The gateway settled ``epoch`` up to ``seq``."""
