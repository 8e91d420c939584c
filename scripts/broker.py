"""Settings become Mosquitto's files, its database is checked, and Mosquitto takes over."""

import os
import resource
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NoReturn

from contract.errors import GatewayError
from firmware.emulator.kinds import all_ids
from gateway.accounts.credentials import ACCOUNTS, Credential, Credentials
from hosting.guard.server import raise_open_files
from hosting.private import keep_private
from scripts import broker_log
from scripts.settings import ROOT, Settings, SettingsError, load
from scripts.setup import find
from scripts.usage import take_no_arguments

TEMPLATE: Final = ROOT / "mosquitto.conf"
_LOADED_WITHIN_S: Final = 30.0
MOST_CLIENTS: Final = 25_000  # EDGETWIN_MAX_DEVICES, and as many again that come and go
_OWN_FILES: Final = 64


class BrokerError(Exception):
    """Mosquitto cannot be started; the text says why."""


def configure(settings: Settings) -> str:
    """The text of mosquitto.conf for these settings."""
    return string.Template(TEMPLATE.read_text()).substitute(
        port=settings.broker_port,
        host=settings.host,
        directory=settings.data_dir / "broker",
        user=stay_root(),
        most_connections=most_connections(resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
    )


def most_connections(open_files: int) -> int:
    """How many clients the broker takes at a time: what its files allow, the listeners' left out.

    Without a limit it would meet its last file, and then turn boards and readers away in a loop.
    """
    return min(MOST_CLIENTS, open_files - _OWN_FILES)


def stay_root() -> str:
    """The line that keeps Mosquitto root where root starts it; nobody else needs one."""
    return "user root" if os.geteuid() == 0 else ""


def provision(settings: Settings) -> list[str]:
    """Logins for our own processes, the emulated devices and the operator that `.env` names.

    Returns warnings.

    Raises:
        GatewayError: the files cannot be written, or the operator's name is a device's.
    """
    credentials = Credentials(settings.data_dir, site=settings.site)
    for account in ACCOUNTS:
        credentials.own(account)
    credentials.keep_operator(_operator(settings))
    boards = credentials.emulate(all_ids(settings.kinds))
    return [
        f"{name} has a login that is not the emulator's, so the emulator cannot speak for it: "
        f"leave it out of EDGETWIN_FLEET if it is a board, or "
        f"`python -m gateway device add {name} --renew --for-emulator`"
        for name in boards
    ]


def _operator(settings: Settings) -> Credential | None:
    if not settings.broker_username:
        return None
    return Credential(username=settings.broker_username, password=settings.broker_password)


def program(name: str) -> str:
    """The path of one of Mosquitto's programs.

    Raises:
        BrokerError: it is not installed.
    """
    path = find(name)
    if not path:
        raise BrokerError(f"There is no {name} on this machine: `make setup` installs it.")
    return path


def readable(database: Path) -> bool:
    """Whether Mosquitto can start with ``database``, which it does not touch here.

    A full disk or a power cut can leave a file that makes every later start fail with "Couldn't
    open database" (its issues 2639 and 3160), so we ask Mosquitto itself beforehand, on a Unix
    socket. It is killed before it could write anything back.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "mosquitto.db").symlink_to(database)
        answers = folder / "listening"
        lines = (f"listener 0 {answers}", "allow_anonymous true", "persistence true")
        where = (f"persistence_location {folder}/", stay_root(), "log_dest none")
        (folder / "mosquitto.conf").write_text("\n".join((*lines, *where, "")))
        return _starts(folder / "mosquitto.conf", answers)


def _starts(configuration: Path, answers: Path) -> bool:
    """Whether Mosquitto opens its socket; it does so once it has read its database."""
    command = [program("mosquitto"), "-c", str(configuration)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT) as process:
        deadline_s = time.monotonic() + _LOADED_WITHIN_S
        while process.poll() is None and not answers.exists() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        started = process.poll() is None
        process.kill()
    return started


def set_aside(database: Path) -> Path:
    """Move an unreadable database out of the way, keeping it for whoever wants to look."""
    aside = database.with_name(f"{database.name}.unreadable-{int(time.time())}")
    return database.rename(aside)


def prepare(settings: Settings) -> Path:
    """Everything Mosquitto needs before it starts; returns its configuration file."""
    directory = settings.data_dir / "broker"
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    for leftover in ("mosquitto.pid", "local.sock"):  # of a broker that was killed
        (directory / leftover).unlink(missing_ok=True)
    for warning in provision(settings):
        print(f"WARNING {warning}", flush=True)
    database = directory / "mosquitto.db"
    if database.exists() and not readable(database):
        aside = set_aside(database)
        print(
            f"WARNING Mosquitto cannot read its database: moved to {aside}, starting with an empty "
            "one. Nothing is lost: devices send again what the gateway has not acknowledged.",
            flush=True,
        )
    configuration = directory / "mosquitto.conf"
    configuration.write_text(configure(settings))
    return configuration


def main() -> NoReturn:
    try:
        keep_private()
        settings = load()
        configuration = prepare(settings)
        mosquitto = program("mosquitto")
    except (BrokerError, GatewayError, SettingsError) as error:
        print(f"ERROR {error}", file=sys.stderr)
        sys.exit(1)
    raise_open_files()
    writer = broker_log.spawn(settings.data_dir)
    os.dup2(writer, sys.stdout.fileno())
    os.dup2(writer, sys.stderr.fileno())
    os.close(writer)
    os.execv(mosquitto, [mosquitto, "-c", str(configuration)])  # noqa: S606 - takes our place


if __name__ == "__main__":
    take_no_arguments()
    main()
