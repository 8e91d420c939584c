"""What journal and archive may take together: told before it is reached, kept to when it is.

The oldest archived days go first. The journal never does: where it takes more than all of it by
itself, nothing goes, as that would not help.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import apsw
import msgspec

from contract import topics
from contract.messages import Alarm
from gateway.archive.layout import told
from gateway.journal.archived import Day

ALARM_NAME: Final = "disk_budget"
SHARE: Final = 0.9  # from which on it is told
MINUTES: Final = 0.1  # of the budget: from which on they are worth telling of
_SETTING: Final = "EDGETWIN_DISK_BUDGET_GB"
_SAMPLE: Final = (
    "SELECT avg(length(body)) FROM"
    " (SELECT body FROM minute INDEXED BY minute_by_revision ORDER BY revision DESC LIMIT 500)"
)
_BESIDE: Final = 1.4  # times what a minute says: with its indexes, and what pages leave empty


class Spent(msgspec.Struct, frozen=True):
    """Bytes. ``limit`` is None where there is none; ``first`` is the oldest archived day.

    ``minutes``: about so much of the journal are sums of minutes; 0 where nobody has looked.
    """

    journal: int
    archive: int
    limit: int | None
    first: Day | None
    minutes: int = 0

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
            alone = f"The journal alone takes {_gb(self.journal)} GB: let it have more."
            return f"{takes} {alone}{self._of_minutes}"
        return (
            f"{takes} The oldest archived days go first when it is reached, from"
            f" {told(self.first.day_ms)} on: let them have more, or copy those files elsewhere."
            f"{self._of_minutes}"
        )

    @property
    def _of_minutes(self) -> str:
        if self.minutes < MINUTES * (self.limit or 0):
            return ""
        return (
            f" Some {_gb(self.minutes)} GB of the journal are sums of minutes, which stay for"
            " EDGETWIN_MINUTE_DAYS."
        )


def spent(journal: Path, days: Sequence[Day], limit: int | None) -> Spent:
    """What is taken now; ``days``: all that can be read."""
    files = (journal, journal.with_name(f"{journal.name}-wal"))
    size = sum(path.stat().st_size for path in files if path.exists())
    first = min(days, key=lambda day: day.day_ms, default=None)
    return Spent(size, sum(day.size for day in days), limit, first)


def about_minutes(connection: apsw.Connection) -> int:
    """How many bytes of the journal sums of minutes take, by the newest of them."""
    count, length = (
        connection.execute(sql).get for sql in ("SELECT count(*) FROM minute", _SAMPLE)
    )
    return round(_BESIDE * int(count) * float(length or 0.0))


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
