"""Rows that are in files go from the journal, piece by piece, in an order that spares the disk.

The rows of many machines lie side by side in the order in which they came. So they go in that
order, of all machines at once: each page is written once. What is left of a day then, as it came
late, is found by its time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from gateway.journal.archived import Day

PRUNE_ROWS: Final = 5_000  # a transaction; the pipeline goes on in between

Write = Callable[[Callable[..., Any]], Awaitable[Any]]


class Pruning:
    """``write`` lets the journal's one writer do something; ``step`` is told of each thing done."""

    def __init__(self, *, write: Write, step: Callable[[str], None]) -> None:
        self._write = write
        self._step = step

    async def all_of(self, days: Sequence[Day], *, before_ms: int) -> None:
        """Of these days, which are written; ``before_ms``: when the youngest of most rows came."""
        await self._sweep(before_ms)
        for day in days:
            while await self._write(lambda it, day=day: it.archived.prune(day, limit=PRUNE_ROWS)):
                self._step("pruned some")
                await asyncio.sleep(0)
            await self._write(lambda it, day=day: it.archived.mark(day, "kept"))
            self._step("kept")

    async def _sweep(self, before_ms: int) -> None:
        at: int | None = 0
        while at is not None:
            at = await self._write(
                lambda it, at=at: it.archived.sweep(at, before_ms=before_ms, limit=PRUNE_ROWS)
            )
            self._step("pruned some")
            await asyncio.sleep(0)
