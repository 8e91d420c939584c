"""What is known of one machine on the way to its normal: looks, and what became of them. Pure."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any, Final

from contract.messages import Value
from contract.normality import MOST_ROWS, PROVEN_ROWS
from gateway.journal.anomalies import Anomaly

ASK_ROWS: Final = 6  # a minute of looks, asked about at once
NOTE_ROWS: Final = 60  # how often it is noted how far learning is

Row = list[float | None]


@dataclass
class Pupil:
    """What is known of one machine: samples of the look under way, looks, and the memory."""

    channels: list[str]
    asset: str
    from_ms: int
    samples: list[Mapping[str, Value]] = field(default_factory=list)
    cells: "array[float]" = field(default_factory=lambda: array("f"))  # of rows; NaN: not measured
    fresh: list[tuple[int, Row]] = field(default_factory=list)  # not yet asked about
    known: int = 0  # looks in all
    noted: int = 0  # of them, in the journal
    next_at: int = PROVEN_ROWS  # when it learns
    proven_ms: int | None = None  # since when what is unlike it is told
    memory: dict[str, Any] | None = None
    anomaly: Anomaly | None = None
    newest_ms: int = 0
    looked_ms: int = 0  # at the newest look; 0: there was none yet
    missed: int = 0  # looks since, at which nothing was new
    failures: int = 0  # questions in a row that nobody has answered

    def look(self, now_ms: int) -> None:
        """The samples so far are one look; nothing new is none."""
        samples, self.samples = self.samples, []
        if not samples:
            self.missed += 1
            return
        self.looked_ms, self.missed = now_ms, 0
        row = mean(samples, self.channels)
        self.known += 1
        self._keep(row)
        if self.memory is not None:
            self.fresh.append((now_ms, row))
            del self.fresh[:-MOST_ROWS]

    def _keep(self, row: Row) -> None:
        self.cells.extend(nan if value is None else value for value in row)
        del self.cells[: -MOST_ROWS * len(row)]

    def recall(self, rows: Sequence[Row], *, from_ms: int) -> None:
        """Looks from before this process began, oldest first: they go before its own."""
        own, self.cells = self.cells, array("f")
        for row in rows:
            self._keep(row)
        self.cells.extend(own)
        del self.cells[: -MOST_ROWS * len(self.channels)]
        if self.memory is None:
            self.known += len(rows)
            self.from_ms = min(self.from_ms, from_ms)

    def refused(self) -> None:
        """More is to be known before it learns again; a memory that nobody can read goes."""
        if self.memory is None:
            self.next_at = 2 * self.known
            return
        self.memory, self.fresh, self.known, self.noted = None, [], self.kept, 0
        self.proven_ms = None
        self.next_at = max(PROVEN_ROWS, self.known)

    @property
    def learns(self) -> bool:
        """Whether enough is known to learn: once, then the memory follows the machine."""
        is_enough = self.known >= self.next_at and self.kept >= min(self.next_at, MOST_ROWS)
        return self.memory is None and is_enough

    @property
    def is_due(self) -> bool:
        """Whether inference is to be asked, or the journal told."""
        is_noted = self.known - self.noted < NOTE_ROWS
        return self.learns or len(self.fresh) >= ASK_ROWS or not is_noted

    @property
    def waits_since_ms(self) -> int | None:
        """Since when the oldest look waits to be judged; None: none does."""
        return self.fresh[0][0] if self.fresh else None

    @property
    def kept(self) -> int:
        """How many looks there are to learn from."""
        return len(self.cells) // len(self.channels)

    def rows(self) -> list[Row]:
        """Those looks, oldest first."""
        width = len(self.channels)
        told = [None if isnan(value) else value for value in self.cells]
        return [told[at : at + width] for at in range(0, len(told), width)]


def mean(samples: Sequence[Mapping[str, Value]], channels: Sequence[str]) -> Row:
    """One look: of each channel what it measured in the middle; None: nothing."""
    return [_mean(samples, name) for name in channels]


def _mean(samples: Sequence[Mapping[str, Value]], name: str) -> float | None:
    numbers = [value for sample in samples if isinstance(value := sample.get(name), int | float)]
    return sum(numbers) / len(numbers) if numbers else None
