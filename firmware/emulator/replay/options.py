"""What is to be replayed, and how: command line first, then environment, then defaults."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract.access import url_of
from contract.assets import GENERIC, get
from contract.assets.words import Asset
from contract.errors import NotFound
from contract.type_files.folder import loaded
from firmware.emulator.reached import Reached, add_options, check_name, environment, reached
from firmware.emulator.replay.table import Wanted

_LEAST_FAST: Final = 2.0  # slower than that, what is past looks like a clock that is behind
_MOST: Final = 1e6


@dataclass(frozen=True, kw_only=True)
class ReplayOptions:
    """``speed``: so many times as fast as recorded; ``url``, ``token``: of the gateway's API."""

    path: Path
    events: Path | None
    wanted: Wanted
    only: str
    device: str
    speed: float
    own_times: bool
    reached: Reached
    url: str
    token: str

    @property
    def asset(self) -> str:
        return GENERIC if self.wanted.asset is None else self.wanted.asset.name


def parse(arguments: Sequence[str] | None = None) -> ReplayOptions:
    """The options of a command line; leaves the program with a sentence when one is no good."""
    defaults = environment()
    parser = _parser()
    add_options(parser, defaults)
    given = parser.parse_args(arguments)
    place = reached(parser, given, defaults)
    device = given.device or _named(given.replay)
    check_name(parser, "--device", device)
    loaded(place.data_dir)
    return ReplayOptions(
        path=given.replay,
        events=given.events,
        wanted=Wanted(asset=_asset(parser, given.asset), channels=dict(given.map), time=given.time),
        only=given.only,
        device=device,
        speed=_speed(parser, given),
        own_times=given.own_times,
        reached=place,
        url=url_of(place.host, defaults.gateway_port),
        token=defaults.api_token,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m firmware.emulator --replay FILE",
        description="Sends a recording as a board would: nothing is lost, and what cannot be sent "
        "is named. Its times are moved so that the last one is of the moment at which it is sent; "
        "how far apart they are stays. Ctrl-C stops it.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--replay",
        type=Path,
        required=True,
        metavar="FILE",
        help="a CSV with a column of times and a column a channel: the gateway's export, that of "
        "`inference simulate`, or any other",
    )
    add("--events", type=Path, metavar="FILE", help="its events, where another CSV has them")
    add(
        "--speed",
        type=float,
        metavar="N",
        default=argparse.SUPPRESS,
        help=f"so many times as fast: 1, or {_LEAST_FAST:g} to {_MOST:g}; without it 1, with "
        "--own-times as fast as it is taken",
    )
    add("--own-times", action="store_true", help="its own times, which must be past")
    add("--asset", default="", metavar="TYPE", help="what it is a recording of; none: of no type")
    add("--device", default="", metavar="ID", help="who it is sent as; replay- and the file's name")
    add("--only", default="", metavar="ID", help="of a file of several machines this one's rows")
    add("--time", default="", metavar="COLUMN", help="where its times are, if that is not plain")
    add(
        "--map",
        type=_pair,
        action="append",
        default=[],
        metavar="COLUMN=CHANNEL",
        help="what a column is; COLUMN= leaves it out. May be repeated",
    )
    return parser


def _pair(text: str) -> tuple[str, str]:
    column, equals, channel = text.rpartition("=")
    if not equals or not column:
        raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN=CHANNEL")
    return column, channel.strip()


def _named(path: Path) -> str:
    """As the file, in letters that an id has."""
    return ("replay-" + re.sub(r"[^A-Za-z0-9_.-]+", "-", path.stem))[:64]


def _asset(parser: argparse.ArgumentParser, name: str) -> Asset | None:
    if name in ("", GENERIC):
        return None
    try:
        return get(name)
    except NotFound as error:
        parser.error(f"--asset: {error}")


def _speed(parser: argparse.ArgumentParser, given: argparse.Namespace) -> float:
    usual = _MOST if given.own_times else 1.0
    speed: float = getattr(given, "speed", usual)
    if not (_LEAST_FAST <= speed <= _MOST or (speed == 1.0 and not given.own_times)):
        also = "" if given.own_times else "1, or "
        parser.error(
            f"--speed must be {also}{_LEAST_FAST:g} to {_MOST:g}, not {speed:g}: readings of the "
            "past that come hardly faster than they were measured look like a clock that is behind"
        )
    return speed
