"""`make status`: a table of the running processes."""

import sys

from rich.console import Console

from scripts.processes import Supervisor
from scripts.settings import SettingsError, load
from scripts.table import status
from scripts.usage import take_no_arguments


def main() -> int:
    """Exit code 0 when all processes run, 3 when nothing does (as systemctl), 1 otherwise."""
    try:
        settings = load()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    supervisor = Supervisor(settings)
    if supervisor.pid() is None:
        print("edgetwin is not running. `make up` starts it.")
        return 3
    infos = supervisor.infos()
    Console().print(status(settings, infos))
    return 0 if all(info.state == "RUNNING" for info in infos) else 1


if __name__ == "__main__":
    take_no_arguments()
    sys.exit(main())
