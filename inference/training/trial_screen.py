"""A trial as its user sees it: a progress bar, then its tables, which are kept beside the model."""

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from contract.assets.words import Asset
from inference.classifier.model import load
from inference.runs.seen import driver_periods_s
from inference.training import trial

RESULT: Final = "TRIAL.md"
_FAULTY: Final = 40  # machines of each rate, every fault on each


def try_on_screen(asset: Asset, *, directory: Path, hours: float, seed: int) -> None:
    """Try the model in ``directory`` and write what was found beside it.

    Raises:
        ModelUnusable, BadDataset: there is nothing to try, or nothing to try it on.
    """
    model = load(directory, asset=asset)
    periods_s = sorted(driver_periods_s(asset))
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} h"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task(f"{model.manifest.model}: judging", total=hours * len(periods_s))
        found = trial.held(
            model,
            periods_s=periods_s,
            hours=hours,
            faulty=_FAULTY,
            seed=seed,
            on_hours=lambda passed_h: bar.advance(task, passed_h),
        )
    text = trial.text(model.manifest.model, found, hours=hours, seed=seed)
    (directory / RESULT).write_text(text)
    Console().print(text, markup=False, highlight=False, soft_wrap=True)
