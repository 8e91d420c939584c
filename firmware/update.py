"""``python -m firmware update``: a command line in, a device with another program out."""

import argparse
import contextlib
import fcntl
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

from firmware import keys, release
from firmware.address import Address
from firmware.emulator.kinds import parse_fleet
from firmware.environment import Environment, load
from firmware.errors import UpdateError
from firmware.flash.screen import Screen
from firmware.line import Line
from firmware.release import Release
from firmware.site import NAME
from firmware.transfer import Transfer

_ACCOUNT = Path("broker/accounts/updater")  # below the data directory: `make up` puts it there
_MOST_PORT = 65535


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``update`` and ``release``."""
    parser = commands.add_parser(
        "update",
        help="put another program on a board, over the air",
        description="Compiles and signs the program, sends it to a board through the broker, and "
        "waits until it works there or the board has gone back to its old one.",
        epilog="Defaults come from EDGETWIN_* variables and .env: see .env.example.",
    )
    add = parser.add_argument
    add("--device", required=True, metavar="ID", help="which board")
    add("--release", type=Path, metavar="FILE", help="send this one, not what is in this checkout")
    add("--force", action="store_true", help="an older program too, or the same once more")
    add("--site", default=None, help="third part of the topics")
    add("--host", default=None, help="address of the broker")
    add("--port", type=int, default=None, help="port of the broker")
    add("--ca", default="", metavar="PEM", help="encrypt, and trust brokers this one has signed")
    add("--data-dir", type=Path, default=None, help="where the boards' keys are")
    parser.set_defaults(run=_update)
    keep = commands.add_parser("release", help="keep the compiled program in a file")
    keep.add_argument("file", type=Path)
    keep.add_argument(
        "--asset",
        metavar="TYPE",
        help="for boards of this type of machine; without it, of the one of EDGETWIN_FLEET",
    )
    keep.set_defaults(run=_release)


def _release(given: argparse.Namespace) -> None:
    made = release.build(asset=given.asset or _only_type(load().fleet))
    made.write(given.file)
    Screen().line(f"{given.file}: {made.version}, {len(made.files)} files, {made.total} bytes")


def _only_type(fleet: str) -> str:
    """The type that all of ``EDGETWIN_FLEET`` are of.

    Raises:
        UpdateError: there are several, or none: a release is of one.
    """
    try:
        types = [kind.asset for kind in parse_fleet(fleet)]
    except ValueError as error:
        raise UpdateError(f"EDGETWIN_FLEET: {error}") from None
    if len(types) != 1:
        known = " or ".join(f"--asset {name}" for name in types) or "--asset TYPE"
        raise UpdateError(f"A release is for boards of one type of machine: say {known}.")
    return types[0]


def _update(given: argparse.Namespace) -> None:
    environment = load()
    data_dir = given.data_dir or environment.data_dir
    _check_name("--device", given.device)
    key = keys.known(data_dir, given.device)
    with _alone(data_dir):
        _send(given, environment, data_dir, key)


def _check_name(option: str, name: str) -> None:
    if not re.match(NAME, name):
        raise UpdateError(
            f"{option} is {name[:80]!r}: it must be letters, digits, _ . and -, at most 64, the "
            "first a letter or digit."
        )


def _send(given: argparse.Namespace, environment: Environment, data_dir: Path, key: bytes) -> None:
    site = given.site or environment.site
    _check_name("--site or EDGETWIN_SITE", site)
    screen = Screen()
    with Line(_address(given, environment, data_dir), site=site, device=given.device) as line:
        with screen.step(f"send a release to {given.device}") as progress:
            transfer = Transfer(
                line=line, device=given.device, key=key, say=screen.line, progress=progress
            )
            asset = transfer.find()
            wanted = _wanted(given.release, asset)
            screen.line(
                f"     {wanted.version}, {wanted.total / 1024:.0f} KB; "
                f"it runs {transfer.birth.get('firmware', 'an unknown one')}"
            )
            transfer.carry_out(wanted, force=given.force)
        screen.line(f"{given.device} runs {wanted.version}.")


@contextlib.contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """One update at a time: the broker knows the updater by its login and cuts the older one off.

    Raises:
        UpdateError: another one is under way, or nothing may be written there.
    """
    path = data_dir / "keys.lock"
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("w"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UpdateError("Another update is under way: wait until it has ended.") from None
        except OSError as error:
            raise UpdateError(f"{path} cannot be written: {error.strerror}") from None
        yield


def _wanted(file: Path | None, asset: str) -> Release:
    return release.read(file) if file else release.build(asset=asset)


def _address(given: argparse.Namespace, environment: Environment, data_dir: Path) -> Address:
    """As the operator that .env names, else as the updater that ``make up`` has given a login."""
    username, password = environment.broker_username, environment.broker_password
    if not username:
        username, password = _account(data_dir / _ACCOUNT)
    return Address(
        host=given.host or environment.host,
        port=_port(environment.broker_port if given.port is None else given.port),
        username=username,
        password=password,
        ca=_authority(given.ca),
    )


def _port(number: int) -> int:
    if not 1 <= number <= _MOST_PORT:
        raise UpdateError(
            f"--port or EDGETWIN_BROKER_PORT is {number}: ports are 1 to {_MOST_PORT}."
        )
    return number


def _authority(path: str) -> str:
    """``path``, when certificates can be read from it."""
    if path:
        try:
            ssl.create_default_context(cafile=path)
        except ssl.SSLError:
            raise UpdateError(f"--ca {path}: the file holds no certificate.") from None
        except OSError as error:
            raise UpdateError(f"--ca {path}: {error.strerror}.") from None
    return path


def _account(path: Path) -> tuple[str, str]:
    try:
        username, _colon, password = path.read_text().strip().partition(":")
    except FileNotFoundError:
        return "", ""
    except OSError as error:
        raise UpdateError(f"{path} cannot be read: {error.strerror}") from None
    return username, password
