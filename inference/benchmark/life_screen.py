"""The evaluation of remaining life as its user sees it: tables of machines that nobody had seen."""

from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from contract import assets
from inference.benchmark import lives
from inference.benchmark.lives import Trial
from inference.errors import BadDataset
from inference.prognosis import card, report
from inference.prognosis.learning import Learned
from inference.prognosis.regression import QUICK, Shape
from inference.runs import virtual
from inference.training.recipe import SEED
from inference.training.training_screen import bar, stepper


def evaluate_on_screen(folder: Path, *, virtual_too: bool, quick: bool) -> int:
    """Show all that can be told; 1 where recordings are missing: that is said."""
    console, shape, wrong = Console(), QUICK if quick else Shape(), 0
    try:
        for name in lives.turbofans(folder):
            with bar(console) as progress:
                on_step = stepper(progress, name)
                found = lives.of_turbofans(folder, name, shape=shape, seed=SEED, on_step=on_step)
            _show(*found, console)
    except BadDataset as error:
        console.print(f"[yellow]{error}[/yellow]")
        wrong = 1
    for asset in assets.CATALOGUE.values() if virtual_too else ():
        if virtual.has_model(asset) and virtual.wears(asset):
            with bar(console) as progress:
                on_step = stepper(progress, asset.name)
                _show(*lives.of_virtual(asset, shape=shape, seed=SEED, on_step=on_step), console)
    return wrong


def _show(learned: Learned, trial: Trial, console: Console) -> None:
    left_out = report.of(learned, model=lives.MODEL, asset="", seed=SEED, trained_at="", parity=0.0)
    unit = trial.time_unit
    console.print(f"{trial.title}; learned from {left_out.machines}, horizon {left_out.horizon:g}")
    _tables(console, trial.compared, trial.stretches, unit)
    console.print(f"The {left_out.machines} it was learned from, each left out in its turn")
    _tables(console, card.compared(left_out), left_out.by_horizon, unit)


def _tables(
    console: Console, compared: card.Compared, stretches: card.Stretches, unit: str
) -> None:
    for lines in (card.table(compared, unit), card.stretches(stretches, unit)):
        console.print(Markdown("\n".join(lines)))
