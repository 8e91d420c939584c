"""Readings as columns in; the few where a state changes out. Imports pyarrow, as late as it can.

A year at 5 Hz is 158 million readings: none of them is a row before it is known to tell something.
"""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from gateway.archive.files import TOLD

_NOTHING: Final = -1  # no code of a text

Change = tuple[int, str | None, str | None, int | None, int | None]


def changes(table: pa.Table, gap_ms: int) -> Iterator[Change]:
    """(time, value, aside, period, time of the reading before) of some readings, in order.

    Those are the first and the last, both sides of a change or a hole, and what was set aside.

    Args:
        table: as ``DayFile.told`` gives it.
        gap_ms: readings further apart have a hole between them.
    """
    if not table.num_rows:
        return
    table = table.unify_dictionaries().combine_chunks()
    times = _array(table.column("time").cast(pa.int64()))
    edges = pc.or_(_differ(_codes(table)), pc.greater(_steps(times), gap_ms))
    end = pa.array([True])
    around = pc.or_(pa.concat_arrays([end, edges]), pa.concat_arrays([edges, end]))
    places = pc.indices_nonzero(pc.or_(around, _array(table.column("aside")).is_valid()))
    found = table.take(places)
    values = found.column(TOLD) if TOLD in table.column_names else pa.nulls(len(places))
    before = times.take(pc.max_element_wise(pc.subtract(places.cast(pa.int64()), 1), 0))
    before_ms = before.to_pylist()
    if places[0].as_py() == 0:
        before_ms[0] = None
    own = (found.column(name).to_pylist() for name in ("aside", "period_ms"))
    yield from zip(times.take(places).to_pylist(), values.to_pylist(), *own, before_ms, strict=True)


def _codes(table: pa.Table) -> pa.Array:
    """A number for each text; the same of all where nothing is told."""
    if TOLD not in table.column_names:
        return pa.nulls(table.num_rows, pa.int32()).fill_null(_NOTHING)
    texts = _array(table.column(TOLD))
    if not pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_encode()
    return texts.indices.fill_null(_NOTHING)


def _differ(codes: pa.Array) -> pa.Array:
    return pc.not_equal(codes[1:], codes[:-1])


def _steps(times: pa.Array) -> pa.Array:
    return pc.subtract(times[1:], times[:-1])


def _array(column: Any) -> pa.Array:
    """As one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
