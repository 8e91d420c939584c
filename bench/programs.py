"""Programs under measurement: started, waited for, time and memory read, stopped."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

HOST: Final = "127.0.0.1"
ROOT: Final = Path(__file__).parents[1]
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_STOP_WITHIN_S: Final = 15.0
_LAST_LINES: Final = 8


class NotMeasured(Exception):
    """A part of the bench cannot be run here, or a program gave up; the text says why."""


class Program:
    """One process, from start to stop; what it says goes to a file beside its data."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        stop_by: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = log.stem
        self._log = log
        self._stop_by = stop_by
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as sink:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdout=sink,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._process.send_signal(self._stop_by)
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End it as a power cut would, but for what the disk holds."""
        self._process.kill()
        self._process.wait()

    def wait_for(self, ready: Callable[[], bool], *, what: str, within_s: float = 60.0) -> None:
        """Return when ``ready()``. Raises NotMeasured when the program ends or time is up."""
        deadline_s = time.monotonic() + within_s
        while not ready():
            if self._process.poll() is not None:
                raise NotMeasured(f"{self.name} ended before {what}: {self._last_words()}")
            if time.monotonic() > deadline_s:
                raise NotMeasured(f"{self.name}: no {what} in {within_s:g} s: {self._last_words()}")
            time.sleep(0.02)

    def wait_for_port(self, port: int, *, within_s: float = 60.0) -> None:
        self.wait_for(lambda: answers(port), what=f"answer on port {port}", within_s=within_s)

    def _last_words(self) -> str:
        return " / ".join(self._log.read_text(errors="replace").splitlines()[-_LAST_LINES:])

    def cpu_s(self) -> float:
        """Processor time used so far, of all threads, in user mode and in the kernel."""
        fields = self._read("stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    def memory_mb(self, *, peak: bool = False) -> float:
        """Resident memory now, or the most it ever was."""
        field = "VmHWM:" if peak else "VmRSS:"
        return int(self._read("status").split(field)[1].split()[0]) / 1024

    def _read(self, name: str) -> str:
        return Path(f"/proc/{self._process.pid}/{name}").read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
