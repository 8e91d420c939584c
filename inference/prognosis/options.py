"""What ``train --life`` can be told; reading it loads no library."""

import argparse
from typing import Final

from inference.arguments import positive
from inference.errors import BadDataset

SIMULATED: Final = ""  # of --life: no files, virtual machines


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    life = parser.add_argument_group(
        "remaining life", "learned from machines that were followed until they failed"
    )
    life.add_argument(
        "--life",
        nargs="?",
        const=SIMULATED,
        metavar="PATH",
        help="a CSV file (unit,time,CHANNEL…; the last row of a unit is its failure) or a folder "
        "of them; without PATH: virtual machines that wear out",
    )
    life.add_argument(
        "--format", choices=("csv", "cmapss"), default="csv", help="of PATH: or NASA's turbofans"
    )
    life.add_argument(
        "--conditions",
        type=lambda text: [name.strip() for name in text.split(",")],
        default=[],
        metavar="A,B",
        help="columns that say what a machine is told to do: the others count beside those",
    )
    life.add_argument(
        "--time-unit", default="hours", metavar="UNIT", help="what time counts in (%(default)s)"
    )
    life.add_argument(
        "--horizon",
        type=positive,
        metavar="N",
        help="what is left beyond it is not told apart (0.6 of the usual life; of cmapss 125)",
    )


def check(arguments: argparse.Namespace) -> None:
    """Raises BadDataset: what is asked does not go together."""
    own = [name for name in ("conditions", "horizon") if getattr(arguments, name)]
    own += ["format"] * (arguments.format != "csv")
    if arguments.life is None:
        if own:
            raise BadDataset(
                f"--{own[0]} is of remaining life: name what to learn from with --life."
            )
        return
    if arguments.csv is not None or arguments.normal_only:
        raise BadDataset("--life and --csv or --normal-only are different trainings: give one.")
    if arguments.conditions and (arguments.format != "csv" or arguments.life == SIMULATED):
        raise BadDataset("--conditions names columns of a CSV file; here they are known.")
