# ruff: noqa: INP001 - a script on the board
"""What MicroPython runs when an ESP32 starts: the selector, which starts the program of one slot.

It is written when the board is flashed and never over the air, like selector.mpy beside it.
"""

import asyncio

import machine
import selector

_WATCHDOG_MS = 90000  # for a program on trial that blocks before it has its own
_PAUSE_S = 5


def _program():  # noqa: ANN202 - MicroPython has no typing
    if slots.on_trial:
        machine.WDT(timeout=_WATCHDOG_MS)
    from firmware.device import start  # noqa: PLC0415 - found in the slot that was chosen

    return start.live()


async def _live() -> None:
    await selector.supervise(slots, _program, say=print)
    await asyncio.sleep(_PAUSE_S)  # a moment for a person to press Ctrl-C
    machine.reset()


slots = selector.Slots()
asyncio.run(_live())
