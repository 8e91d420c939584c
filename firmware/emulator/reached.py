"""Where the broker is, as whom devices speak there, and where their files are."""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.emulator import credential
from firmware.emulator.audit import Audit
from firmware.environment import Environment, load
from firmware.errors import SettingError
from firmware.site import NAME

_HIGHEST_PORT: Final = 65535


@dataclass(frozen=True, kw_only=True)
class Reached:
    """``login_given``: on the command line; then no device's own is looked for.

    ``own_broker``: the one that this machine's settings name.
    """

    site: str
    host: str
    port: int
    username: str
    password: str
    data_dir: Path
    audit_dir: Path | None
    login_given: bool = False
    own_broker: bool = True

    def login(self, directory: Path) -> tuple[str, str]:
        """What was said on the command line, or the device's own, or what the environment says.

        Raises:
            OSError: the device's own cannot be read.
        """
        shared = self.username, self.password
        return shared if self.login_given else credential.read(directory) or shared

    def audit(self, name: str) -> Audit | None:
        """The second record of a device, where one is kept."""
        return Audit(self.audit_dir / f"{name}.jsonl") if self.audit_dir is not None else None


def environment() -> Environment:
    """The settings; leaves the program with a sentence when one is no good."""
    try:
        return load()
    except SettingError as error:
        raise SystemExit(str(error)) from None


def add_options(parser: argparse.ArgumentParser, default: Environment) -> None:
    """What ``reached`` reads."""
    add = parser.add_argument
    add("--host", default=default.host, help="address of the broker")
    add("--port", type=int, default=default.broker_port, help="port of the broker")
    add("--site", default=default.site, help="third part of every topic")
    add("--data-dir", type=Path, default=default.data_dir, help="spools go to DIR/devices/ID")
    add(
        "--username",
        default=argparse.SUPPRESS,
        help="one login at the broker for all; without it each device's own, from "
        "DIR/devices/ID/credential, or else EDGETWIN_BROKER_USERNAME",
    )
    add("--password", default=default.broker_password, help=argparse.SUPPRESS)
    add("--audit", type=Path, default=None, metavar="DIR", help="record every reading and ack here")


def reached(
    parser: argparse.ArgumentParser, given: argparse.Namespace, default: Environment
) -> Reached:
    """What was said; leaves the program with a sentence when that is no good."""
    if not 1 <= given.port <= _HIGHEST_PORT:
        parser.error(f"--port must be 1 to {_HIGHEST_PORT}, not {given.port}")
    check_name(parser, "--site", given.site)
    return Reached(
        site=given.site,
        host=given.host,
        port=given.port,
        username=getattr(given, "username", default.broker_username),
        password=given.password,
        data_dir=given.data_dir,
        audit_dir=given.audit,
        login_given="username" in given,
        own_broker=(given.host, given.port) == (default.host, default.broker_port),
    )


def check_name(parser: argparse.ArgumentParser, option: str, name: str) -> None:
    """Whether it is one that a site or a device can have."""
    if not re.match(NAME, name):
        parser.error(
            f"{option} must be letters, digits, _ . and -, at most 64 in all, not {name!r}"
        )
