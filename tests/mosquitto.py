"""A private Mosquitto with its default persistence, which loses all when it is killed."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

HOST = "127.0.0.1"


def eventually(true: Callable[[], object], what: str, *, within_s: float = 60.0) -> None:
    """Wait for ``true``; the limit is for a broken program, not a measure of a slow machine."""
    deadline_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline_s, f"it never came: {what}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Mosquitto:
    """The real broker on a free port of the loopback interface.

    It writes its database as it does by default: every half an hour and when it is stopped
    politely. ``lines`` are further lines of its configuration.
    """

    def __init__(self, directory: Path, lines: Iterable[str] = ()) -> None:
        self.port = free_port()
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)
        own = (
            f"listener {self.port} {HOST}",
            "allow_anonymous true",
            "user root",
            "persistence true",
            f"persistence_location {directory}/",
            *lines,
        )
        (directory / "mosquitto.conf").write_text("\n".join(own) + "\n")

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        assert program, "mosquitto is not installed: run `make setup-dev`"
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", str(self._directory / "mosquitto.conf")], stdout=log, stderr=log
            )
        eventually(self._answers, "mosquitto answers")

    def _answers(self) -> bool:
        try:
            socket.create_connection((HOST, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """As a crash would: SIGKILL, wherever it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self, number: int) -> None:
        """Send SIGSTOP or SIGCONT."""
        assert self._process is not None
        self._process.send_signal(number)
