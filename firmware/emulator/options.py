"""What the fleet is to be: command line first, then environment and ``.env``, then defaults."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware import models, rate
from firmware.emulator.faults import Plan, parse_plan
from firmware.environment import Environment, load
from firmware.errors import SettingError
from firmware.site import NAME

MOST_DEVICES = 10_000
DEFAULT_ASSET = "fan"
_HIGHEST_PORT = 65535


def device_ids(*, prefix: str, devices: int) -> list[str]:
    """``fan-01``, ``fan-02`` ... as wide as the last one needs, and two digits at least."""
    width = max(2, len(str(devices)))
    return [f"{prefix}-{number:0{width}d}" for number in range(1, devices + 1)]


@dataclass(frozen=True, kw_only=True)
class Options:
    """A fleet of ``devices`` machines of type ``asset``."""

    asset: str
    prefix: str
    devices: int
    rate_hz: float
    plan: Plan
    seed: int
    site: str
    host: str
    port: int
    username: str
    password: str
    data_dir: Path
    audit_dir: Path | None
    login_given: bool = False  # on the command line: then no device's own is looked for
    own_broker: bool = True  # the one that this machine's settings name

    def device_ids(self) -> list[str]:
        return device_ids(prefix=self.prefix, devices=self.devices)


def _parser(default: Environment) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m firmware.emulator",
        description="Runs virtual machines that publish over MQTT exactly as boards do: it is the "
        "boards' own program. Ctrl-C stops them cleanly.",
        epilog="Defaults come from EDGETWIN_* variables and .env: see .env.example.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--asset", default=DEFAULT_ASSET, help="type of machine: a module of firmware/models")
    add("--prefix", metavar="NAME", help="devices are NAME-01, NAME-02 ...; without it the asset")
    add("--devices", type=int, default=default.devices, metavar="N", help="how many")
    add(
        "--rate",
        type=_rate,
        default=default.rate_hz,
        metavar="HZ",
        help=f"readings a second, {rate.RANGE}; without it the asset type's own",
    )
    add(
        "--faults",
        default=default.faults,
        metavar="PLAN",
        help="random, none, or NAME@SECONDS after the start, several with commas; normal@SECONDS "
        "clears",
    )
    add("--seed", type=int, default=default.seed, help="another seed, another fleet")
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
    return parser


def _rate(text: str) -> float:
    try:
        return rate.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}, not {text}") from None


def parse(arguments: Sequence[str] | None = None) -> Options:
    """The options of a command line; leaves the program with a sentence when one is no good."""
    try:
        defaults = load()
    except SettingError as error:
        raise SystemExit(str(error)) from None
    parser = _parser(defaults)
    given = parser.parse_args(arguments)
    _check(parser, given)
    try:
        model = models.module(given.asset)
    except ValueError as error:
        parser.error(f"--asset: {error}")
    try:
        plan = parse_plan(given.faults, known=model.FAULTS)
    except ValueError as error:
        parser.error(f"--faults: {error}")
    return Options(
        asset=given.asset,
        prefix=given.prefix or given.asset,
        devices=given.devices,
        rate_hz=given.rate or models.rate_hz(model),
        plan=plan,
        seed=given.seed,
        site=given.site,
        host=given.host,
        port=given.port,
        username=getattr(given, "username", defaults.broker_username),
        password=given.password,
        data_dir=given.data_dir,
        audit_dir=given.audit,
        login_given="username" in given,
        own_broker=(given.host, given.port) == (defaults.host, defaults.broker_port),
    )


def _check(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    if not 1 <= given.devices <= MOST_DEVICES:
        parser.error(f"--devices must be 1 to {MOST_DEVICES}, not {given.devices}")
    if not 1 <= given.port <= _HIGHEST_PORT:
        parser.error(f"--port must be 1 to {_HIGHEST_PORT}, not {given.port}")
    last = device_ids(prefix=given.prefix or given.asset, devices=given.devices)[-1]
    for option, name in (("--site", given.site), ("--prefix", last)):
        if not re.match(NAME, name):
            parser.error(
                f"{option} must be letters, digits, _ . and -, at most 64 in all, not {name!r}"
            )
