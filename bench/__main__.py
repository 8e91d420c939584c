"""``python -m bench``: everything in one run, printed, and written to docs/benchmarks.md."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from bench import report
from bench.programs import ROOT, NotMeasured
from bench.report import Section
from bench.screen import Screen
from inference.__main__ import main as inference_main

_PAGE: Final = ROOT / "docs" / "benchmarks.md"
_PARTS: Final = (
    "ingest",
    "latency",
    "inference",
    "memory",
    "rest",
    "kpis",
    "archive",
    "history",
    "year",
    "restart",
    "kafka",
    "hostile",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts asked for; returns the process's exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.parts) - set(_PARTS)):
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(_PARTS)}")
    options.only = [*options.parts, *(options.only or [])]
    console = Console(width=None if sys.stdout.isatty() else 120)
    screen = Screen(console)
    started_s, load = time.monotonic(), os.getloadavg()[0]
    console.print(f"load average {load:.1f}; figures are worth most below 1", style="dim")
    sections: list[Section] = []
    with tempfile.TemporaryDirectory(prefix="edgetwin-bench-", dir=options.dir) as scratch:
        for name in options.only or _PARTS:
            screen.say(name)
            directory = Path(scratch) / name
            directory.mkdir()
            try:
                sections.append(_part(name, directory, Path(scratch), options, screen))
            except NotMeasured as reason:
                sections.append(Section(title=name, notes=[f"not measured: {reason}"]))
    report.show(sections, console)
    if not options.only:
        report.write(options.out, sections, seconds=time.monotonic() - started_s, load=load)
        console.print(f"written to {options.out}")
    return 0


def _part(
    name: str, directory: Path, scratch: Path, options: argparse.Namespace, screen: Screen
) -> Section:
    try:
        from bench import (  # noqa: PLC0415
            archive,
            history,
            hostile,
            inference,
            ingest,
            kafka,
            kpis,
            latency,
            memory,
            rest,
            restart,
            year,
        )
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is not installed: `make bench` installs it, and runs all of this.")
    parts: dict[str, Callable[[], Section]] = {
        "ingest": lambda: ingest.measure(directory, readings=options.readings, screen=screen),
        "latency": lambda: latency.measure(
            directory,
            models=_models(scratch, options.models, screen),
            seconds=options.seconds,
            screen=screen,
        ),
        "inference": lambda: inference.measure(
            directory, models=_models(scratch, options.models, screen), screen=screen
        ),
        "memory": lambda: memory.measure(directory, devices=options.devices, screen=screen),
        "rest": lambda: rest.measure(directory, screen=screen),
        "kpis": lambda: kpis.measure(
            directory, machines=options.machines, days=options.days, screen=screen
        ),
        "archive": lambda: archive.measure(directory, screen=screen),
        "history": lambda: history.measure(
            directory, days=options.year_days, influx_days=options.influx_days, screen=screen
        ),
        "year": lambda: year.measure(directory, days=options.year_days, screen=screen),
        "restart": lambda: restart.measure(
            directory, machines=options.fleet, days=options.year_days, screen=screen
        ),
        "kafka": lambda: kafka.measure(
            directory, seconds=options.seconds, readings=options.readings, screen=screen
        ),
        "hostile": lambda: hostile.measure(
            directory, rows=options.rows, minutes=options.minutes, screen=screen
        ),
    }
    return parts[name]()


def _models(scratch: Path, given: Path | None, screen: Screen) -> Path:
    """The directory of trained models: the one given, or one trained now, as ``make up`` does."""
    if given is not None:
        return given
    models = scratch / "models"
    if not models.exists():
        with screen.working("a model is trained"):
            inference_main(["train", "--asset", "fan", "--out", str(models / "fan")])
    return models


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"as --only: {', '.join(_PARTS)}")
    parser.add_argument("--only", nargs="+", choices=_PARTS, help="write no page, just print")
    parser.add_argument(
        "--readings", type=int, default=300_000, help="in the queue, for ingest and kafka"
    )
    parser.add_argument(
        "--seconds", type=float, default=30.0, help="of readings, for latency and kafka"
    )
    parser.add_argument("--devices", type=int, default=10_000, help="for memory")
    parser.add_argument("--machines", type=int, default=200, help="for kpis")
    parser.add_argument("--days", type=int, default=30, help="of minutes, for kpis")
    parser.add_argument("--year-days", type=int, default=365, help="for history, year and restart")
    parser.add_argument("--fleet", type=int, default=10, help="machines, for restart")
    parser.add_argument(
        "--influx-days",
        type=int,
        default=30,
        help="of readings, for InfluxDB in history",
    )
    parser.add_argument("--rows", type=int, default=12_000_000, help="readings, for hostile")
    parser.add_argument("--minutes", type=int, default=1_000_000, help="for hostile")
    parser.add_argument("--models", type=Path, help="models/ of a data directory; else trained")
    parser.add_argument("--dir", type=Path, help="where journals go while it runs; default: /tmp")
    parser.add_argument("--out", type=Path, default=_PAGE, help="the page to write")
    return parser


if __name__ == "__main__":
    sys.exit(main())
