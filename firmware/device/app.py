"""The board's program: samples the machine on time, keeps and sends what it reads, obeys commands.

machine ─▶ sampler ─▶ spool ─▶ delivery ─▶ uplink ─▶ broker
               ▲                             │
               └───── commands, desired ◀────┘
"""

import asyncio
import json

from firmware import models
from firmware.device import announced, payload
from firmware.device.commands import Commands, Refused, decoded, number
from firmware.device.delivery import Delivery
from firmware.device.sampler import Sampler
from firmware.device.spool import Spool
from firmware.device.update import NoUpdates
from firmware.device.uplink import Uplink

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

    ``machine`` is what it reads and ``model`` says what that is: a module of firmware.models; on
    real hardware drivers with the same ``step``, which raises OSError while no sensor answers.
    ``journal`` is told of every accepted item and every watermark (see ``NoJournal``). ``sampler``
    makes what reads the machine. ``storage`` are options of the ``Spool``.
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
        sampler=Sampler,
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
        self._refused: dict[str, str] = {}  # desired settings, and why they are not taken
        layout = payload.layout_of(model, virtual=self._virtual)
        self.spool = Spool(
            board.directory,
            layout=layout,
            restore=payload.restore,
            random_u32=board.random_u32,
            **storage,
        )
        self.delivery = Delivery(spool=self.spool, dice=board.dice)
        self._sampler = sampler(
            board=board,
            machine=machine,
            layout=layout,
            spool=self.spool,
            nominal_hz=models.rate_hz(model),
            kept=self._kept,
        )
        self.withheld = self._sampler.withheld
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
        self.set_rate(rate_hz or models.rate_hz(model))

    # ------------------------------------------------------------- life

    async def run(self, *, beside=()) -> bool:
        """Work until ``stop``; whether the device is to be started again.

        ``beside`` are coroutines of the board's that go on meanwhile: one that ends, ends this.
        """
        works = (self._sampler.run(), self.uplink.run()) + tuple(beside)  # noqa: RUF005 - MicroPython
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

    # ------------------------------------------------------------- what it keeps

    def emit(self, event: str, **values) -> int:
        """Something has happened just now: an item beside the readings, sent as they are.

        ``values`` are numbers and texts. Returns its seq.

        Raises:
            ValueError: this is no event that could be sent; the text says why.
        """
        seq: int = self._sampler.emit(event, values)
        return seq

    def _kept(self, seq: int, record: bytes, layout) -> None:
        self._journal.accepted(self.spool.epoch, seq, record, layout)
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
            "rate_hz": self._reported["rate_hz"],
            "location": self._site.location,
            "virtual": self._virtual,
            "faults": list(self._model.FAULTS) if self._virtual else [],
        }
        birth.update(announced.in_birth(self._model))
        self.uplink.post("birth", json.dumps(birth).encode(), retain=True)

    def _report(self) -> None:
        said: dict[str, object] = dict(self._reported)
        if self._refused:
            said["refused"] = self._refused
        self.uplink.post("reported", json.dumps(said).encode(), retain=True)

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
        self._refused = {}
        for name, change in (("rate_hz", self.set_rate), ("set_point", self.set_point)):
            if name in desired:
                try:
                    change(number(desired, name))
                except ValueError as error:
                    self._refused[name] = str(error)
                    self._board.say(str(error))
        self._report()

    # ------------------------------------------------------------- what may be changed

    def set_rate(self, rate_hz: float) -> None:
        self._sampler.set_rate(rate_hz)
        if self._reported.get("rate_hz") == rate_hz:
            return
        self._reported["rate_hz"] = rate_hz
        self.delivery.batch = max(1, int(rate_hz / _MOST_MESSAGES_A_S))
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
        """A reading or an event is in the spool."""

    def acknowledged(self, epoch: str, seq: int) -> None:
        """The gateway settled ``epoch`` up to ``seq``."""
