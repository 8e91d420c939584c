"""Points of one answer in, a series after the other; the rows that they make out. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from operator import itemgetter
from typing import Final

from contract.errors import Conflict, Refused
from gateway.importing.influxdb.series import NUMBERS, Machine, Series
from gateway.importing.influxdb.server import Columns

NS_PER_MS: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000
_NO_TAGS: Final = frozenset(
    {"result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement"}
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Values = list[float | str | None]
Rest = tuple[str, ...]  # what those tags say that tell no columns apart, but rows of one time


class Page:
    """Of one machine. ``points``: how many it is made of."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._rows: dict[Rest, dict[str, Values]] = {}  # by time, as it is written
        self.points = 0

    def fill(self, answer: Iterable[tuple[Columns, list[str]]], *, most: float) -> bool:
        """All points of an answer; False where there are more than ``most``.

        Raises Conflict: one is of a series that was not there; Refused: one is no number, where
        others of its series are.
        """
        width, points = len(self._machine.channels), 0
        known, table, table_at = None, "", 0
        for columns, cells in answer:  # runs for each point: no call that it can do without
            if columns is not known or cells[table_at] != table:
                known, table_at = columns, columns.at["table"]
                time_at, value_at = columns.at["_time"], columns.at["_value"]
                table = cells[table_at]
                rows, place, is_number = self._turn_to(
                    series_of(columns, cells), columns.kinds[value_at]
                )
            text, value = cells[time_at], cells[value_at]
            row = rows.get(text)
            if row is None:
                row = rows[text] = [None] * width
            row[place] = float(value) if is_number else value.replace("\r\n", "\n")
            points += 1
            if points > most:
                return False
        self.points = points
        return True

    def rows(self) -> list[tuple[int, Values]]:
        """(milliseconds, values) in order of time."""
        found = [
            (time_ns(text), rest, values)
            for rest, rows in self._rows.items()
            for text, values in rows.items()
        ]
        found.sort(key=itemgetter(0, 1))
        return [(moment // NS_PER_MS, values) for moment, _, values in found]

    def _turn_to(self, series: Series, kind: str) -> tuple[dict[str, Values], int, bool]:
        """The rows that its points are of, their column there, and whether they are numbers.

        ``kind``: what InfluxDB calls its values: a field may have changed it.
        """
        machine, place = self._machine, self._machine.places.get(series)
        if place is None:
            raise Conflict(
                f"{series.measurement} has got a new series ({series.field}) while it was read:"
                " import once more."
            )
        is_number = machine.channels[place].is_number
        if is_number and kind not in NUMBERS:
            raise Refused(
                f"{series.measurement} has numbers in its field {series.field} at first and at"
                f" last, and others between ({kind}): import what lies before and behind these by"
                " itself, with --from and --to, or fields without it, with --field."
            )
        rest = tuple(value for name, value in series.tags if name in machine.ignored)
        return self._rows.setdefault(rest, {}), place, is_number


def series_of(columns: Columns, cells: list[str]) -> Series:
    """Of a row."""
    at = columns.at
    tags = sorted((n, cells[i]) for n, i in at.items() if n not in _NO_TAGS and cells[i])
    return Series(cells[at["_measurement"]], cells[at["_field"]], tuple(tags))


def time_ns(text: str) -> int:
    """RFC 3339 as InfluxDB writes it: in UTC, with as many decimals as there are."""
    whole = datetime.fromisoformat(f"{text[:19]}+00:00") - _EPOCH
    seconds = whole.days * 86_400 + whole.seconds
    return seconds * _NS_PER_S + int(text[20:-1].ljust(9, "0"))
