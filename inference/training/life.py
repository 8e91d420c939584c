"""``train --life``: machines that were followed until they failed become a model."""

import argparse
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markdown import Markdown

from contract import assets
from contract.topics import is_name
from inference.errors import BadDataset
from inference.prognosis import card, cmapss, options, publishing, tables, worn
from inference.prognosis.learning import OnStep, learn
from inference.prognosis.lives import Lives
from inference.prognosis.model import FOLDER
from inference.prognosis.regression import QUICK, Shape
from inference.prognosis.report import Report
from inference.settings import Settings
from inference.training.training_screen import bar, stepper

_QUICK_MACHINES: Final = 20


def train(arguments: argparse.Namespace, settings: Settings) -> int:
    """Learn, show how good it is, and write the model.

    Raises:
        BadDataset: what there is cannot be learned from; the text says which file, line and column.
        ExportFailed: nothing is written.
    """
    console, name = Console(), _name(arguments)
    directory = (arguments.out or settings.models_dir / name) / FOLDER
    with bar(console) as progress:
        on_step = stepper(progress, name)
        lives = _lives(arguments, name, on_step)
        learned = learn(
            lives,
            horizon=arguments.horizon or _horizon(arguments),
            shape=QUICK if arguments.quick else Shape(),
            seed=arguments.seed,
            on_step=on_step,
        )
        report = publishing.publish(directory, learned, asset=name, seed=arguments.seed)
    show(report, console)
    console.print(f"Model [bold]{report.model}[/bold], its report and card are in {directory}")
    return 0


def show(report: Report, console: Console) -> None:
    """How good it is on machines left out."""
    unit = report.time_unit
    console.print(f"{report.model}: {report.machines} machines, each left out in its turn")
    for lines in (card.table(card.compared(report), unit), card.stretches(report.by_horizon, unit)):
        console.print(Markdown("\n".join(lines)))
    console.print(f"[dim]{report.caveat}[/dim]")


def _name(arguments: argparse.Namespace) -> str:
    if not arguments.asset:
        raise BadDataset("--life is of one kind of machine: name it with --asset.")
    if not is_name(arguments.asset):
        raise BadDataset(f"--asset {arguments.asset[:64]!r} is no name of a type of machine.")
    return str(arguments.asset)


def _lives(arguments: argparse.Namespace, name: str, on_step: OnStep) -> Lives:
    asset = assets.CATALOGUE.get(name)
    if arguments.life == options.SIMULATED:
        machines = _QUICK_MACHINES if arguments.quick else worn.MACHINES
        done = iter(range(1, machines + 1))
        return worn.lives(
            assets.get(name),
            machines=machines,
            seed=arguments.seed,
            on_machine=lambda: on_step("wearing machines out", next(done), machines),
        )
    path = Path(arguments.life)
    if arguments.format == "cmapss":
        return cmapss.read(path)
    known = None if asset is None else [channel.name for channel in asset.channels]
    return tables.read(
        path, known=known, conditions=arguments.conditions, time_unit=arguments.time_unit
    )


def _horizon(arguments: argparse.Namespace) -> float | None:
    return cmapss.HORIZON if arguments.format == "cmapss" else None
