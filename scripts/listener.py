"""Supervisor's process events become `run/processes.json`; no process is given up, or hangs.

Started by supervisord as an event listener: events come on stdin, and stdout speaks its protocol
(http://supervisord.org/events.html), so what a person should read goes to stderr.
"""

import json
import os
import re
import signal
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final
from xmlrpc.client import Fault

from supervisor import childutils

from scripts.processes import Info, info_of
from scripts.settings import load as load_settings
from scripts.watchdog import Beats, Watchdog, keep_watch, say, wells

_TAIL_BYTES: Final = 8192
_DIED: Final = ("EXITED", "BACKOFF")
_TRY_AGAIN_FROM: Final = (*_DIED, "FATAL")


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process as /health shows it; ``exit_code`` is minus the signal's number after one."""

    name: str
    state: str = "STOPPED"
    restarts: int = 0
    last_exit_ms: int | None = None
    pid: int | None = None
    exit_code: int | None = None

    def after(self, event: dict[str, str], *, state: str, now_ms: int) -> "Process":
        """This process after one PROCESS_STATE event."""
        again = state == "STARTING" and event["from_state"] in _TRY_AGAIN_FROM
        running = state in ("RUNNING", "STOPPING")
        return replace(
            self,
            state=state,
            restarts=self.restarts + again,
            last_exit_ms=now_ms if state in _DIED else self.last_exit_ms,
            pid=int(event["pid"]) if running else None,
        )


def load(path: Path) -> dict[str, Process]:
    """What the file says, for a listener that was itself started again; else nothing."""
    with suppress(OSError, ValueError, TypeError, KeyError):  # each event says the state again
        return {entry["name"]: Process(**entry) for entry in json.loads(path.read_text())}
    return {}


def save(processes: dict[str, Process], path: Path) -> None:
    """Replace the file in one step, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)  # all of it may have been deleted
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps([asdict(process) for process in processes.values()]))
    beside.replace(path)


def keep(processes: dict[str, Process], path: Path) -> None:
    """``save``, on a disk that may be full or failing: the next event tries again."""
    try:
        save(processes, path)
    except OSError as error:
        say(f"WARNING {path} cannot be written: {error.strerror}")


def how(exit_code: int | None) -> str:
    """In words: nothing when it is not known."""
    if exit_code is None:
        return ""
    if exit_code < 0:
        return f" by {signal.Signals(-exit_code).name}"
    return f" with exit code {exit_code}"


def sentence(process: Process) -> str | None:
    """What a person should know about a process's new state, if anything."""
    if process.state == "EXITED":
        return f"WARNING {process.name} ended{how(process.exit_code)}; starting it again"
    if process.state == "BACKOFF":
        return f"WARNING {process.name} ended soon after its start{how(process.exit_code)}; waiting"
    if process.state == "FATAL":
        return f"ERROR {process.name} does not stay up, see its log above; still trying"
    if process.state == "RUNNING" and process.restarts:
        return f"{process.name} is running again (pid {process.pid})"
    return None


def connect() -> Any:
    """Supervisord's remote interface, over a connection of its own."""
    return childutils.getRPCInterface(os.environ).supervisor


def exit_code(name: str, log: str) -> int | None:
    """How ``name`` ended last, from supervisord's log: an exit status, or minus a signal's number.

    The events do not carry it, and by the time one is read supervisord has forgotten it.
    """
    found = re.findall(
        rf"exited: {re.escape(name)} \((?:exit status (\d+)|terminated by (\w+))", log
    )
    if not found:
        return None
    status, signal_name = found[-1]
    return int(status) if status else -signal.Signals[signal_name]


def end_of(path: Path) -> str:
    """The last lines of a log file; nothing if it was rotated away this very moment."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return file.read().decode(errors="replace")
    return ""


def try_again(name: str) -> bool:
    """Start a process that supervisord has given up; False while it is shutting down."""
    with suppress(Fault):
        return bool(connect().startProcess(name, False))
    return False


def handle(
    processes: dict[str, Process], event: dict[str, str], *, state: str, log: Path
) -> str | None:
    """Fold one event into ``processes``, start again what is given up; returns what to say."""
    name = event["processname"]
    known = processes.get(name, Process(name=name))
    process = known.after(event, state=state, now_ms=time.time_ns() // 1_000_000)
    if state in _DIED:
        process = replace(process, exit_code=exit_code(name, end_of(log)))
    processes[name] = process
    shutting_down = state == "FATAL" and not try_again(name)
    return None if shutting_down else sentence(process)


def infos() -> list[Info]:
    """Every process as supervisord sees it now."""
    return [info_of(row) for row in connect().getAllProcessInfo()]


def watch() -> None:
    """Begin to watch over the others, beside the events.

    Raises:
        SettingsError: a setting is wrong.
    """
    settings = load_settings()
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    beats = Beats(settings.run_dir / "notify.sock")
    keep_watch(
        Watchdog(
            wells=wells(settings, beats),
            infos=infos,
            start=lambda name: connect().startProcess(name, False),
            logins=settings.data_dir / "broker",
            say=say,
        )
    )


def main() -> None:
    watch()
    data_dir = Path(os.environ["EDGETWIN_DATA_DIR"])
    path, log = data_dir / "run" / "processes.json", data_dir / "log" / "supervisord.log"
    own_name = os.environ["SUPERVISOR_PROCESS_NAME"]
    processes = load(path)
    while True:
        headers, payload = childutils.listener.wait()
        event = childutils.get_headers(payload)
        state = headers["eventname"].removeprefix("PROCESS_STATE_")
        if event["processname"] != own_name:
            text = handle(processes, event, state=state, log=log)
            keep(processes, path)
            if text:
                say(text)
        childutils.listener.ok()


if __name__ == "__main__":
    main()
