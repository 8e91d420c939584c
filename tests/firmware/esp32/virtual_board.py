"""A board on a pseudo-terminal: real MicroPython, its flash a directory, resets included."""

import contextlib
import json
import os
import pty
import select
import shutil
import subprocess
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.firmware.esp32.loader import Loader

_HERE = Path(__file__).parent
_CTRL_C = b"\x03"
_RESET, _SOFT_RESET, _WATCHDOG = 64, 66, 67
_READ = 4096


class VirtualBoard:
    """``port`` is what a cable would be; ``world`` is what surrounds the board.

    ``spoil(data)`` may damage what comes down the cable.
    """

    def __init__(self, flash: Path, *, chip_id: int | None = None, **world: Any) -> None:
        self.flash = flash
        self.world = {"ssid": "hall", "wifi_password": "long secret", "ntp_port": 0} | world
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.said = b""
        self.starts = 0
        self.bites = 0  # of the watchdog
        self.spoil: Callable[[bytes], bytes] = lambda data: data
        self.loader = Loader(chip_id)
        self._in_rom = False
        self._running = False
        self._stopping = threading.Event()
        self._start("run")
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        if not self._in_rom:
            self._process.terminate()
            self._end()
        os.close(self._master)
        os.close(self._slave)

    def text(self) -> str:
        return self.said.decode(errors="replace")

    # ------------------------------------------------------------- power

    def _end(self) -> int:
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        return self._process.wait(timeout=30)

    def _start(self, mode: str) -> None:
        node = shutil.which("node")
        assert node, "node is not installed"
        self._process = subprocess.Popen(
            [node, str(_HERE / "board.mjs"), str(self.flash), mode, json.dumps(self.world)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.starts += 1
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if line.strip() in {b"running", b"prompt"}:
                break
        self._running = line.strip() == b"running"

    def _interrupt(self) -> None:
        """What Ctrl-C does to the program: it ends, and the prompt is there."""
        self._process.terminate()
        self._end()
        self._start("prompt")

    def power_cut(self) -> None:
        """What was written and flushed is there afterwards; then the power is back."""
        self._process.terminate()  # the cable's thread starts it anew

    # ------------------------------------------------------------- cable

    def _serve(self) -> None:
        while not self._stopping.is_set():
            output = self._process.stdout
            assert output is not None
            board = [] if self._in_rom else [output.fileno()]
            ready, _, _ = select.select([self._master, *board], [], [], 0.1)
            if board and board[0] in ready:
                self._up(os.read(board[0], _READ))
            if self._master in ready:
                self._down(os.read(self._master, _READ))

    def _up(self, data: bytes) -> None:
        if data:
            self.said += data
            os.write(self._master, data)
            return
        code = self._end()
        self.bites += code == _WATCHDOG
        self._start("raw" if code == _SOFT_RESET else "run")

    def _enter_rom(self) -> None:
        """A real board's serial chip resets it into its loader; here its first frame does."""
        self._process.terminate()
        self._end()
        self._in_rom, self._running = True, False

    def _leave_rom(self) -> None:
        """It starts what is in its flash; an erased one has an empty file system."""
        self._in_rom = False
        if self.loader.erased:
            shutil.rmtree(self.flash, ignore_errors=True)
            self.loader.erased = 0
        self._start("run")

    def _down(self, data: bytes) -> None:
        if data[:1] == b"\xc0" and not self._in_rom:
            self._enter_rom()
        if self._in_rom:
            if data[:1] == b"\xc0" or not self.loader.between_frames:
                os.write(self._master, self.loader.feed(data))
                return
            self._leave_rom()
        if self._running:
            _lost, interrupt, data = data.partition(_CTRL_C)
            if not interrupt:
                return
            self._interrupt()
        assert self._process.stdin is not None
        self._process.stdin.write(self.spoil(data))
        self._process.stdin.flush()
