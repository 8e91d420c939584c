# ruff: noqa: INP001 - a script in the file system of MicroPython, not a part of a package
"""Runs under MicroPython in WebAssembly as main.py does on the chip: the selector, then a slot.

Nothing of ours but the selector is imported here: the rest is in the slot that it chooses.
"""

import asyncio
import json
import random

import host  # type: ignore[import-not-found] # registered by life.js
import selector  # firmware/device/slots.py
from streams import open_connection  # type: ignore[import-not-found] # beside this file

_options: dict[str, str] = {}
_tasks: list[object] = []
_devices: list[object] = []


def _program() -> object:
    from firmware import models  # noqa: PLC0415 - found in the slot that was chosen
    from firmware.device import update  # noqa: PLC0415
    from firmware.device.app import Device, Site  # noqa: PLC0415
    from firmware.device.board import Board  # noqa: PLC0415

    class HostBoard(Board):
        """A board whose clock and dice are the host's: this port's ticks follow the wall clock."""

        def ticks_ms(self) -> int:
            return int(host.monotonic_ms())

        def random_u32(self) -> int:
            return int(host.random_hex(), 16)

        def open_connection(self, host: str, port: int) -> object:
            return open_connection(host, port)

    model = models.module(_options["asset"])
    device = Device(
        board=HostBoard(name=_options["device"], directory="/spool"),
        site=Site(
            site=_options["site"],
            device=_options["device"],
            host=_options["host"],
            port=int(_options["port"]),
            username=_options["username"],
            password=_options["password"],
        ),
        asset=_options["asset"],
        model=model,
        machine=model.Machine(int(_options["seed"])),
        rate_hz=float(_options["rate"]),
        updates=update.begin(  # type: ignore[no-untyped-call]
            {"device": _options["device"], "update_key": _options["key"]}
        ),
    )
    _devices[:] = [device]
    return device.run()


async def _live() -> None:
    slots = selector.Slots()
    await selector.supervise(slots, _program, say=print, trial_s=float(_options["trial"]))
    host.finished("")


def start(options: str) -> None:
    """Begin; ``options`` is a JSON object of texts. ``host.finished`` is called at the end."""
    random.seed(int(host.random_hex(), 16) & 0x3FFFFFFF)
    _options.update(json.loads(options))
    _tasks.append(asyncio.create_task(_live()))


def stop() -> None:
    for device in _devices:
        device.stop()  # type: ignore[attr-defined]
