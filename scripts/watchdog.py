"""Processes that run and do not serve are killed, so that supervisord starts them again.

The gateway shows that it gets on by itself (``hosting.heartbeat``), the others are asked. All times
are monotonic: a step of the wall clock is nobody's fault.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final
from xmlrpc.client import Fault

from scripts import ready
from scripts.processes import Info
from scripts.settings import Settings

ROUND_S: Final = 5.0
HUNG_AFTER_S: Final = 30.0
STARTED_WITHIN_S: Final = 180.0  # a gateway may have to fold a long journal first
TRY_AGAIN_S: Final = 60.0
# Rounds so far apart say that we were stopped ourselves, or the machine was asleep.
_ASLEEP_S: Final = 25.0

Say = Callable[[str], None]


class Patience:
    """How long one process has not served. ``is_over`` is asked once a round."""

    def __init__(self) -> None:
        self._pid = 0
        self._since_s = 0.0
        self._round_s = 0.0
        self._limit_s = STARTED_WITHIN_S

    def is_over(self, pid: int, *, is_well: bool, now_s: float) -> bool:
        if pid != self._pid:
            self._pid, self._since_s, self._limit_s = pid, now_s, STARTED_WITHIN_S
        elif now_s - self._round_s > _ASLEEP_S:
            self._since_s = now_s
        self._round_s = now_s
        if is_well:
            self._since_s, self._limit_s = now_s, HUNG_AFTER_S
        return now_s - self._since_s > self._limit_s


class Beats:
    """The socket that the gateway's heart beats into."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._socket.setblocking(False)

    def close(self) -> None:
        self._socket.close()

    def heard(self) -> bool:
        """Whether one came since the last time we looked."""
        found = False
        with suppress(BlockingIOError):
            while data := self._socket.recv(256):
                found = found or b"WATCHDOG=1" in data
        return found


def answers(probe: Callable[[], object]) -> bool:
    """Whether there is any answer: one that says "not ready" is none of a hung process."""
    try:
        probe()
    except ready.Silent:
        return False
    except ready.NotReady:
        return True
    return True


class Watchdog:
    """Looks at all processes once a round."""

    def __init__(
        self,
        *,
        wells: Mapping[str, Callable[[], bool]],
        infos: Callable[[], list[Info]],
        start: Callable[[str], object],
        logins: Path,
        say: Say,
    ) -> None:
        self._wells = wells
        self._infos = infos
        self._start = start
        self._logins = logins
        self._say = say
        self._patience = {name: Patience() for name in wells}
        self._tried_s = 0.0
        self._secrets: dict[str, str] = {}

    def round(self, now_s: float) -> None:
        infos = {info.name: info for info in self._infos()}
        for name, is_well in self._wells.items():
            info = infos.get(name)
            if info is not None and info.state == "RUNNING":
                self._look_at(info, is_well=is_well(), now_s=now_s)
        self._look_after_logins(infos)
        if now_s - self._tried_s >= TRY_AGAIN_S:
            self._tried_s = now_s
            self._try_again(infos)

    def _look_at(self, info: Info, *, is_well: bool, now_s: float) -> None:
        if self._patience[info.name].is_over(info.pid, is_well=is_well, now_s=now_s):
            self._say(f"WARNING {info.name} (pid {info.pid}) hangs: ending it by force")
            _end(info.pid, signal.SIGKILL)  # who is stopped does not hear anything else

    def _try_again(self, infos: Mapping[str, Info]) -> None:
        for info in infos.values():
            if info.state == "FATAL":
                with suppress(Fault):
                    self._start(info.name)

    def _look_after_logins(self, infos: Mapping[str, Info]) -> None:
        """The broker makes its files anew when it starts; who has an old login starts again too."""
        broker = infos.get("broker")
        if broker is not None and broker.state == "RUNNING" and not self._files_are_there():
            self._say("WARNING the broker's logins are gone: it starts again, and makes them anew")
            _end(broker.pid, signal.SIGTERM)
        for name in ("gateway", "dashboard"):
            secret = _text(self._logins / "accounts" / name)
            if not secret:
                continue
            if self._secrets.setdefault(name, secret) != secret and name in infos:
                self._say(f"WARNING {name} has another login at the broker: it starts again")
                _end(infos[name].pid, signal.SIGTERM)
            self._secrets[name] = secret

    def _files_are_there(self) -> bool:
        return all((self._logins / name).exists() for name in ("passwords", "acl", "local.sock"))


def wells(settings: Settings, beats: Beats) -> dict[str, Callable[[], bool]]:
    """Process name to whether it serves; the emulated devices are their own affair."""
    probes = ready.probes(settings)
    asked = {
        "broker": lambda: ready.broker_locally(settings),
        **{name: probes[name] for name in ("influxdb", "inference", "dashboard")},
    }
    wells: dict[str, Callable[[], bool]] = {
        name: lambda probe=probe: answers(probe)  # type: ignore[misc]
        for name, probe in asked.items()
    }
    return wells | {"gateway": beats.heard}


def keep_watch(watchdog: Watchdog) -> None:
    """Look round after round on a thread of its own, for ever."""

    def run() -> None:
        while True:
            time.sleep(ROUND_S)
            with suppress(OSError, Fault):  # supervisord is busy, or going
                watchdog.round(time.monotonic())

    threading.Thread(target=run, name="watchdog", daemon=True).start()


def say(text: str) -> None:
    """Into the listener's log, which `make up` shows."""
    print(text, file=sys.stderr, flush=True)


def _end(pid: int, number: signal.Signals) -> None:
    if pid > 0:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
