"""The evaluation as its user sees it: one table a set of recordings, and whether promises hold."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from contract import assets
from contract.normality import FALSE_ALARMS_A_DAY
from inference.benchmark import healthy, recordings, trials
from inference.errors import BadDataset
from inference.runs.virtual import has_model


def evaluate_on_screen(folder: Path, *, machines: int, hours: float) -> int:
    """Show all that can be told; 1 where recordings are missing: that is said."""
    console = Console()
    missing = 0
    for show in (_skab, _nab):
        try:
            console.print(show(folder))
        except BadDataset as error:
            console.print(f"[yellow]{error}[/yellow]")
            missing = 1
    if machines > 0:
        console.print(_promises(machines, hours))
    return missing


def _skab(folder: Path) -> Table:
    files = recordings.skab(folder)
    table = Table(title=f"SKAB, other: {len(files)} files, {trials.SKAB_ROWS} rows learned of each")
    for head in ("method", "F1", "false alarms", "missed"):
        table.add_column(head, justify="left" if head == "method" else "right")
    for method in trials.METHODS:
        found = trials.skab_rates(files, method)
        table.add_row(method, f"{found.f1:.3f}", f"{found.false_alarms:.1%}", f"{found.missed:.1%}")
    return table


def _nab(folder: Path) -> Table:
    recording = recordings.nab(folder)
    table = Table(title=f"NAB, {recording.name}: an alarm counts once, when it is raised")
    for head in ("method", "score", "windows found", "episodes"):
        table.add_column(head, justify="left" if head == "method" else "right")
    for method in trials.METHODS:
        found = trials.nab_windows(recording, method)
        windows = f"{found.found} of {len(recording.windows)}"
        table.add_row(method, f"{found.score:.1f}", windows, str(found.episodes))
    return table


def _promises(machines: int, hours: float) -> Table:
    table = Table(
        title=f"Healthy virtual machines: {FALSE_ALARMS_A_DAY:g} false alarm a day promised"
    )
    for head in (
        "type", "machine-days", "false alarms", "in the first day", "a machine and day",
        "faults found in an hour", "half of them after",
    ):  # fmt: skip
        table.add_column(head, justify="left" if head == "type" else "right")
    for asset in filter(has_model, assets.CATALOGUE.values()):
        found = healthy.kept(asset, machines=machines, hours=hours)
        usually = "-" if found.usually_s is None else f"{found.usually_s:.0f} s"
        table.add_row(
            found.asset, f"{found.machine_days:.1f}", str(found.false_alarms),
            str(found.first_day), f"{found.a_day:.2f}",
            f"{len(found.found_s)} of {len(found.after_s)}", usually,
        )  # fmt: skip
    return table
