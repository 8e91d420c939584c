"""Where the program begins on an ESP32: ``site.json`` in, a device that runs for ever.

main.py ─▶ selector ─▶ start ─▶ esp32 (board), app (device)
"""

import gc
import json
import os

from firmware import models
from firmware.device import packed, update
from firmware.device.app import Device, Site
from firmware.device.board import trusting
from firmware.device.esp32 import Esp32
from firmware.device.sensed import RATE_HZ, Sensed, measured

_SETTINGS = "/site.json"
_AUTHORITY = "/ca.der"
_SPOOL = "/spool"
# Flash wears: what is settled within a block of 64 readings never touches it. A day at 1 Hz is 85
# segments of 13 KB, which take four blocks of the file system each.
_SEGMENT_READINGS = 1024
_MAX_SEGMENTS = 90
_COLLECT_BYTES = 16384  # little and often, so that the heap is not cut into pieces


def live():
    """The program, to be awaited by the selector; it ends when the board is to restart."""
    gc.threshold(_COLLECT_BYTES)  # type: ignore[attr-defined]
    with open(_SETTINGS) as file:
        settings = json.load(file)
    _make(_SPOOL)
    tls = trusting(_authority()) if settings["tls"] else None
    return _live(Esp32(settings=settings, directory=_SPOOL, tls=tls), settings)


async def _live(board, settings) -> None:
    device = Device(
        board=board,
        site=Site(
            site=settings["site"],
            device=settings["device"],
            host=settings["host"],
            port=settings["port"],
            username=settings["username"],
            password=settings["password"],
            location=settings["location"],
        ),
        asset=settings["asset"],
        rate_hz=settings["rate_hz"],
        store=packed,
        flush_every=packed.MOST_A_BLOCK,
        segment_readings=_SEGMENT_READINGS,
        max_segments=_MAX_SEGMENTS,
        updates=update.begin(settings),
        **_machine(board, settings),
    )
    await device.run(beside=board.beside(device))


def _machine(board, settings):
    """What the device reads, and what it says of it."""
    sensors = settings["sensors"]
    seed = board.random_u32()
    if not sensors:
        model = models.module(settings["asset"])
        return {"model": model, "machine": model.Machine(seed)}
    simulated = settings["simulate"]
    sensed = Sensed(
        asset=settings["asset"],
        channels=measured(settings),
        sensors={name: board.wired.sensor(name, options) for name, options in sensors.items()},
        rate_hz=settings.get("nominal_hz", RATE_HZ),
        stand_in=models.create(settings["asset"], seed) if simulated else None,
        simulated=simulated,
    )
    return {"model": sensed, "machine": sensed}


def _authority() -> bytes:
    with open(_AUTHORITY, "rb") as file:
        return file.read()


def _make(directory: str) -> None:
    try:
        os.mkdir(directory)
    except OSError:
        pass  # it is there
