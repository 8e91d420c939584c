"""``python -m firmware.emulator --replay FILE``: a recording in, told as a board tells it."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Final

from firmware.device.app import Device, Site
from firmware.device.board import Board
from firmware.emulator import credential
from firmware.emulator.fleet import owned
from firmware.emulator.replay.options import ReplayOptions, parse
from firmware.emulator.replay.prepared import Replay, prepared
from firmware.emulator.replay.recording import Unreadable
from firmware.emulator.replay.replayer import Replayer, batch_of, waiting
from firmware.emulator.replay.report import report

_TELL_S: Final = 5.0
_WRONG: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """0: all of it is stored; 1: not all, and it was said what; 2: it cannot be replayed."""
    options = parse(arguments)
    try:
        replay = prepared(options, now_ms=time.time_ns() // 1_000_000)
        os.umask(0o077)  # spools and logins are their owner's alone
        _see_to_login(options)
        return report(replay, waiting=asyncio.run(_Sender(replay).run()))
    except Unreadable as error:
        _say(f"{error}.")
    except OSError as error:
        _say(str(error))
    return _WRONG


def _see_to_login(options: ReplayOptions) -> None:
    place = options.reached
    if place.own_broker and not place.username:
        problem = credential.ask_for([options.device], place.data_dir)
        if problem:
            _say(problem)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a person reads it


class _Sender:
    """One device that tells a recording, over as many restarts as it is told to make."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._directory = replay.options.reached.data_dir / "devices" / replay.options.device
        self._device: Device | None = None
        self._is_stopping = False

    async def run(self) -> int:
        """How many items wait for the gateway's word when it ends.

        Raises:
            OSError: another process runs this device, or its directory cannot be written.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        with owned(self._directory):
            again = True
            while again and not self._is_stopping:
                self._device = device = self._made()
                again = await device.run(beside=(self._tell(device),))
        return waiting(device.spool)

    def _stop(self) -> None:
        self._is_stopping = True
        if self._device is not None:
            self._device.stop()

    def _made(self) -> Device:
        replay, place = self._replay, self._replay.options.reached
        device = Device(
            board=Board(name=replay.options.device, directory=str(self._directory)),
            site=self._site(),
            asset=replay.options.asset,
            model=replay.model,
            machine=replay.player,
            rate_hz=replay.rate_hz,
            sampler=Replayer,
            journal=place.audit(replay.options.device),
        )
        device.delivery.batch = batch_of(replay.rate_hz * replay.options.speed)
        return device

    def _site(self) -> Site:
        place = self._replay.options.reached
        username, password = place.login(self._directory)
        return Site(
            site=place.site,
            device=self._replay.options.device,
            host=place.host,
            port=place.port,
            username=username,
            password=password,
        )

    async def _tell(self, device: Device) -> None:
        """How far it is, now and then."""
        while True:
            await asyncio.sleep(_TELL_S)
            player, total = self._replay.player, self._replay.total
            done = player.readings + player.events
            left = waiting(device.spool)
            wait = f", {left:,} wait for the gateway" if left else ""
            _say(f"{done:,} of {total:,} sent ({done / total:.0%}){wait}")
