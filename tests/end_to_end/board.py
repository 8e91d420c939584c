"""A workshop whose only device is a board with the real MicroPython."""

import signal
from pathlib import Path
from typing import Any

from tests.end_to_end.workshop import SITE, Workshop
from tests.firmware.servers import Program, micropython
from tests.mosquitto import HOST


class BoardWorkshop(Workshop):
    """A workshop whose devices are one board with MicroPython, ``dispenser-01``.

    Its stream has all there is: measurements, a state, counters, events. It reaches its broker at
    ``broker_port_for_board``, and keeps a log as the emulator does. Its spool is in memory: kill
    anything but the board.
    """

    def __init__(self, directory: Path, **options: Any) -> None:
        super().__init__(directory, devices=1, dispensers=1, **options)
        self.broker_port_for_board = self.broker.port
        self._board: Program | None = None

    def start_devices(self, *arguments: str) -> None:
        command = micropython(
            "board.js",
            *("--device", self.names[0], "--asset", "dispenser"),
            *("--host", HOST, "--port", self.broker_port_for_board),
            *("--site", SITE, "--rate", self._rate_hz, "--seed", self._seed),
            *("--audit", self.audit_dir, *arguments),
        )
        self._board = Program(command, self.directory / "board.log")

    @property
    def devices_pid(self) -> int | None:
        return self._board._process.pid if self._board is not None else None

    def kill_devices(self) -> None:
        if self._board is not None:
            self._board.stop(signal.SIGKILL)
            self._board = None
