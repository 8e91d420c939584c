"""`make status`: a table of the running processes."""

import sys

from rich.console import Console

from scripts.down import counted
from scripts.hold import holder
from scripts.processes import Supervisor, members
from scripts.settings import Settings, SettingsError, load
from scripts.table import status
from scripts.usage import take_no_arguments


def without_supervisor(settings: Settings) -> tuple[str, int]:
    """What there is when no supervisor answers, as a sentence and an exit code."""
    starting = holder(settings)
    if starting is not None:
        text = (
            f"`make up` (pid {starting}) has not started everything yet: it waits for its "
            "supervisor. `make down` stops it."
        )
        return text, 1
    if left := members(settings.data_dir):
        text = (
            f"{counted(left)} of edgetwin still there, without a supervisor: `make down` stops "
            "what is left, `make up` begins anew."
        )
        return text, 1
    return "edgetwin is not running. `make up` starts it.", 3


def main() -> int:
    """Exit code 0 when all processes run, 3 when nothing does (as systemctl), 1 otherwise."""
    try:
        settings = load()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    supervisor = Supervisor(settings)
    if supervisor.pid() is None:
        text, code = without_supervisor(settings)
        print(text)
        return code
    infos = supervisor.infos()
    Console().print(status(settings, infos))
    return 0 if all(info.state == "RUNNING" for info in infos) else 1


if __name__ == "__main__":
    take_no_arguments()
    sys.exit(main())
