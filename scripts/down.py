"""`make down`: stop everything that runs on this data directory, cleanly if it still can."""

import os
import signal
import sys
import time
from contextlib import suppress
from typing import Final

from scripts.hold import holder
from scripts.processes import Supervisor, gone, stop_members
from scripts.settings import Settings, SettingsError, load
from scripts.usage import take_no_arguments

_ENDED_WITHIN_S: Final = 90.0
_POLL_S: Final = 0.1


def down(settings: Settings) -> str:
    """Stop what runs and say in one sentence what that was."""
    supervisor = Supervisor(settings)
    if supervisor.pid() is None:
        return _without_supervisor(settings)
    supervisor.shutdown()
    is_gone = gone(settings.data_dir)
    _await_end(settings)  # of `make up`, which shows the logs to their end
    if is_gone:
        return "Everything is stopped."
    left = stop_members(settings.data_dir)
    return f"Everything is stopped; {counted(left)} had to be ended by force."


def _without_supervisor(settings: Settings) -> str:
    starting = holder(settings)
    if starting is not None:
        with suppress(ProcessLookupError):
            os.kill(starting, signal.SIGTERM)
        _await_end(settings)
    left = stop_members(settings.data_dir)
    if starting is not None:
        return "Everything is stopped; `make up` had not started all of it."
    return f"Stopped {counted(left)} left over." if left else "Nothing is running."


def _await_end(settings: Settings) -> None:
    deadline_s = time.monotonic() + _ENDED_WITHIN_S
    while holder(settings) is not None and time.monotonic() < deadline_s:
        time.sleep(_POLL_S)


def counted(pids: list[int]) -> str:
    return "1 process" if len(pids) == 1 else f"{len(pids)} processes"


def main() -> int:
    try:
        print(down(load()))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    take_no_arguments()
    sys.exit(main())
