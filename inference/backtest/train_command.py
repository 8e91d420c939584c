"""``train``: a model of each type that is asked for, compared with the one that judges now."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape

from contract import assets
from contract.assets.words import Asset
from inference.arguments import seed
from inference.errors import BadDataset, InferenceError, NoPlace, NotTaken
from inference.prognosis import options as life_options
from inference.runs import verdict_rows
from inference.settings import Settings
from inference.training.gate import POOR_MODEL, Bars, PoorModel
from inference.training.recipe import SEED

if TYPE_CHECKING:  # serving must not load scikit-learn, matplotlib and the exporter
    from inference.training.report import Report

DESCRIPTION: Final = """Train on virtual machines, or on a CSV exported from the gateway, and on
what people said of alarms; test on machines the training never saw, and write model, report,
picture and card. Where a model judges already the new one is compared with it, and taken if it is
not worse. With --life, how long one still lasts is learned instead."""
_CONSOLE: Final = Console(stderr=True)


def failed(error: Exception) -> int:
    """Say it; the exit status: 3 of a training that ended well, with a model that is no good."""
    _CONSOLE.print(f"[red]{escape(str(error))}[/red]")
    return POOR_MODEL if isinstance(error, PoorModel | NotTaken) else 1


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--asset", help="asset type; default: every one in the catalogue that can be simulated"
    )
    parser.add_argument(
        "--csv", type=Path, help="exported readings with truth, instead of virtual machines"
    )
    parser.add_argument(
        "--verdicts", type=Path, metavar="FOLDER",
        help="what people said of alarms, to learn from as well, as `python -m gateway verdicts` "
        "writes it; default: EDGETWIN_DATA_DIR/verdicts, if it is there",
    )  # fmt: skip
    parser.add_argument(
        "--out",
        type=Path,
        help="where to write; default: EDGETWIN_DATA_DIR/models/<asset>, where the model that is "
        "there is compared with the new one first",
    )
    parser.add_argument(
        "--normal-only",
        action="store_true",
        help="learn what is normal from the CSV, which has no labels and nothing wrong in it",
    )
    parser.add_argument(
        "--seed", type=seed, default=SEED, metavar="N", help="the same seed gives the same model"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="few machines and trees: for trying things out; takes no other model's place",
    )
    life_options.add(parser)
    bars = Bars()
    parser.add_argument(
        "--least-f1", type=float, default=bars.macro_f1, metavar="SHARE",
        help="macro-F1 on unseen machines below which no model is published (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--most-false-alarms", type=float, default=bars.false_alarms_per_hour, metavar="N",
        help="alarms an hour of a healthy machine, above which none is published (%(default)s)",
    )  # fmt: skip
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Raises BadDataset: what is asked for does not go together."""
    life_options.check(arguments)
    if arguments.life is not None:
        from inference.training import life  # noqa: PLC0415  (as above)

        return life.train(arguments, settings)
    if arguments.normal_only:
        return _learn_normal(arguments, settings)
    chosen = _chosen(arguments)
    if arguments.out and len(chosen) > 1:
        raise BadDataset("--out is for one asset type: name it with --asset.")
    if arguments.verdicts is not None:  # a training takes minutes
        verdict_rows.check(arguments.verdicts)
    for asset in chosen:
        _check_writable(arguments.out or settings.models_dir / asset.name)
    bars = Bars(macro_f1=arguments.least_f1, false_alarms_per_hour=arguments.most_false_alarms)
    status = 0
    for asset in chosen:
        status = max(status, _train_one(asset, arguments, settings, bars))
    return status


def _check_writable(directory: Path) -> None:
    """Raises NoPlace: nothing can be written there."""
    there = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not there.is_dir():
        raise NoPlace(f"{directory} cannot be written: {there} is no directory.")
    if not os.access(there, os.W_OK):
        raise NoPlace(f"{directory} cannot be written: {there} is not yours to write in.")


def _learn_normal(arguments: argparse.Namespace, settings: Settings) -> int:
    from inference.normality import recording  # noqa: PLC0415  (serving reads no CSV)

    if arguments.csv is None:
        raise BadDataset("--normal-only learns from a recording: name it with --csv.")
    memory = recording.learned_from(arguments.csv)
    name = arguments.asset or arguments.csv.stem
    path = recording.write(memory, arguments.out or settings.models_dir / name)
    _CONSOLE.print(
        f"What is normal of {len(memory.channels)} channels ({', '.join(memory.channels)}), "
        f"learned from {memory.rows} rows, is in {path}; POST /anomalies takes it as memory.",
        highlight=False,
    )
    return 0


def _train_one(asset: Asset, arguments: argparse.Namespace, settings: Settings, bars: Bars) -> int:
    """One type that cannot be trained keeps no other from being."""
    from inference.backtest.beside import train_and_take  # noqa: PLC0415
    from inference.training.training_screen import train_on_screen  # noqa: PLC0415

    verdicts = verdicts_of(arguments.verdicts, settings)

    def train_into(directory: Path) -> "Report":
        return train_on_screen(
            asset,
            csv=arguments.csv,
            verdicts=verdicts,
            directory=directory,
            seed=arguments.seed,
            quick=arguments.quick,
            bars=bars,
        )

    try:
        if arguments.out:
            train_into(arguments.out)
        else:
            directory = settings.models_dir / asset.name
            train_and_take(
                asset,
                directory,
                train_into=train_into,
                verdicts=verdicts,
                is_trial=arguments.quick,
            )
    except InferenceError as error:
        return failed(error)
    return 0


def verdicts_of(named: Path | None, settings: Settings) -> Path | None:
    """The folder of verdicts; one that nobody named keeps no model from being trained."""
    folder = settings.own_verdicts if named is None else named
    if named is None and folder is not None:
        try:
            verdict_rows.check(folder)
        except BadDataset as error:
            _CONSOLE.print(f"[yellow]{escape(str(error))} It goes on without.[/yellow]")
            return None
    return folder


def _chosen(arguments: argparse.Namespace) -> list[Asset]:
    from inference.runs.virtual import has_model  # noqa: PLC0415  (as above)

    if arguments.asset:
        return [assets.get(arguments.asset)]
    if arguments.csv:
        raise BadDataset("--csv is of one asset type: name it with --asset.")
    return [asset for asset in assets.CATALOGUE.values() if has_model(asset)]
