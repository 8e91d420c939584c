"""What journal and archive may take together: told before it is reached, kept to when it is.

The oldest archived days go first. The journal never does: where it takes more than all of it by
itself, nothing goes, as that would not help.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from contract import topics
from contract.messages import Alarm
from gateway.archive.layout import told
from gateway.journal.archived import Day

ALARM_NAME: Final = "disk_budget"
SHARE: Final = 0.9  # from which on it is told
_SETTING: Final = "EDGETWIN_DISK_BUDGET_GB"


class Spent(msgspec.Struct, frozen=True):
    """Bytes. ``limit`` is None where there is none; ``first`` is the oldest archived day."""

    journal: int
    archive: int
    limit: int | None
    first: Day | None

    @property
    def over(self) -> int:
        """How many bytes have to go."""
        if self.limit is None or self.journal > self.limit:
            return 0
        return max(0, self.journal + self.archive - self.limit)

    @property
    def text(self) -> str:
        """What a person should know; empty where there is room."""
        if self.limit is None or self.journal + self.archive < SHARE * self.limit:
            return ""
        takes = (
            f"Journal and archive take {_gb(self.journal + self.archive)} of the"
            f" {_gb(self.limit)} GB that they may ({_SETTING})."
        )
        if self.journal > self.limit or self.first is None:
            return f"{takes} The journal alone takes {_gb(self.journal)}: let it have more."
        return (
            f"{takes} The oldest archived days go first when it is reached, from"
            f" {told(self.first.day_ms)} on: let them have more, or copy those files elsewhere."
        )


def spent(journal: Path, days: Sequence[Day], limit: int | None) -> Spent:
    """What is taken now; ``days``: all that can be read."""
    files = (journal, journal.with_name(f"{journal.name}-wal"))
    size = sum(path.stat().st_size for path in files if path.exists())
    first = min(days, key=lambda day: day.day_ms, default=None)
    return Spent(size, sum(day.size for day in days), limit, first)


def surplus(found: Spent, days: Sequence[Day]) -> Iterator[Day]:
    """The days that have to go, the oldest first."""
    left = found.over
    for day in sorted(days, key=lambda day: (day.day_ms, day.device_id)):
        if left <= 0:
            return
        left -= day.size
        yield day


class BudgetAlarm:
    """Up from nine tenths of the budget on. ``told`` is called when it is raised, or cleared."""

    def __init__(self, told: Callable[[Alarm], None], now_ms: Callable[[], int]) -> None:
        self._told = told
        self._now_ms = now_ms
        self._alarm: Alarm | None = None

    def look(self, text: str) -> None:
        """``text``: what is to be told; empty: nothing."""
        alarm = self._alarm
        if text and alarm is None:
            self._alarm = Alarm(
                0, topics.GATEWAY, ALARM_NAME, "system", "High", text, self._now_ms()
            )
            self._told(self._alarm)
        elif alarm is not None and not text:
            self._alarm = None
            self._told(msgspec.structs.replace(alarm, cleared_ms=self._now_ms()))


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f}"
