"""Points of one answer in, a series after the other; the rows that they make out. Pure."""

from datetime import UTC, datetime
from typing import Final

from contract.errors import Conflict
from gateway.importing.influxdb.series import Machine, Series
from gateway.importing.influxdb.server import Columns

NS_PER_MS: Final = 1_000_000
_NS_PER_S: Final = 1_000_000_000
_NO_TAGS: Final = frozenset(
    {"result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement"}
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Values = list[float | str | None]
Key = tuple[int, tuple[str, ...]]  # when, in ns; what those tags say that tell no columns apart


class Page:
    """Of one machine. ``points``: how many it is made of."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._rows: dict[Key, Values] = {}
        self._times: dict[str, int] = {}
        self._table: tuple[Columns, str] | None = None
        self._place, self._is_number, self._rest = 0, True, tuple[str, ...]()
        self.points = 0

    def add(self, columns: Columns, cells: list[str]) -> None:
        """One point. Raises Conflict: of a series that was not there."""
        at = columns.at
        table = self._table
        if table is None or table[0] is not columns or table[1] != cells[at["table"]]:
            self._table = columns, cells[at["table"]]
            self._turn_to(series_of(columns, cells))
        text = cells[at["_time"]]
        moment = self._times.get(text)
        if moment is None:
            moment = self._times[text] = time_ns(text)
        key = moment, self._rest
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = [None] * len(self._machine.channels)
        value = cells[at["_value"]]
        row[self._place] = float(value) if self._is_number else value.replace("\r\n", "\n")
        self.points += 1

    def rows(self) -> list[tuple[int, Values]]:
        """(milliseconds, values) in order of time."""
        found = sorted(self._rows.items())
        return [(moment // NS_PER_MS, values) for (moment, _), values in found]

    def _turn_to(self, series: Series) -> None:
        machine, place = self._machine, self._machine.places.get(series)
        if place is None:
            raise Conflict(
                f"{series.measurement} has got a new series ({series.field}) while it was read:"
                " import once more."
            )
        self._place, self._is_number = place, machine.channels[place].is_number
        self._rest = tuple(value for name, value in series.tags if name in machine.ignored)


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
