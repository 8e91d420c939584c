"""`make down`: stop everything that runs on this data directory, cleanly if it still can."""

import sys

from scripts.processes import Supervisor, gone, stop_members
from scripts.settings import Settings, SettingsError, load
from scripts.usage import take_no_arguments


def down(settings: Settings) -> str:
    """Stop what runs and say in one sentence what that was."""
    supervisor = Supervisor(settings)
    if supervisor.pid() is None:
        left = stop_members(settings.data_dir)
        return f"Stopped {counted(left)} left over." if left else "Nothing is running."
    supervisor.shutdown()
    if gone(settings.data_dir):
        return "Everything is stopped."
    left = stop_members(settings.data_dir)
    return f"Everything is stopped; {counted(left)} had to be ended by force."


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
