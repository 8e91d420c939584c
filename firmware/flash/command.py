"""``python -m firmware flash``: a command line in, the options of a flashing out."""

import argparse
from pathlib import Path

from firmware.chips import CHIPS
from firmware.errors import INSTALL, ToolError
from firmware.flash import ports
from firmware.flash.options import Options
from firmware.flash.screen import Screen

_MOST_WAIT_S = 3600


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "flash",
        help="put MicroPython and the program on an ESP32",
        description="Writes MicroPython, the program and the site's credentials to an ESP32, then "
        "waits until its birth arrives at the broker. See docs/boards.md.",
    )
    add = parser.add_argument
    add("--port", default="", help="the board's port; without it the only likely one")
    add("--site", type=Path, default=Path("site.toml"), help="see site.example.toml")
    add("--chip", choices=sorted(CHIPS), help="without it the board is asked")
    add("--image", default="", metavar="FILE", help="MicroPython's .bin, a file or an address")
    add("--image-sha256", default="", metavar="HEX", help="what the image's SHA-256 must be")
    add(
        "--program-only",
        action="store_true",
        help="leave MicroPython and unsent readings on the board, renew the program",
    )
    add("--dry-run", action="store_true", help="check everything, say each step, touch nothing")
    add("--wait", type=_seconds, default=90.0, metavar="S", help="for the birth, in seconds")
    add("--list", action="store_true", help="show the serial ports and end")
    parser.set_defaults(run=_run)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= _MOST_WAIT_S:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and up to {_MOST_WAIT_S} seconds")
    return seconds


def add_ports_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("ports", help="show the serial ports")
    parser.set_defaults(run=_show_ports)


def _show_ports(_given: argparse.Namespace) -> None:
    Screen().line(ports.describe(ports.listed()))


def _run(given: argparse.Namespace) -> None:
    if given.list:
        _show_ports(given)
        return
    try:
        from firmware.flash import steps  # noqa: PLC0415 - its libraries are optional ones
    except ImportError:
        raise ToolError(INSTALL) from None
    steps.flash(
        Options(
            port=given.port,
            site=given.site,
            chip=given.chip,
            image=given.image,
            image_sha256=given.image_sha256,
            program_only=given.program_only,
            dry_run=given.dry_run,
            wait_s=given.wait,
        ),
        screen=Screen(),
    )
