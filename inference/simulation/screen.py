"""A simulation in a shell: CSV on standard output, figures and progress on standard error."""

import csv
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from contract.assets.words import Asset, Channel, Counter
from inference.settings import Settings
from inference.simulation import answers, asked, work
from inference.simulation.bodies import SimulateBody
from inference.simulation.living import Told

_EVENT_COLUMNS: Final = ("time_ms", "time", "device", "event", "values")


def simulate_on_screen(
    body: SimulateBody, settings: Settings, *, device: str, events: Path | None
) -> None:
    """Write the readings as the gateway exports them, and show the figures on standard error.

    Raises:
        BadRequest: it cannot be simulated so.
        OSError: ``events`` cannot be written.
    """
    console = Console(stderr=True)
    course = asked.one(body, settings)
    with ExitStack() as opened:
        file = opened.enter_context(_opened(events)) if events else None
        write = _writer(sys.stdout, course.asset, device)
        bar = opened.enter_context(_bar(console))
        task = bar.add_task(f"{course.asset.name}, {body.hours:g} h", total=1.0)
        note = _event_writer(file, device)

        def take(told: Told) -> None:
            write(told)
            note(told)

        found = work.run(
            course,
            body.seed,
            on_share=lambda share: bar.update(task, completed=share),
            on_told=take,
        )
        bar.update(task, completed=1.0)
    console.print(_table(answers.simulated(course, found, currency=settings.currency)))
    console.print(f"[dim]{answers.PLANNED}[/dim]")


def _opened(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", newline="")


def _writer(out: IO[str], asset: Asset, device: str) -> Callable[[Told], None]:
    """Columns as in ``export.csv``, so that ``train --csv`` takes them."""
    measured: tuple[Channel | Counter, ...] = (*asset.channels, *asset.counters)
    plain = [*(each.name for each in asset.states), *(each.name for each in asset.labels)]
    names = [*(each.name for each in measured), *plain]
    rows = csv.writer(out, lineterminator="\n")
    headings = [*(f"{each.name} [{each.unit}]" for each in measured), *plain]
    rows.writerow(["time_ms", "time", "device", "seq", *headings, "truth"])
    seq = 0

    def write(told: Told) -> None:
        nonlocal seq
        seq += 1
        values = [told.values.get(name, "") for name in names]
        rows.writerow([told.time_ms, _iso(told.time_ms), device, seq, *values, told.truth])

    return write


def _event_writer(file: IO[str] | None, device: str) -> Callable[[Told], None]:
    if file is None:
        return lambda _told: None
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(_EVENT_COLUMNS)

    def note(told: Told) -> None:
        for name, values in told.events:
            text = msgspec.json.encode(values).decode()
            rows.writerow([told.time_ms, _iso(told.time_ms), device, name, text])

    return note


def _iso(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000.0, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _table(answer: Mapping[str, Any]) -> Table:
    table = Table(title=f"{answer['asset']}, {answer['hours']:g} h")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("unit")
    for figure in answer["kpis"].values():
        value = figure["value"]
        text = figure["reason"] if value is None else f"{value:,.4g}"
        table.add_row(figure["title"], text, "" if value is None else figure["unit"])
    for channel in answer["channels"].values():
        if channel["mean"] is not None:
            table.add_row(f"{channel['title']}, mean", f"{channel['mean']:,.4g}", channel["unit"])
    for each in answer["befallen"]:
        table.add_row(each["label"], "it happened", "")
    return table
