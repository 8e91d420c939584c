"""What a waiting person sees: which step runs, and how far it has come."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_QUIET_S: Final = 0.5


class Screen:
    """Steps on a console; a line each where it is no terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def say(self, text: str) -> None:
        self.console.print(text, style="bold")

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """A step of unknown length."""
        started_s = time.monotonic()
        with self.console.status(f"{what} …"):
            yield
        self.console.print(f"  {what}: {time.monotonic() - started_s:.1f} s", style="dim")

    @contextmanager
    def counting(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """A step that tells how many of ``total`` are done."""
        started_s = time.monotonic()
        columns = (TextColumn(f"  {what}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeRemainingColumn(), console=self.console) as progress:
            task = progress.add_task(what, total=total)
            yield lambda done: progress.update(task, completed=done)
            progress.update(task, visible=False)
        self.console.print(f"  {what}: {time.monotonic() - started_s:.1f} s", style="dim")
