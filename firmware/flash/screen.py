"""What the person who flashes a board sees: steps, their progress, the board's own words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn


class Screen:
    """Numbered steps on a terminal; plain lines where it is none."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._number = 0

    def line(self, text: str) -> None:
        self._console.print(text, markup=False)

    def board(self, text: str) -> None:
        self._console.print(f"      board │ {text}", style="dim", markup=False)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[float], None]]:
        """One step; what it yields is told the share that is done."""
        self._number += 1
        self._console.print(f"  {self._number}. {title}", markup=False)
        columns = (TextColumn("      "), BarColumn(), TaskProgressColumn())
        quiet = not self._console.is_terminal
        with Progress(*columns, console=self._console, transient=True, disable=quiet) as progress:
            task = progress.add_task(title, total=1.0, visible=False)
            yield lambda share: progress.update(task, completed=share, visible=True)
