"""A training as its user sees it: a progress bar, then the classification report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from contract.assets.words import Asset
from inference.classifier import refusals
from inference.classifier.refusals import Refusal
from inference.runs import verdict_rows
from inference.training import train
from inference.training.evaluation import Evaluation
from inference.training.forest import Shape
from inference.training.gate import Bars, PoorModel
from inference.training.learned_verdicts import LearnedVerdicts
from inference.training.learning import OnStep
from inference.training.recipe import recipe
from inference.training.report import Report
from inference.training.train import Material

_MOST_NOTES: Final = 10


def train_on_screen(
    asset: Asset,
    *,
    csv: Path | None,
    verdicts: Path | None = None,
    directory: Path,
    seed: int,
    quick: bool,
    bars: Bars,
) -> Report:
    """Train ``asset`` and show how it goes; ``verdicts`` are learned from as well.

    Raises:
        BadDataset, PoorModel, ExportFailed: as ``inference.training.train`` does.
    """
    if verdicts is not None:  # what is wrong with it is said before machines are simulated
        verdict_rows.check(verdicts)
    console = Console()
    made_from = recipe(seed=seed, bars=bars, verdicts=verdicts)
    try:
        with bar(console) as progress:
            on_step = stepper(progress, asset.name)
            material = _material(asset, csv=csv, seed=seed, quick=quick, on_step=on_step)
            if verdicts is not None:
                material = material.with_verdicts(verdicts, asset=asset)
            report = train.train(
                asset,
                material,
                directory=directory,
                seed=seed,
                shape=train.QUICK_SHAPE if quick else Shape(),
                on_step=on_step,
                bars=bars,
                made_from=made_from,
            )
    except PoorModel as error:
        show(error.report, console=console)
        if csv is None and not quick:
            refusals.note(directory, _refusal(error, made_from))
        raise
    show(report, console=console)
    if material.told is not None:
        show_notes(material.told.notes, console)
    console.print(f"Model [bold]{report.model}[/bold] and its report are in {directory}")
    return report


def _refusal(error: PoorModel, made_from: str) -> Refusal:
    found = error.report.evaluation
    return Refusal(
        sentence=error.why,
        macro_f1=found.with_onset.macro_f1,
        false_alarms_per_hour=found.false_alarms.alarms_per_hour,
        classes={name: one.f1 for name, one in found.with_onset.classes.items()},
        recipe=made_from,
    )


def show(report: Report, *, console: Console) -> None:
    """The classification report, and the figures beside it."""
    console.print(_table(report))
    for line in (*_lines(report.evaluation), *_of_verdicts(report.verdicts)):
        console.print(line)
    console.print(f"[dim]{report.caveat}[/dim]")


def show_notes(notes: Sequence[str], console: Console) -> None:
    """What could not be used of verdicts: the first of it, and how much there is."""
    for note in notes[:_MOST_NOTES]:
        console.print(f"[yellow]{escape(note)}[/yellow]", highlight=False)
    if len(notes) > _MOST_NOTES:
        console.print(f"[yellow]… and {len(notes) - _MOST_NOTES} more of these.[/yellow]")


def _material(
    asset: Asset, *, csv: Path | None, seed: int, quick: bool, on_step: OnStep
) -> Material:
    if csv is not None:
        return train.from_csv(csv, asset=asset, seed=seed)
    plan = train.plan_of(asset, quick=quick)
    return train.simulate(asset, plan=plan, seed=seed, on_step=on_step)


def bar(console: Console) -> Progress:
    """How far a training is."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def stepper(progress: Progress, name: str) -> OnStep:
    """Shows each stage as a line of ``progress``."""
    tasks = {}

    def on_step(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = progress.add_task(f"{name}: {stage}", total=total)
        progress.update(tasks[stage], completed=done)

    return on_step


def _table(report: Report) -> Table:
    found = report.evaluation
    table = Table(title=f"{report.model} on {found.machines} machines it never saw, onset included")
    table.add_column("class")
    for heading in ("precision", "recall", "F1", "F1, one reading", "windows"):
        table.add_column(heading, justify="right")
    for name, one in found.with_onset.classes.items():
        single = found.single_reading.classes[name].f1
        figures = (one.precision, one.recall, one.f1, single)
        table.add_row(name, *(f"{figure:.3f}" for figure in figures), f"{one.windows:,}")
    table.add_section()
    macro = (found.with_onset.macro_f1, found.single_reading.macro_f1)
    table.add_row("macro", "", "", *(f"{figure:.3f}" for figure in macro), "")
    return table


def _of_verdicts(found: LearnedVerdicts | None) -> list[str]:
    if found is None:
        return []
    told = f"Learned of {found.verdicts} verdicts on {found.machines} machines"
    answered = f"{found.agreed} are answered as people did by forests that had not seen them"
    return [f"{told}, {found.unusable} could not be used; {answered}"]


def _lines(found: Evaluation) -> list[str]:
    lines = []
    if found.grown:
        lines.append(f"Macro-F1 of faults grown to 30 % or more: {found.grown.macro_f1:.3f}")
    for name, delay in found.delay.items():
        if delay.median_s is not None:
            lines.append(
                f"{name}: named {delay.median_s:.1f} s after onset (median), 95 % within "
                f"{delay.p95_s:.1f} s, {delay.missed} of {delay.episodes} missed"
            )
    alarms = found.false_alarms
    if alarms.per_hour is not None:
        lines.append(
            f"Spells of another answer on healthy machines: {alarms.per_hour:.1f} an hour, "
            f"{alarms.told_per_hour:.1f} of them of two windows or more, "
            f"{alarms.steady_per_hour:.1f} of a second or longer; alarms: "
            f"{alarms.alarms_per_hour or 0.0:.2f} an hour"
        )
    lines.append(
        f"Called unknown: {found.unknown.false_share:.2%} of windows and "
        f"{found.unknown.false_share_single:.2%} of single readings wrongly; "
        f"{found.unknown.rubbish_found_single:.1%} of random readings rightly"
    )
    return lines
