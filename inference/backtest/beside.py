"""A model is trained beside the present one, compared with it, and takes its place if not worse."""

import shutil
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from contract.assets.words import Asset
from inference.backtest import succession
from inference.backtest.backtest import Asked
from inference.backtest.screen import backtest_on_screen
from inference.classifier import shelf
from inference.classifier.manifest import read
from inference.training.report import Report

# Trains into the directory it is given.
TrainInto = Callable[[Path], Report]


def train_and_take(
    asset: Asset,
    directory: Path,
    *,
    train_into: TrainInto,
    verdicts: Path | None,
    is_trial: bool = False,
) -> None:
    """Train; where ``directory`` has a model already, the new one must not be worse than that.

    ``is_trial``: it is for trying things out, and takes no other's place by itself.

    Raises:
        NotTaken: it is worse; it waits in ``directory/next``, and the present model stays.
        BadDataset, PoorModel, ExportFailed: as ``inference.training.train`` does.
    """
    present = shelf.present(directory, asset=asset)
    if present is None:
        train_into(directory)
        shelf.enter_first(directory, read(directory, asset=asset.name))
        return
    waiting = directory / shelf.NEXT
    shutil.rmtree(waiting, ignore_errors=True)
    report = train_into(waiting)
    if report.model == present:
        Console().print(f"{present} judges already: the same came of it.", highlight=False)
    else:
        asked = Asked(asset=asset, next_dir=waiting, present_dir=directory, verdicts=verdicts)
        found = backtest_on_screen(asked)
        if is_trial and not found.worse:
            said = _waits(report.model, present, asset, waiting)
            Console().print(said, highlight=False, soft_wrap=True)
            return
        entry = succession.take(directory, waiting, asset=asset)
        Console().print(
            f"{entry.model} judges {asset.name} from now on, {entry.before} is kept.",
            highlight=False,
        )
    shutil.rmtree(waiting, ignore_errors=True)


def _waits(model: str, present: str, asset: Asset, waiting: Path) -> str:
    return (
        f"{model} was trained for trying things out: it waits, and {present} judges {asset.name}. "
        f"`python -m inference take --asset {asset.name} {waiting}` lets it judge."
    )
