"""Items of several machines in, one Parquet file out, a piece at a time. Imports pyarrow.

Its columns are those of the archive's own files, with the machine beside the time. What two types
call the same and mean otherwise (in another unit, or as text) has a column each; a value that a
machine's type does not have any more is kept by name, in ``others``. No row says where in the
journal it stood: that means nothing elsewhere.
"""

import io
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from gateway.archive.rows import Item, values_of
from gateway.archive.table import (
    TEXT,
    Column,
    Shape,
    array_of,
    cells_of,
    encodings_of,
    free,
    schema_of,
)
from gateway.archive.words import Words
from gateway.archive.writing import LEVEL

DEVICE: Final = "device"
OTHERS: Final = "others"
LEFT_OUT: Final = "edgetwin_left_out"  # what could not be read
_OURS: Final = frozenset({DEVICE, OTHERS})
_NOT_SHARED: Final = "row"
_TEXTS: Final = frozenset({"state", "label"})

_encode: Final = msgspec.json.encode


@dataclass(frozen=True)
class Owner:
    """A machine, and what its type says of its values."""

    device: str
    asset: str
    title: str
    words: Words


class _Columns:
    """Which value of which machine stands where."""

    def __init__(self, owners: Sequence[Owner]) -> None:
        self.words: dict[Column, Mapping[str, str]] = {}  # as the first one says it
        self._known: dict[tuple[str, str, bool], Column] = {}
        self.shapes = {owner.device: self._shape(owner) for owner in owners}

    def _shape(self, owner: Owner) -> Shape:
        columns = tuple(self._column(name, said, owner.asset) for name, said in owner.words.items())
        return Shape(columns, frozenset())

    def _column(self, name: str, said: Mapping[str, str], asset: str) -> Column:
        is_text = said["kind"] in _TEXTS
        key = name, said.get("unit", ""), is_text
        if key not in self._known:
            column = self._known[key] = Column(name, self._label(name, asset), is_text)
            self.words[column] = said
        return self._known[key]

    def _label(self, name: str, asset: str) -> str:
        taken = {column.label for column in self.words} | _OURS
        label = free(name)
        if label in taken:
            label = f"{label}_{asset}"
        while label in taken:
            label += "_"
        return label


class Shared:
    """One file. Nothing of it is kept but what has not been taken yet."""

    def __init__(self, owners: Sequence[Owner], about: Mapping[str, Any]) -> None:
        """``about``: what is said of all of it."""
        columns = _Columns(owners)
        self._shapes = columns.shapes
        whole = Shape(tuple(columns.words), frozenset())
        devices = {owner.device: self._said(owner) for owner in owners}
        self._schema = _with_ours(schema_of(whole, columns.words, {**about, "devices": devices}))
        self._sink = _Sink()
        self._writer = pq.ParquetWriter(
            self._sink,
            self._schema,
            compression="zstd",
            compression_level=LEVEL,
            write_page_checksum=True,
            **_encodings(whole, self._schema),
        )

    def _said(self, owner: Owner) -> dict[str, Any]:
        labels = [column.label for column in self._shapes[owner.device].columns]
        return {"asset": owner.asset, "title": owner.title, "columns": labels}

    def put(self, device: str, items: Sequence[Item]) -> bytes:
        """A group of rows of one machine in; what is to be written of the file out."""
        shape = self._shapes[device]
        nothing = [None] * len(items)
        cells: dict[str, list[Any]] = cells_of(items, shape)
        cells |= {DEVICE: [device] * len(items), OTHERS: _others(items, shape)}
        arrays = [array_of(cells.get(each.name, nothing), each.type) for each in self._schema]
        self._writer.write_table(pa.table(arrays, schema=self._schema), row_group_size=len(items))
        return self._sink.taken()

    def end(self, left_out: Sequence[str]) -> bytes:
        """The end of the file, which says what is not in it."""
        if left_out:
            said = json.dumps(left_out, ensure_ascii=False)
            self._writer.add_key_value_metadata({LEFT_OUT: said})
        self._writer.close()
        return self._sink.taken()


def _with_ours(schema: pa.Schema) -> pa.Schema:
    time, *rest = (field for field in schema if field.name != _NOT_SHARED)
    fields = [time, pa.field(DEVICE, TEXT, nullable=False), *rest, pa.field(OTHERS, TEXT)]
    return pa.schema(fields, metadata=schema.metadata)


def _encodings(shape: Shape, schema: pa.Schema) -> dict[str, Any]:
    found = encodings_of(shape)
    encoding = {name: how for name, how in found["column_encoding"].items() if name in schema.names}
    return {"use_dictionary": [*found["use_dictionary"], *_OURS], "column_encoding": encoding}


def _others(items: Sequence[Item], shape: Shape) -> list[str | None]:
    """What of each reading has no column, as JSON."""
    kinds = {(column.name, str if column.is_text else float) for column in shape.columns}
    return [None if one.event is not None else _rest(one.body, kinds) for one in items]


def _rest(body: str, kinds: Container[tuple[str, type]]) -> str | None:
    values = values_of(body).items()
    rest = {name: value for name, value in values if (name, type(value)) not in kinds}
    return _encode(rest).decode() if rest else None


class _Sink(io.RawIOBase):
    """What is written into it, to be taken out."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def taken(self) -> bytes:
        found = b"".join(self._parts)
        self._parts.clear()
        return found
