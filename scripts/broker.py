"""Settings become Mosquitto's configuration, its database is checked, and Mosquitto takes over."""

import os
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NoReturn

from scripts.settings import ROOT, Settings, SettingsError, load
from scripts.setup import find

TEMPLATE: Final = ROOT / "mosquitto.conf"
_LOADED_WITHIN_S: Final = 30.0


class BrokerError(Exception):
    """Mosquitto cannot be started; the text says why."""


def configure(settings: Settings) -> str:
    """The text of mosquitto.conf for these settings."""
    directory = settings.data_dir / "broker"
    with_password = bool(settings.broker_username)
    return string.Template(TEMPLATE.read_text()).substitute(
        port=settings.broker_port,
        host=settings.host,
        allow_anonymous=str(not with_password).lower(),
        password_file=f"password_file {directory / 'passwords'}" if with_password else "",
        directory=directory,
        user=stay_root(),
    )


def stay_root() -> str:
    """The line that keeps Mosquitto root where root starts it; nobody else needs one."""
    return "user root" if os.geteuid() == 0 else ""


def write_passwords(settings: Settings) -> None:
    """Write the password file, salted and hashed, readable by its owner alone."""
    path = settings.data_dir / "broker" / "passwords"
    path.unlink(missing_ok=True)
    if not settings.broker_username:
        return
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{settings.broker_username}:{settings.broker_password}\n")
    # -U hashes the file in place: a password on the command line would show in `ps`.
    subprocess.run([program("mosquitto_passwd"), "-U", str(path)], check=True)
    path.chmod(0o600)


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
    write_passwords(settings)
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
        configuration = prepare(load())
        mosquitto = program("mosquitto")
    except (BrokerError, SettingsError) as error:
        print(f"ERROR {error}", file=sys.stderr)
        sys.exit(1)
    os.execv(mosquitto, [mosquitto, "-c", str(configuration)])  # noqa: S606 - takes our place


if __name__ == "__main__":
    main()
