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
    asset: Asset, directory: Path, *, train_into: TrainInto, verdicts: Path | None
) -> None:
    """Train; where ``directory`` has a model already, the new one must not be worse than that.

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
        backtest_on_screen(asked)
        entry = succession.take(directory, waiting, asset=asset)
        Console().print(
            f"{entry.model} judges {asset.name} from now on, {entry.before} is kept.",
            highlight=False,
        )
    shutil.rmtree(waiting, ignore_errors=True)
