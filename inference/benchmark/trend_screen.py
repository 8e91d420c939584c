"""What trends say of wear of known length, as its user sees it: a table a kind of wear."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from inference.benchmark import trends
from inference.benchmark.trends import Stretch, Worn

_PATHS: Final = 200
_PUMPS: Final = 40


def evaluate_on_screen(*, quick: bool) -> int:
    """Show all kinds; nothing can be missing."""
    console, of = Console(), 10 if quick else 1
    paths, pumps = _PATHS // of, _PUMPS // of
    for title, lives in (
        (
            "even wear: a Wiener process of little wandering (0.01), noise 0.01",
            trends.wandering(paths, diffusion=0.01, noise=0.01),
        ),
        (
            "uneven wear: much wandering (0.05), noise 0.02",
            trends.wandering(paths, diffusion=0.05, noise=0.02),
        ),
        ("accelerating wear: exponential, noise 0.01", trends.accelerating(paths, noise=0.01)),
        ("bearings of virtual pumps, to 3.2 times their vibration", trends.bearings(pumps)),
    ):
        console.print(_table(title, lives))
    return 0


def _table(title: str, lives: Sequence[Worn]) -> Table:
    table = Table(title=f"{title}: {len(lives)} lives", title_justify="left")
    for head in ("left", "told", "off, median", "too short", "80 % hold", "90 % hold"):
        table.add_column(head, justify="right")
    for stretch in trends.stretches(lives):
        table.add_row(*_cells(stretch))
    return table


def _cells(stretch: Stretch) -> list[str]:
    shares = (stretch.off, stretch.early, *stretch.held)
    told = f"{stretch.told} of {stretch.asked}"
    return [f"{stretch.left:.0%}", told, *("-" if one is None else f"{one:.0%}" for one in shares)]
