"""Readings out of journal and archive as CSV, a page at a time: for a route, and for a command.

A page is a query of its own that goes on where the last one ended. So an export takes constant
memory however long it is, holds no transaction open beside a running gateway, and never meets the
readings that were stored after it began.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import apsw

from contract.assets.words import Asset
from contract.diagnosing import IN_FORCE_MS
from gateway.api.columns import POWER_OF, Table, cells_of, line_of, text_cell
from gateway.api.power import Power, worked_out
from gateway.archive.rows import NEWEST
from gateway.archive.shadow import paged
from gateway.twin.dated import Dated

PAGE_ROWS: Final = 2_000


@dataclass(frozen=True)
class Source:
    """A device as it is exported, in a table that may have columns it has no values for."""

    device_id: int
    device: str
    asset: Asset
    table: Table
    params: Dated


def newest_id(connection: apsw.Connection) -> int:
    """The id of the newest reading: those stored later are left out of an export."""
    found: Any = connection.execute("SELECT coalesce(max(id), 0) FROM reading").fetchone()
    return int(found[0])


def broken_off(error: Exception) -> str:
    """The last line of an export that could not be brought to its end."""
    return f"# INCOMPLETE: the rest could not be read. {' '.join(str(error).split())}\n"


class Pages:
    """The readings of one device in order of (time, arrival), page after page; or its events.

    Args:
        source: the device.
        from_ms, to_ms: the range.
        up_to_id: nothing that was stored later.
        lines: what makes the lines of a page instead.
    """

    def __init__(
        self,
        source: Source,
        *,
        from_ms: int,
        to_ms: int,
        up_to_id: int,
        lines: "Lines | None" = None,
    ) -> None:
        self.source = source
        self.rows = 0
        made = lines or Lines(source.table.header, _line(source), of_events=False)
        self.header, self._sql = made.header, _page_sql(made)
        self._to_ms = to_ms
        self._up_to_id = up_to_id
        figure = worked_out(source.asset)
        self._power: Callable[..., float | None] | None = (
            Power(source.asset, figure, source.params) if figure else None
        )
        self._is_of_events = made.of_events
        self._at = (from_ms, -NEWEST)  # the last row that was read

    def read(self, connection: apsw.Connection) -> str:
        """The next lines of CSV; empty when there are no more."""
        source = self.source
        if self._power is not None:
            connection.create_scalar_function(POWER_OF, self._power, 2)
        bindings = (source.device_id, *self._at, self._to_ms, self._up_to_id, source.device)
        with paged(
            connection,
            device_id=source.device_id,
            behind=self._at,
            to_ms=self._to_ms,
            up_to_id=self._up_to_id,
            rows=PAGE_ROWS,
            of_events=self._is_of_events,
        ):
            found: list[Any] = connection.execute(self._sql, bindings).fetchall()
        if not found:
            return ""
        self.rows += len(found)
        self._at = found[-1][0], found[-1][1]
        return "".join(line for _, _, line in found)


class Lines(NamedTuple):
    """A table as SQLite makes it: its header, SQL for a line, and which rows."""

    header: str
    line: str
    of_events: bool


def _line(source: Source) -> str:
    cells = cells_of(source.table, source.asset)
    return line_of([*CELLS, *cells, text_cell("r.truth"), text_cell(_IN_FORCE)])


def _page_sql(lines: Lines) -> str:
    kind = "NOT NULL" if lines.of_events else "NULL"
    return f"""
SELECT r.time_ms, r.id, {lines.line}
FROM reading r JOIN epoch e ON e.id = r.epoch
WHERE r.event IS {kind} AND r.device = ?1 AND (r.time_ms, r.id) > (?2, ?3) AND r.time_ms < ?4
    AND r.id <= ?5
ORDER BY r.time_ms, r.id LIMIT {PAGE_ROWS}"""  # noqa: S608 - the catalogue's names, quoted


# A row with ``stale`` set says where being judged ended: it stands for its own moment only.
_IN_FORCE: Final = f"""(
    SELECT CASE WHEN d.time_ms = r.time_ms OR NOT d.body ->> 'stale' THEN d.fault END
    FROM diagnosis d
    WHERE d.device = ?1 AND d.time_ms <= r.time_ms AND d.time_ms > r.time_ms - {IN_FORCE_MS}
    ORDER BY d.time_ms DESC, d.id DESC LIMIT 1)"""  # noqa: S608 - a number


# The board's own time is stored only where it says another thing than ``time_ms``.
CELLS: Final = (
    "r.time_ms",
    "strftime('%Y-%m-%dT%H:%M:%fZ', r.time_ms / 1000.0, 'unixepoch')",
    "coalesce(r.board_ms, iif(r.stamped, '', r.time_ms))",
    "?6",
    text_cell("e.name"),
    "r.seq",
)
