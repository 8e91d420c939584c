"""Figures in, one table out: on the terminal, and as docs/benchmarks.md."""

import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal

from rich.console import Console
from rich.table import Table

_COLUMNS: Final = ("what", "edgetwin", "peer", "ratio", "aim")
_RATIO_HELP: Final = "Ratio: how many times better edgetwin is; below 1 the peer is better."
_DISTRIBUTIONS: Final = ("aiomqtt", "mqtt5", "apsw", "msgspec", "uvloop", "httptools")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One thing measured, of ours and perhaps of a peer, in the same run.

    ``better`` says which direction is good; ``aim`` is in the same unit, None where there is none.
    """

    what: str
    unit: str
    ours: float
    better: Literal["more", "less"]
    peer: str = ""
    theirs: float | None = None
    aim: float | None = None

    @property
    def ratio(self) -> float | None:
        if not self.theirs or not self.ours:
            return None
        return self.ours / self.theirs if self.better == "more" else self.theirs / self.ours

    @property
    def reaches_aim(self) -> bool | None:
        if self.aim is None:
            return None
        return self.ours >= self.aim if self.better == "more" else self.ours <= self.aim


@dataclass(kw_only=True)
class Section:
    """The figures of one measurement, and what a reader must know of how they came about."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def show(sections: Iterable[Section], console: Console) -> None:
    for section in sections:
        table = Table(*_COLUMNS, title=section.title, title_justify="left", expand=True)
        for column in table.columns[1:]:
            column.justify = "right"
        for figure in section.figures:
            table.add_row(*_cells(figure), style=_style(figure))
        console.print(table)
        for note in section.notes:
            console.print(f"  {note}", style="dim", markup=False)
    console.print(_RATIO_HELP, style="dim")


def write(path: Path, sections: Sequence[Section], *, seconds: float, load: float) -> None:
    """Write the page that publishes a run."""
    parts = [_head(seconds, load)]
    for section in sections:
        rows = [_COLUMNS, ("---", *["---:"] * 4), *map(_cells, section.figures)]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        notes = "\n".join(f"- {note}" for note in section.notes)
        parts.append(f"## {section.title}\n\n{table}\n\n{notes}\n")
    path.write_text("\n".join(parts))


def _head(seconds: float, load: float) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in _DISTRIBUTIONS)
    return f"""# Benchmarks

Written by `make bench` on {time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}, one run of \
{seconds / 60:.1f} minutes, each peer on the same machine right before or after. \
{_RATIO_HELP} Where the peer is better, or an aim is missed, it stands here just as plainly.

Machine: {_processor()}, {os.cpu_count()} cores shared by everything measured (load, broker, \
gateway, peers), {_memory_gb():.0f} GB memory, {platform.system()} {platform.release()}; \
load average {load:.1f} at the start. Python {platform.python_version()}, {versions}.
"""


def _cells(figure: Figure) -> tuple[str, str, str, str, str]:
    theirs = "" if figure.theirs is None else f"{_number(figure.theirs)} {figure.unit}"
    peer = f"{theirs} ({figure.peer})" if theirs else figure.peer
    ratio = "" if figure.ratio is None else f"{_number(figure.ratio)} ×"  # noqa: RUF001
    return figure.what, f"{_number(figure.ours)} {figure.unit}", peer, ratio, _aim(figure)


def _aim(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    sign = "≥" if figure.better == "more" else "≤"
    return f"{sign} {_number(figure.aim)} {'✓' if figure.reaches_aim else '✗'}"


def _style(figure: Figure) -> str:
    return "red" if figure.reaches_aim is False else ""


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
