"""A bucket in; a file of each machine's readings, that nobody else sees, out.

Page by page, so that memory does not grow with the bucket. The file is of Parquet, as another that
a person may import.
"""

import hashlib
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final

from gateway.importing.influxdb import flux
from gateway.importing.influxdb.flux import Wanted
from gateway.importing.influxdb.page import Page, series_of, time_ns
from gateway.importing.influxdb.pages import MOST, Pages
from gateway.importing.influxdb.series import NUMBERS, Channel, Found, Machine, Series, left_out
from gateway.importing.influxdb.server import Server

TIME: Final = "_time"  # in milliseconds


def found(server: Server, bucket: str, wanted: Wanted) -> Found:
    """All series, and from when to when they have points. Raises GatewayError."""
    numbers: dict[Series, bool] = {}
    times_ns: list[int] = []
    for which in ("first", "last"):
        for columns, cells in server.answer(flux.ends(bucket, wanted, which)):
            series = series_of(columns, cells)
            kind = columns.kinds[columns.at["_value"]]
            numbers[series] = numbers.get(series, True) and kind in NUMBERS
            times_ns.append(time_ns(cells[columns.at["_time"]]))
    return Found(
        numbers=numbers, first_ns=min(times_ns, default=0), last_ns=max(times_ns, default=-1)
    )


class Download:
    """Of one machine."""

    def __init__(
        self,
        server: Server,
        bucket: str,
        *,
        wanted: Wanted,
        what: Found,
        machine: Machine,
        by: str,
    ) -> None:
        """``by``: the tag that says which machine a series is of."""
        self._server, self._bucket, self._wanted = server, bucket, wanted
        self._what, self._machine = what, machine
        self._tag = None if machine.name is None else (by, machine.name)

    @contextmanager
    def file(self, folder: Path, *, told: Callable[[int], None]) -> Iterator[tuple[IO[bytes], str]]:
        """The file, and the SHA-256 of what is in it. Raises GatewayError, OSError."""
        with tempfile.TemporaryFile(dir=folder) as file:
            self._write(file, told)
            file.seek(0)
            content = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            yield file, content

    def _write(self, file: IO[bytes], told: Callable[[int], None]) -> None:
        import pyarrow as pa  # noqa: PLC0415  (the gateway starts without it)
        import pyarrow.parquet as pq  # noqa: PLC0415

        schema = pa.schema([pa.field(TIME, pa.int64()), *map(_field, self._machine.channels)])
        rows = 0
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for page in self._pages():
                times_ms, values = zip(*page, strict=True)
                columns = zip((times_ms, *zip(*values, strict=True)), schema, strict=True)
                arrays = [pa.array(column, field.type) for column, field in columns]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                rows += len(page)
                told(rows)

    def _pages(self) -> Iterator[list[tuple[int, list[float | str | None]]]]:
        """Rows in order of time."""
        pages = Pages(first_ns=self._what.first_ns, last_ns=self._what.last_ns)
        while (span := pages.next) is not None:
            page = self._page(span, most=MOST if pages.may_be_less else math.inf)
            if page is None:
                pages.part()
                continue
            pages.note(page.points)
            if page.points:
                yield page.rows()

    def _page(self, span: tuple[int, int], *, most: float) -> Page | None:
        """None: it has more than ``most`` points."""
        page = Page(self._machine)
        with closing(self._server.answer(self._question(span))) as answer:
            return page if page.fill(answer, most=most) else None

    def _question(self, span: tuple[int, int]) -> str:
        without = left_out(self._what.numbers)
        return flux.points(self._bucket, self._wanted, span, tag=self._tag, without=without)


def _field(channel: Channel) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    kind = pa.float64() if channel.is_number else pa.string()
    return pa.field(channel.name, kind, metadata={"unit": channel.unit})
