"""``evaluate``: what the learned baseline makes of public recordings and of healthy machines."""

import argparse
import os
from pathlib import Path
from typing import Final

from inference.arguments import count, positive
from inference.errors import BadDataset
from inference.settings import Settings

FOLDER: Final = "EDGETWIN_DATA"  # of this command alone, so no setting of the processes
DESCRIPTION: Final = """Judge public recordings that are no part of edgetwin by their published
protocols, with the learned baseline and what it is measured against, and count its false alarms on
healthy virtual machines. Where a recording is missing it says how to get it."""


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--data", type=Path, help=f"the folder of recordings; default: the variable {FOLDER}"
    )
    parser.add_argument(
        "--machines", type=count, default=2, help="healthy ones of each type; 0: none (%(default)s)"
    )
    parser.add_argument(
        "--hours", type=positive, default=28.0, help="that each of them is followed (%(default)g)"
    )
    parser.add_argument(
        "--life", action="store_true", help="remaining life instead: C-MAPSS, and what wears out"
    )
    parser.add_argument(
        "--trend", action="store_true", help="remaining life by trend, of simulated wear alone"
    )
    parser.add_argument(
        "--quick", action="store_true", help="with --life or --trend: for trying things out"
    )
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace, _settings: Settings) -> int:
    """Raises BadDataset: nobody said where the recordings are, or they are not there."""
    from inference.benchmark.screen import evaluate_on_screen  # noqa: PLC0415  (scikit-learn)

    if arguments.trend:
        from inference.benchmark import trend_screen  # noqa: PLC0415  (as above)

        return trend_screen.evaluate_on_screen(quick=arguments.quick)
    folder = arguments.data or os.environ.get(FOLDER)
    if not folder:
        raise BadDataset(
            f"Name the folder of recordings with --data, or set {FOLDER}; where one is missing in "
            "it, this command says how to get it."
        )
    if not Path(folder).is_dir():
        raise BadDataset(f"{folder} is no folder: name that of the recordings with --data.")
    if arguments.life:
        from inference.benchmark import life_screen  # noqa: PLC0415  (scikit-learn)

        return life_screen.evaluate_on_screen(
            Path(folder), virtual_too=arguments.machines > 0, quick=arguments.quick
        )
    return evaluate_on_screen(Path(folder), machines=arguments.machines, hours=arguments.hours)
