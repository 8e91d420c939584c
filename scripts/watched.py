"""Run one of our processes for systemd, and tell it for as long as that process really answers.

`python -m scripts.watched broker PROGRAM [ARGUMENT ...]`. The gateway needs none of this: its heart
beats by itself.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from hosting.heartbeat import notify
from scripts import ready
from scripts.settings import Settings, SettingsError, load
from scripts.watchdog import ROUND_S, STARTED_WITHIN_S, answers

_POLL_S: Final = 0.2
_USAGE: Final = "usage: python -m scripts.watched broker|inference|dashboard PROGRAM [ARGUMENT ...]"


class Grace:
    """A process that has never answered yet may still be starting."""

    def __init__(self, began_s: float) -> None:
        self._until_s = began_s + STARTED_WITHIN_S

    def covers(self, now_s: float, *, is_well: bool) -> bool:
        if is_well:
            self._until_s = now_s
        return now_s <= self._until_s


def probe_of(name: str, settings: Settings) -> Callable[[], bool]:
    """Whether the process ``name`` answers."""
    if name == "broker":
        return lambda: answers(lambda: ready.broker_locally(settings)) and _has_logins(settings)
    probe = ready.probes(settings)[name]
    return lambda: answers(probe)


def _has_logins(settings: Settings) -> bool:
    """It makes them anew when it starts."""
    return all((settings.data_dir / "broker" / name).exists() for name in ("passwords", "acl"))


def watch(process: subprocess.Popen[bytes], is_well: Callable[[], bool]) -> int:
    """Tell systemd until the process ends; returns its exit code."""
    grace = Grace(time.monotonic())
    due_s = time.monotonic() + ROUND_S
    while process.poll() is None:
        if time.monotonic() >= due_s:
            if grace.covers(time.monotonic(), is_well=is_well()):
                notify("WATCHDOG=1")
            due_s = time.monotonic() + ROUND_S
        time.sleep(_POLL_S)
    return process.returncode


def main() -> int:
    names = ("broker", "inference", "dashboard")
    if len(sys.argv) < 3 or sys.argv[1] not in names:  # noqa: PLR2004 - name and program
        sys.exit(_USAGE)
    try:
        is_well = probe_of(sys.argv[1], load())
    except SettingsError as error:
        sys.exit(f"ERROR {error}")
    environ = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
    process = subprocess.Popen(sys.argv[2:], env=environ)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: process.send_signal(received))
    notify("READY=1")
    return watch(process, is_well)


if __name__ == "__main__":
    sys.exit(main())
