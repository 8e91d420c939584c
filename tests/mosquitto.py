"""A private Mosquitto with its default persistence, which loses all when it is killed."""

import contextlib
import itertools
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from scripts.settings import ROOT

HOST = "127.0.0.1"
# Below those that a system gives to whoever connects: a broker that was killed gets its port back.
PORTS = range(20_000, 32_000)
# As `make up` runs the broker: its own queue of 1,000 messages loses what a slow machine leaves.
LIMITS = re.findall(r"^max_\w+ \d+$", (ROOT / "mosquitto.conf").read_text(), re.MULTILINE)
WORKERS = 8  # with ports of their own; those beyond share them


def eventually(true: Callable[[], object], what: str, *, within_s: float = 120.0) -> None:
    """Wait for ``true``; the limit is for a broken program, not a measure of a slow machine."""
    deadline_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline_s, f"it never came: {what}"
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody has, and that no other test will be given."""
    for port in itertools.islice(_ports(), len(PORTS)):
        with contextlib.suppress(OSError), socket.create_server((HOST, port)):
            return port
    raise AssertionError("every port is taken")


@cache
def _ports() -> Iterator[int]:
    """This worker's, round and round; another run on this machine begins at another one."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    share = len(PORTS) // WORKERS
    ours = PORTS[worker * share : (worker + 1) * share]
    begin = os.getpid() * 37 % share
    return itertools.cycle([*ours[begin:], *ours[:begin]])


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert found, f"{name} is not installed: run `make setup-dev`"
    return found


class Mosquitto:
    """The real broker on a free port of the loopback interface.

    It writes its database as it does by default: every half an hour and when it is stopped
    politely. ``lines`` are further lines of its configuration; ``users`` are names and passwords,
    without which nobody gets in then.
    """

    def __init__(
        self, directory: Path, lines: Iterable[str] = (), *, users: Mapping[str, str] | None = None
    ) -> None:
        self.port = free_port()
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)
        own = (
            f"listener {self.port} {HOST}",
            f"allow_anonymous {str(not users).lower()}",
            "user root",
            "persistence true",
            f"persistence_location {directory}/",
            *self._passwords(users or {}),
            *lines,
        )
        self.config = directory / "mosquitto.conf"
        self.config.write_text("\n".join(own) + "\n")

    def _passwords(self, users: Mapping[str, str]) -> list[str]:
        path = self._directory / "passwords"
        if users:
            path.touch(mode=0o600)
        for name, password in users.items():
            line = [_program("mosquitto_passwd"), "-b", str(path), name, password]
            subprocess.run(line, check=True)
        return [f"password_file {path}"] if users else []

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_program("mosquitto"), "-c", str(self.config)], stdout=log, stderr=log
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
