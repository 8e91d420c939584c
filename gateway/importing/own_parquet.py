"""A Parquet file that the gateway has exported or archived in; its rows out."""

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from contract.errors import Refused
from gateway.archive.files import ABOUT, events_in
from gateway.importing.own import Content
from gateway.importing.tables import Row

_CHANNEL: Final = b"channel"
_UNIT: Final = b"unit"
_LEFT_OUT: Final = b"edgetwin_left_out"
_PERIOD: Final = "period_ms"
_OTHERS: Final = "others"


class OwnParquet:
    """Its rows are counted as lines, from 1 on."""

    time = "time"
    comma = False

    def __init__(self, file: Any, name: str) -> None:
        """``file``: pyarrow's. Raises Refused: it has events."""
        self._file, self._name = file, name
        self._schema = file.schema_arrow
        said = self._schema.metadata or {}
        about = json.loads(said[ABOUT])
        if about.get("holds") == "events":
            raise Refused(f"{name} has what happened: only readings are imported.")
        self.names = list(self._schema.names)
        self.units = [(field.metadata or {}).get(_UNIT, b"").decode() for field in self._schema]
        self.period = self.names.index(_PERIOD) if _PERIOD in self.names else None
        self._is_of_many = "devices" in about
        self.contents = self._contents(about)
        left_out = (file.metadata.metadata or {}).get(_LEFT_OUT, b"[]")
        self.notes = [f"LEFT OUT: {each}" for each in json.loads(left_out)] + self._others()
        more = "s" if len(self.contents) > 1 else ""
        rows = file.metadata.num_rows
        self.kind = f"our own Parquet of {len(self.contents)} machine{more}, {rows:,} rows"

    def _contents(self, about: dict[str, Any]) -> dict[str, Content]:
        if "devices" not in about:  # a day of the archive
            every = [field.name for field in self._schema if _CHANNEL in (field.metadata or {})]
            about = {"devices": {about["device"]: {"asset": about["asset"], "columns": every}}}
        return {
            device: self._content(said["asset"], said["columns"])
            for device, said in about["devices"].items()
            if self._has(device)
        }

    def _has(self, device: str) -> bool:
        """Whether it may have readings of it: a day of the archive may have events alone."""
        metadata = self._file.metadata
        return any(
            self._may_have(at, device) and events_in(metadata, at) < metadata.row_group(at).num_rows
            for at in range(metadata.num_row_groups)
        )

    def _content(self, asset: str, labels: Sequence[str]) -> Content:
        import pyarrow as pa  # noqa: PLC0415  (the gateway starts without it)

        places = [self.names.index(label) for label in labels if label in self.names]
        fields = {at: self._schema.field(at) for at in places}
        return Content(
            asset=asset,
            channels={at: field.metadata[_CHANNEL].decode() for at, field in fields.items()},
            texts=frozenset(
                at for at, field in fields.items() if not pa.types.is_floating(field.type)
            ),
        )

    def _others(self) -> list[str]:
        """What its machines' types did not have any more when it was written."""
        if _OTHERS not in self.names:
            return []
        column = self.names.index(_OTHERS)
        groups = map(self._file.metadata.row_group, range(self._file.metadata.num_row_groups))
        rows = sum(each.num_rows - each.column(column).statistics.null_count for each in groups)
        return [f"not taken: values of {rows:,} rows that its types had no place for"] * bool(rows)

    def rows_of(self, device: str) -> Iterator[Row]:
        taken = {self.names.index(self.time), *self.contents[device].channels}
        line = 0
        for group in range(self._file.metadata.num_row_groups):
            rows = self._file.metadata.row_group(group).num_rows
            first, line = line + 1, line + rows
            if self._may_have(group, device):
                table = self._wanted(group, device, range(first, first + rows))
                yield from self._rows(table, taken)

    def _wanted(self, group: int, device: str, lines: range) -> Any:
        """The readings of a machine, each with the number of its line behind it."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        table = self._file.read_row_group(group).append_column("(line)", pa.array(lines))
        wanted = pc.is_null(table.column("event"))
        if self._is_of_many:
            wanted = pc.and_(wanted, pc.equal(table.column("device"), device))
        return table.filter(wanted)

    def _rows(self, table: Any, taken: Collection[int]) -> Iterator[Row]:
        *columns, lines = table.columns
        nothing = [None] * table.num_rows
        cells = [_cells_of(each) if at in taken else nothing for at, each in enumerate(columns)]
        if self.period is not None:  # a row of numbers alone is read at once
            cells[self.period] = columns[self.period].fill_null(0).to_pylist()
        for line, *row in zip(lines.to_pylist(), *cells, strict=True):
            yield line, row

    def _may_have(self, group: int, device: str) -> bool:
        """By the least and the greatest machine of a group of rows, as far as it says them."""
        if not self._is_of_many:
            return True
        found = self._file.metadata.row_group(group).column(self.names.index("device")).statistics
        return found is None or not found.has_min_max or found.min <= device <= found.max


def _cells_of(column: Any) -> list[Any]:
    """Times as Unix milliseconds."""
    import pyarrow as pa  # noqa: PLC0415

    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ms", "UTC")).cast(pa.int64())
    found: list[Any] = column.to_pylist()
    return found


def opened(path: Path) -> OwnParquet | None:
    """One that we wrote; None: it is another's. Raises Refused: it is no Parquet file."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file: Any = pq.ParquetFile(path, page_checksum_verification=True)
    except (OSError, ValueError) as error:
        raise Refused(f"{path} is no Parquet file: {error}.") from error
    schema = file.schema_arrow
    is_ours = ABOUT in (schema.metadata or {}) and {"time", "event"} <= set(schema.names)
    return OwnParquet(file, path.name) if is_ours else None
