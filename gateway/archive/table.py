"""Items in, an Arrow table out, and the way back. Imports pyarrow, which the gateway does late.

A value is the very double it was: of few different ones (a channel has few decimals) Parquet keeps
a dictionary, of many their bytes side by side. Times and numbers that grow are kept as differences.
So a file needs no word of ours to be read.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import pyarrow as pa

from gateway.archive.files import ABOUT, CHANNEL
from gateway.archive.rows import Item, values_of

TIME: Final = pa.timestamp("ms", tz="UTC")
TEXT: Final = pa.dictionary(pa.int32(), pa.string())
MANY: Final = 20_000  # different values of a channel among ``SAMPLE``: then no dictionary
SAMPLE: Final = 50_000

# What stands in front of the values, and what behind them.
_FRONT: Final = {"time": TIME}
_BACK: Final = {
    "event": TEXT,
    "event_fields": TEXT,
    "truth": TEXT,
    "epoch": TEXT,
    "seq": pa.int64(),
    "received": TIME,
    "board_time": TIME,
    "stamp": pa.int8(),
    "period_ms": pa.int32(),
    "aside": TEXT,
    "row": pa.int64(),
}
_OWN: Final = frozenset({*_FRONT, *_BACK})
_DIFFERENCES: Final = ("time", "received", "board_time", "seq", "row")
_IN_ORDER: Final = (
    "time", "row", "epoch", "seq", "received", "stamp", "truth", "board_time", "period_ms",
    "aside", "event", "event_fields",
)  # fmt: skip

_encode: Final = msgspec.json.encode


class Column(NamedTuple):
    """A value's place: its name in a reading, what the column is called, and whether it is text."""

    name: str
    label: str
    is_text: bool


class Shape(NamedTuple):
    """What the values of a day are."""

    columns: tuple[Column, ...]
    many: frozenset[str]  # labels of columns with many different values


def shape_of(items: Iterable[Item]) -> Shape:
    """By a look at each of them."""
    numbers, texts = dict[str, set[float]](), dict[str, None]()
    for at, item in enumerate(items):
        if item.event is not None:
            continue
        for name, value in values_of(item.body).items():
            if isinstance(value, str):
                texts[name] = None
            elif at < SAMPLE:
                numbers.setdefault(name, set()).add(value)
            elif name not in numbers:
                numbers[name] = {value}
    columns = [Column(name, free(name), is_text=False) for name in numbers]
    both = {name: f"{name}_text" if name in numbers else name for name in texts}
    columns += [Column(name, free(label), is_text=True) for name, label in both.items()]
    many = (free(name) for name, values in numbers.items() if len(values) > MANY)
    return Shape(tuple(columns), frozenset(many))


def free(label: str) -> str:
    """A label that is none of our own."""
    return label + "_" if label.rstrip("_") in _OWN else label


def schema_of(
    shape: Shape, words: Mapping[Column, Mapping[str, str]], file: Mapping[str, Any]
) -> pa.Schema:
    """``words``: of each column, as title and unit; ``file``: what is said of all of it."""
    fields = [pa.field(name, kind, nullable=False) for name, kind in _FRONT.items()]
    for column in shape.columns:
        said = {CHANNEL.decode(): column.name, **words.get(column, {})}
        kind = TEXT if column.is_text else pa.float64()
        fields.append(pa.field(column.label, kind, metadata=said))
    fields += [pa.field(name, kind) for name, kind in _BACK.items()]
    return pa.schema(fields, metadata={ABOUT: json.dumps(file, ensure_ascii=False)})


def encodings_of(shape: Shape) -> dict[str, Any]:
    """What ``ParquetWriter`` takes."""
    plain = {"stamp", "period_ms"}
    numbers = {
        one.label for one in shape.columns if not one.is_text and one.label not in shape.many
    }
    texts = {one.label for one in shape.columns if one.is_text}
    texts |= {name for name, kind in _BACK.items() if kind == TEXT}
    encoding = dict.fromkeys(_DIFFERENCES, "DELTA_BINARY_PACKED")
    encoding |= dict.fromkeys(shape.many, "BYTE_STREAM_SPLIT")
    return {"use_dictionary": sorted(numbers | texts | plain), "column_encoding": encoding}


def table_of(items: Sequence[Item], shape: Shape, schema: pa.Schema) -> pa.Table:
    """All of them, a row each."""
    cells = cells_of(items, shape)
    return pa.table([array_of(cells[each.name], each.type) for each in schema], schema=schema)


def cells_of(items: Sequence[Item], shape: Shape) -> dict[str, list[Any]]:
    """The cells of each column."""
    bodies = [values_of(one.body) if one.event is None else {} for one in items]
    arrays: dict[str, list[Any]] = {
        "time": [one.time_ms for one in items],
        "event": [one.event for one in items],
        "event_fields": [None if one.event is None else one.body for one in items],
        "truth": [one.truth for one in items],
        "epoch": [one.epoch for one in items],
        "seq": [one.seq for one in items],
        "received": [one.received_ms for one in items],
        "board_time": [one.board_ms for one in items],
        "stamp": [one.stamped for one in items],
        "period_ms": [one.period_ms for one in items],
        "aside": [one.aside for one in items],
        "row": [one.id for one in items],
    }
    for column in shape.columns:
        kind: type[Any] = str if column.is_text else float
        cells = (body.get(column.name) for body in bodies)
        arrays[column.label] = [cell if isinstance(cell, kind) else None for cell in cells]
    return arrays


def array_of(cells: list[Any], kind: pa.DataType) -> pa.Array:
    if kind == TEXT:
        return pa.array(cells, pa.string()).dictionary_encode().cast(TEXT)
    return pa.array(cells, kind)


def items_of(batch: pa.RecordBatch) -> Iterator[Item]:
    """The items of some rows of a file."""
    cells = {field.name: _cells(batch.column(at)) for at, field in enumerate(batch.schema)}
    places = _places(batch.schema)
    names = [name for name, _ in places]
    bodies: Iterable[str] = map(
        _body_of(names), zip(*(cells[label] for _, label in places), strict=True)
    )
    if not places:
        bodies = ("{}" for _ in range(batch.num_rows))
    own = zip(*(cells[name] for name in _IN_ORDER), strict=True)
    for (*front, truth, board, period, aside, event, fields), body in zip(own, bodies, strict=True):
        said = body if event is None else fields
        yield Item._make((*front, said, truth, board, period, aside, event))


def _places(schema: pa.Schema) -> list[tuple[str, str]]:
    """(name, label) of each value."""
    found = [(field.name, field.metadata or {}) for field in schema]
    return [(said[CHANNEL].decode(), label) for label, said in found if CHANNEL in said]


def _body_of(names: Sequence[str]) -> Callable[[tuple[Any, ...]], str]:
    def body(values: tuple[Any, ...]) -> str:
        pairs = zip(names, values, strict=True)
        return _encode({name: value for name, value in pairs if value is not None}).decode()

    return body


def _cells(column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    found: list[Any] = column.to_pylist()
    return found
