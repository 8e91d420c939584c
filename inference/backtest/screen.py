"""A backtest as its user sees it: how far it is, then both models beside each other."""

from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from inference.backtest import backtest
from inference.backtest.backtest import Asked
from inference.backtest.findings import Backtest, Compared, OnVerdicts
from inference.training.training_screen import show_notes

_TO: Final = " → "


def backtest_on_screen(asked: Asked) -> Backtest:
    """Compare, and show how it goes and what was found.

    Raises:
        ModelUnusable, BadDataset: as ``inference.backtest.backtest.made``.
    """
    console = Console()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        tasks = {}

        def on_run(what: str, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(f"{asked.asset.name}: {what}", total=total)
            bar.advance(tasks[what])

        made = backtest.made(asked, on_run=on_run)
    show_notes(made.notes, console)
    show(made.found, console)
    return made.found


def show(found: Backtest, console: Console) -> None:
    """Both models beside each other, then whether the next one is worse."""
    if found.week is not None:
        console.print(_table(found.week, f"{found.asset}, a {found.length} simulated week"))
        console.print(_alarms(found.week), highlight=False)
    if found.recordings is not None:
        console.print(_table(found.recordings, f"{found.asset}, recordings"))
        console.print(_alarms(found.recordings), highlight=False)
    if found.verdicts is not None:
        console.print(_verdicts(found.verdicts))
    colour = "red" if found.worse else "green"
    console.print(f"{found.next}: [{colour}]{escape(found.summary)}[/{colour}]")


def _table(one: Compared, title: str) -> Table:
    table = Table(title=f"{title}, {one.machines} machines, {one.healthy_hours:.0f} healthy hours")
    table.add_column("next" if one.present is None else f"present{_TO}next")
    for head in ("times", "missed", "half in", "90 % in"):
        table.add_column(head, justify="right")
    for fault, after in one.next.faults.items():
        before = None if one.present is None else one.present.faults[fault]
        both = [after] if before is None else [before, after]
        table.add_row(
            fault,
            str(after.spells),
            _TO.join(str(each.missed) for each in both),
            _TO.join(_seconds(each.median_s) for each in both),
            _TO.join(_seconds(each.p90_s) for each in both),
        )
    return table


def _alarms(one: Compared) -> str:
    both = [one.next] if one.present is None else [one.present, one.next]
    told = _TO.join(str(sum(each.false_alarms.values())) for each in both)
    a_day = _TO.join(
        f"{each.a_day:.2f} (at most {each.at_most_a_day:.2f})"
        for each in both
        if each.a_day is not None and each.at_most_a_day is not None
    )
    return f"False alarms of healthy machines: {told}; of a machine and day: {a_day or 'not known'}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _verdicts(one: OnVerdicts) -> Table:
    title = f"{len(one.answered)} verdicts"
    if one.left_out:
        title += f", {one.left_out} of them learned, answered by what had not seen them"
    table = Table(title=title)
    for head in ("verdict", "given", "present agrees", "next agrees"):
        table.add_column(head, justify="left" if head == "verdict" else "right")
    has_present = any(each.present is not None for each in one.answered)
    for kind, count in [*one.kinds.items(), (None, len(one.answered))]:
        before = str(one.agreed(next_=False, kind=kind)) if has_present else "-"
        table.add_row(kind or "all", str(count), before, str(one.agreed(next_=True, kind=kind)))
    return table
