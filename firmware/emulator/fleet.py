"""Starts the boards' program once a device, on one event loop, and stops them together."""

import asyncio
import fcntl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware.device.app import Device, NoJournal, Site
from firmware.device.board import Board
from firmware.emulator.audit import Audit
from firmware.emulator.faults import Breakable, Breaking, Schedule
from firmware.emulator.kinds import Kind, all_ids
from firmware.emulator.options import Options

_FAULT_TICK_S = 0.5
_SEEDS_APART = 10_007  # so that fleets of neighbouring seeds share no machine


class Busy(OSError):
    """Another process runs this device from the same directory."""


@contextmanager
def owned(directory: Path) -> Iterator[None]:
    """Hold ``directory`` for this process: two writers would spoil a spool.

    Raises:
        Busy: another process holds it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                f"{directory} is in use: is another emulator running? Stop it, or give this one "
                "another --data-dir."
            ) from None
        yield


class Fleet:
    """All devices of one emulator."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._members = options.members()
        self._running: dict[str, Device] = {}
        self._machines: dict[str, Breakable] = {}
        self._stopping = False

    async def run(self) -> None:
        """Run until ``stop``.

        Raises:
            Busy: a device's directory is taken.
            OSError: one cannot be written.
        """
        async with asyncio.TaskGroup() as group:
            devices = [
                group.create_task(self._live(name, number), name=name)
                for number, name in enumerate(self._members)
            ]
            faults = group.create_task(self._break_machines())
            await asyncio.wait(devices)
            faults.cancel()

    def stop(self) -> None:
        """Every device says goodbye; ``run`` then returns."""
        self._stopping = True
        for device in self._running.values():
            device.stop()

    async def _live(self, name: str, number: int) -> None:
        """One device, over as many restarts as it is told to make. Its machine outlives them."""
        directory = self._options.data_dir / "devices" / name
        seed = self._options.seed_of(self._members[name]) * _SEEDS_APART + number
        machine = self._members[name].create(seed)
        if hasattr(machine, "tell_hour"):
            machine.tell_hour(self._hour())
        self._machines[name] = machine
        audit = self._options.audit(name)
        with owned(directory):
            again = True
            while again and not self._stopping:
                device = self._device(name, directory, machine, audit)
                self._running[name] = device
                again = await device.run()
        if audit is not None:
            audit.close()

    def _device(
        self, name: str, directory: Path, machine: Breakable, audit: Audit | None
    ) -> Device:
        options, kind = self._options, self._members[name]
        username, password = options.login(directory)
        site = Site(
            site=options.site,
            device=name,
            host=options.host,
            port=options.port,
            username=username,
            password=password,
        )
        device = Device(
            board=Board(name=name, directory=str(directory)),
            site=site,
            asset=kind.asset,
            model=kind.model(),
            machine=machine,
            rate_hz=kind.rate_hz or options.rate_hz,
            journal=audit or NoJournal(),
        )
        if audit is not None:
            audit.found(device.spool)
        return device

    def _hour(self) -> float:
        """Of the day, by the clock on the site's wall; the machine's where nobody names a zone."""
        zone = ZoneInfo(self._options.time_zone) if self._options.time_zone else None
        now = datetime.now(zone)
        return now.hour + now.minute / 60 + now.second / 3600

    async def _break_machines(self) -> None:
        began_s = time.monotonic()
        schedules = [(self._schedule(kinds), kinds) for kinds in self._options.by_plan()]
        while True:
            await asyncio.sleep(_FAULT_TICK_S)
            for schedule, kinds in schedules:
                schedule.advance(time.monotonic() - began_s, self._machines_of(kinds))

    def _schedule(self, kinds: Sequence[Kind]) -> Schedule:
        """Of kinds that share a plan."""
        breaking = {name: Breaking.of(kind.model()) for kind in kinds for name in kind.device_ids()}
        plan = kinds[0].plan or self._options.plan
        return Schedule(plan, seed=self._options.seed_of(kinds[0]), breaking=breaking)

    def _machines_of(self, kinds: Sequence[Kind]) -> dict[str, Breakable]:
        return {name: self._machines[name] for name in all_ids(kinds) if name in self._machines}
