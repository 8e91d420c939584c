"""Readings out of journal and archive as CSV, a page at a time: for a route, and for a command.

A page is a query of its own that goes on where the last one ended. So an export takes constant
memory however long it is, holds no transaction open beside a running gateway, and never meets the
readings that were stored after it began.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import apsw

from contract.assets.words import Asset
from contract.diagnosing import IN_FORCE_MS
from gateway.api.columns import POWER_OF, Table, cells_of, quoted, text_cell
from gateway.api.csv_form import ISO_OF, Form
from gateway.api.left_out import LeftOut
from gateway.api.power import Power, worked_out
from gateway.archive.rows import NEWEST
from gateway.archive.shadow import paged
from gateway.twin.dated import Dated

PAGE_ROWS: Final = 2_000

Piece = Callable[[], bytes]  # what was read, still to be written out


class Export(Protocol):
    """Something that is written out piece by piece.

    Attributes:
        media_type: of the whole.
        ending: of its file's name.
        rows: how many there were so far; done: of so many machines all of them.
    """

    media_type: str
    ending: str
    rows: int
    done: int

    def head(self) -> bytes:
        """What stands before the first piece."""

    def read(self, connection: apsw.Connection, /) -> Piece | None:
        """The next rows; None when there are no more."""

    def end(self) -> bytes:
        """What stands behind the last piece."""

    def broken_off(self, error: Exception, /) -> bytes:
        """What stands last where it could not be brought to its end."""


@dataclass(frozen=True)
class Source:
    """A device as it is exported, in a table that may have columns it has no values for."""

    device_id: int
    device: str
    asset: Asset
    table: Table
    params: Dated


class Extent(NamedTuple):
    """``from_ms <= time < to_ms``, and nothing that was stored later than ``up_to_id``."""

    from_ms: int
    to_ms: int
    up_to_id: int


def newest_id(connection: apsw.Connection) -> int:
    """The id of the newest reading: those stored later are left out of an export."""
    found: Any = connection.execute("SELECT coalesce(max(id), 0) FROM reading").fetchone()
    return int(found[0])


def broken_off(error: Exception) -> str:
    """The last line of an export that could not be brought to its end."""
    return f"# INCOMPLETE: the rest could not be read. {' '.join(str(error).split())}\n"


class CsvExport:
    """The readings of machines, one after the other; or their events."""

    media_type = "text/csv; charset=utf-8"
    ending = "csv"

    def __init__(
        self,
        sources: Sequence[Source],
        header: str,
        extent: Extent,
        *,
        lines: "Lines | None" = None,
        left_out: LeftOut | None = None,
    ) -> None:
        """``lines``: what makes the lines instead; ``left_out``: takes what cannot be read."""
        self._header, self._left_out = header, left_out
        self._all = iter(
            [Pages(each, **extent._asdict(), lines=lines, left_out=left_out) for each in sources]
        )
        self._pages = next(self._all, None)
        self.rows = 0
        self.done = 0

    def head(self) -> bytes:
        return self._header.encode()

    def read(self, connection: apsw.Connection, /) -> Piece | None:
        while self._pages is not None:
            before = self._pages.rows
            if page := self._pages.read(connection):
                self.rows += self._pages.rows - before
                return page.encode
            self._pages, self.done = next(self._all, None), self.done + 1
        return None

    def end(self) -> bytes:
        sentences = self._left_out.sentences if self._left_out else []
        return "".join(f"# LEFT OUT: {sentence}\n" for sentence in sentences).encode()

    def broken_off(self, error: Exception, /) -> bytes:
        return broken_off(error).encode()


class Pages:
    """The readings of one device in order of (time, arrival), page after page; or its events.

    Args:
        source: the device.
        from_ms, to_ms: the range.
        up_to_id: nothing that was stored later.
        lines: what makes the lines of a page instead.
        left_out: takes what cannot be read; None: it raises.
    """

    def __init__(
        self,
        source: Source,
        *,
        from_ms: int,
        to_ms: int,
        up_to_id: int,
        lines: "Lines | None" = None,
        left_out: LeftOut | None = None,
    ) -> None:
        self.source = source
        self.rows = 0
        made = lines or Lines(source.table.header, _line(source), of_events=False)
        self._sql, self._left_out = _page_sql(made), left_out
        self._extent = Extent(from_ms, to_ms, up_to_id)
        figure = worked_out(source.asset)
        self._power: Callable[..., float | None] | None = (
            Power(source.asset, figure, source.params) if figure else None
        )
        self._is_of_events = made.of_events
        self._at = (from_ms, -NEWEST)  # the last row that was read

    def read(self, connection: apsw.Connection) -> str:
        """The next lines of CSV; empty when there are no more."""
        source, extent = self.source, self._extent
        self._lend(connection)
        ends = (extent.to_ms, extent.up_to_id)
        bindings = (source.device_id, *self._at, *ends, source.device)
        with paged(
            connection,
            device_id=source.device_id,
            behind=self._at,
            to_ms=extent.to_ms,
            up_to_id=extent.up_to_id,
            rows=PAGE_ROWS,
            of_events=self._is_of_events,
            spare=self._left_out.of(source.device) if self._left_out else None,
        ):
            found: list[Any] = connection.execute(self._sql, bindings).fetchall()
        if not found:
            return ""
        self.rows += len(found)
        self._at = found[-1][0], found[-1][1]
        return "".join(line for _, _, line in found)

    def _lend(self, connection: apsw.Connection) -> None:
        """What its SQL calls."""
        if self._power is not None:
            connection.create_scalar_function(POWER_OF, self._power, 2)
        if self.source.table.form.zone is not None:
            iso: Callable[..., str] = self.source.table.form.iso
            connection.create_scalar_function(ISO_OF, iso, 1)


class Lines(NamedTuple):
    """A table as SQLite makes it: its header, SQL for a line, and which rows."""

    header: str
    line: str
    of_events: bool


def _line(source: Source) -> str:
    form = source.table.form
    cells = [*cells_before(form), *cells_of(source.table, source.asset)]
    last = (text_cell("r.truth"), text_cell(_IN_FORCE), quoted(source.asset.name))
    return form.line([*cells, *last])


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
    SELECT CASE WHEN d.time_ms = r.time_ms OR r.time_ms <= d.until_ms OR (d.until_ms IS NULL
        AND NOT d.body ->> 'stale' AND d.time_ms > r.time_ms - {IN_FORCE_MS}) THEN d.fault END
    FROM diagnosis d
    WHERE d.device = ?1 AND d.time_ms <= r.time_ms
    ORDER BY d.time_ms DESC, d.id DESC LIMIT 1)"""  # noqa: S608 - a number


def cells_before(form: Form) -> tuple[str, ...]:
    """SQL for what stands in front of the values.

    The board's own time is stored only where it says another thing than ``time_ms``.
    """
    return (
        "r.time_ms",
        form.time("r.time_ms"),
        "coalesce(r.board_ms, iif(r.stamped IN (0, 4), r.time_ms, ''))",
        "?6",
        text_cell("e.name"),
        "r.seq",
    )
