"""What the fleet is to be: command line first, then environment and ``.env``, then defaults."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contract import rate
from firmware import models
from firmware.emulator import fleet_file
from firmware.emulator.faults import Plan, parse_plan
from firmware.emulator.kinds import MOST_DEVICES, Kind, all_ids, first_of, parse_fleet
from firmware.emulator.reached import Reached, add_options, check_name, environment, reached
from firmware.environment import Environment

_DEVICES = 4


@dataclass(frozen=True, kw_only=True)
class Options(Reached):
    """A fleet of ``kinds`` of machines; without a ``rate_hz`` each is read as its type has it."""

    kinds: tuple[Kind, ...]
    rate_hz: float | None
    plan: Plan
    seed: int
    time_zone: str

    def device_ids(self) -> list[str]:
        return all_ids(self.kinds)

    def assets(self) -> dict[str, str]:
        """The type of each device, by its id."""
        return {name: kind.asset for name, kind in self.members().items()}

    def members(self) -> dict[str, Kind]:
        """The kind that each device is of, by its id."""
        return {name: kind for kind in self.kinds for name in kind.device_ids()}

    def seed_of(self, kind: Kind) -> int:
        return self.seed if kind.seed is None else kind.seed

    def by_plan(self) -> list[list[Kind]]:
        """Kinds that share a plan of faults, their own or that of the whole fleet."""
        sharing: dict[Plan | None, list[Kind]] = {}
        for kind in self.kinds:
            sharing.setdefault(kind.plan, []).append(kind)
        return list(sharing.values())


def _parser(default: Environment) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m firmware.emulator",
        description="Runs virtual machines that publish over MQTT exactly as boards do: it is the "
        "boards' own program. Ctrl-C stops them cleanly.",
        epilog="Defaults come from EDGETWIN_* variables and .env: see .env.example.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--fleet", metavar="TYPE:N,...", help=f"types and how many of each; {default.fleet}")
    add(
        "--fleet-file",
        type=Path,
        metavar="FILE",
        help="machines of a TOML or JSON file: docs/examples/fleet.toml explains it",
    )
    add(
        "--asset",
        metavar="TYPE",
        help="one type only, a module of firmware/models; where the next two are given without "
        "it, the first of EDGETWIN_FLEET",
    )
    add("--devices", type=int, metavar="N", help=f"how many of that one; {_DEVICES}")
    add("--prefix", metavar="NAME", help="they are NAME-01, NAME-02 ...; without it TYPE-01 ...")
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
    add(
        "--replay",
        metavar="FILE",
        help="a recording (CSV) instead of machines: --replay FILE --help has its own options",
    )
    add_options(parser, default)
    return parser


def _rate(text: str) -> float:
    try:
        return rate.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}, not {text}") from None


def parse(arguments: Sequence[str] | None = None) -> Options:
    """The options of a command line; leaves the program with a sentence when one is no good."""
    defaults = environment()
    parser = _parser(defaults)
    given = parser.parse_args(arguments)
    kinds = _kinds(parser, given, defaults)
    _check(parser, given, kinds)
    place = reached(parser, given, defaults)
    try:
        plan = parse_plan(given.faults, known=known_faults(kinds))
    except ValueError as error:
        parser.error(f"--faults: {error}")
    return Options(
        kinds=kinds,
        rate_hz=given.rate,
        plan=plan,
        seed=given.seed,
        time_zone=defaults.time_zone,
        **vars(place),
    )


def known_faults(kinds: Sequence[Kind]) -> list[str]:
    """What can be wrong with any of them."""
    return list(dict.fromkeys(fault for kind in kinds for fault in kind.faults()))


def _kinds(
    parser: argparse.ArgumentParser, given: argparse.Namespace, defaults: Environment
) -> tuple[Kind, ...]:
    asked = ("fleet_file", "fleet", "asset", "devices", "prefix")
    said = [option for option in asked if getattr(given, option) is not None]
    if len(said) > 1 and said[0].startswith("fleet"):
        first, second = (option.replace("_", "-") for option in said[:2])
        parser.error(f"--{first} names types and numbers itself: leave out --{second}")
    option = said[0] if said else ""
    try:
        if option == "fleet_file":
            return fleet_file.read(given.fleet_file)
        if option and option != "fleet":
            return (_one_kind(given, defaults),)
        return parse_fleet(given.fleet or defaults.fleet)
    except ValueError as error:
        names = {"": "EDGETWIN_FLEET", "fleet": "--fleet", "fleet_file": "--fleet-file"}
        return parser.error(f"{names.get(option, '--asset')}: {error}")


def _one_kind(given: argparse.Namespace, defaults: Environment) -> Kind:
    asset = first_of(defaults.fleet) if given.asset is None else given.asset
    models.module(asset)
    devices = _DEVICES if given.devices is None else given.devices
    return Kind(asset=asset, devices=devices, prefix=given.prefix or asset)


def _check(
    parser: argparse.ArgumentParser, given: argparse.Namespace, kinds: Sequence[Kind]
) -> None:
    if not kinds:
        parser.error("EDGETWIN_FLEET=none is a fleet without machines; name some with --fleet")
    if not all(1 <= kind.devices <= MOST_DEVICES for kind in kinds):
        parser.error(f"--devices must be 1 to {MOST_DEVICES}, not {given.devices}")
    for kind in kinds:
        check_name(parser, "--prefix", kind.device_ids()[-1])
