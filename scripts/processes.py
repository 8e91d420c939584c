"""The running installation: asked and stopped through supervisord's Unix socket."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from scripts.settings import Settings

LISTENER: Final = "listener"
IN_ORDER_OF_START: Final = ("broker", "influxdb", "inference", "gateway", "dashboard", "devices")
# In the environment of supervisord and of all that it starts, and of nothing else.
MARK: Final = "EDGETWIN_RUN"
_STOPPED_WITHIN_S: Final = 90.0


@dataclass(frozen=True, kw_only=True)
class Info:
    """One process as supervisord sees it."""

    name: str
    state: str
    pid: int
    uptime_s: int


class Supervisor:
    """supervisord of one data directory, which may or may not be running."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"unix://{settings.socket_path}"

    def _rpc(self) -> Any:
        """The remote interface over a new connection: a failed one is of no further use."""
        transport = SupervisorTransport("", "", self._url)
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def pid(self) -> int | None:
        """Supervisord's process id, or None when it is not running."""
        try:
            return int(self._rpc().getPID())
        except Fault as error:
            if error.faultCode == Faults.SHUTDOWN_STATE:
                return -1
            raise
        except OSError:
            return None

    def infos(self) -> list[Info]:
        """Every process that was ever started, in the order of start."""
        rows = {row["name"]: row for row in self._rpc().getAllProcessInfo() if row["start"]}
        return [info_of(rows[name]) for name in IN_ORDER_OF_START if name in rows]

    def shutdown(self) -> None:
        """Stop the processes one after another, the last started first, then supervisord."""
        try:
            self._rpc().shutdown()
        except Fault as error:
            if error.faultCode != Faults.SHUTDOWN_STATE:
                raise


def info_of(row: dict[str, Any]) -> Info:
    """One row of supervisord's ``getAllProcessInfo``."""
    uptime_s = row["now"] - row["start"] if row["statename"] == "RUNNING" else 0
    return Info(name=row["name"], state=row["statename"], pid=row["pid"], uptime_s=uptime_s)


def members(data_dir: Path) -> list[int]:
    """Process ids of everything that was started for ``data_dir``, supervised or orphaned."""
    wanted = os.fsencode(f"{MARK}={data_dir}")
    return [pid for pid in _pids() if wanted in _environ(pid)]


def _pids() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _environ(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # ended meanwhile, or somebody else's
        return []


def stop_members(data_dir: Path) -> list[int]:
    """End what is left of ``data_dir`` and return its process ids: ask, wait, insist."""
    left = members(data_dir)
    for number, patience_s in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 2.0)):
        for pid in members(data_dir):
            _send(pid, number)
        gone(data_dir, within_s=patience_s)
    return left


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def gone(data_dir: Path, *, within_s: float = _STOPPED_WITHIN_S) -> bool:
    """Wait until nothing of ``data_dir`` runs any more; False when the time is over."""
    deadline_s = time.monotonic() + within_s
    while members(data_dir):
        if time.monotonic() > deadline_s:
            return False
        time.sleep(0.1)
    return True
