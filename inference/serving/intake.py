"""Requests become windows: every channel in its column, every value one a sensor can report."""

import math
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import chain
from typing import Any, Final

import numpy as np

from contract.assets.words import Asset, State
from inference.errors import BadRequest, TooLarge
from inference.serving.schema import BatchRequest, BatchWindow, PredictReading, PredictRequest
from inference.windows.features import FloatArray, Windows
from inference.windows.inputs import inputs_of

MOST_WINDOWS: Final = 1000
MOST_ROWS: Final = 100


def of_request(request: PredictRequest, *, asset: Asset) -> Windows:
    """The one window of a ``/predict`` request.

    Raises:
        BadRequest: a channel is missing or unknown, or a value or the order of time is wrong.
    """
    readings = request.readings or [PredictReading(values=request.values or {})]
    _check_rows(len(readings))
    rows = [_sent(reading.values, asset=asset) for reading in readings]
    return _windows(
        rows=rows, time_ms=_times(readings, asset=asset), counts=[len(rows)], asset=asset
    )


def of_batch(request: BatchRequest, *, asset: Asset) -> Windows:
    """The windows of a ``/predict/batch`` request, in order.

    Raises:
        BadRequest: a column is missing or unknown, or a window cannot be judged.
        TooLarge: there are too many windows.
    """
    order = _column_order(request.channels, asset=asset)
    if not request.windows:
        raise BadRequest("windows must hold at least one window.")
    if len(request.windows) > MOST_WINDOWS:
        raise TooLarge(f"A batch holds at most {MOST_WINDOWS} windows; got {len(request.windows)}.")
    counts = [_count(window, index) for index, window in enumerate(request.windows)]
    rows = list(chain.from_iterable(window.rows for window in request.windows))
    if set(map(len, rows)) != {len(request.channels)}:
        raise BadRequest(f"Every row must have {len(request.channels)} values, one a channel.")
    time_ms = list(chain.from_iterable(window.time_ms for window in request.windows))
    holds = _holds(request, order=order)
    return _windows(
        rows=rows, time_ms=time_ms, counts=counts, asset=asset, order=order, holds=holds
    )


def _holds(request: BatchRequest, *, order: list[int] | None) -> FloatArray | None:
    """(B, C, 3) what the caller remembers, NaN for a window of which it remembers nothing."""
    if all(window.holds is None for window in request.windows):
        return None
    width = len(request.channels)
    nothing = [(math.nan, math.nan, math.nan)] * width
    cells: list[Sequence[Sequence[float]]] = []
    for index, window in enumerate(request.windows):
        if window.holds is not None and len(window.holds) != width:
            raise BadRequest(f"windows[{index}].holds must have {width} entries, one a channel.")
        cells.append(window.holds or nothing)
    table = np.array(cells, dtype=np.float64)
    return table if order is None else table[:, order]


def _windows(
    *,
    rows: list[list[float | str]],
    time_ms: list[int],
    counts: list[int],
    asset: Asset,
    order: list[int] | None = None,
    holds: FloatArray | None = None,
) -> Windows:
    inputs = inputs_of(asset)
    for state in inputs.states:
        at = asset.columns.index(state.name)
        _name(rows, at if order is None else order[at], state, inputs.codes[state.name])
    table = _numbers(rows, asset=asset, order=order)
    if order is not None:
        table = table[:, order]
    times_ms = np.array(time_ms, dtype=np.int64)
    if holds is not None:
        holds = inputs.complete_holds(holds)
    windows = Windows.of(inputs.complete(table), times_ms, np.array(counts), holds=holds)
    _check_possible(table, asset=asset)
    return windows


def _name(rows: list[list[float | str]], at: int, state: State, codes: Mapping[Any, float]) -> None:
    """Put codes in the place of the state's names."""
    try:
        for row in rows:
            row[at] = codes[row[at]]
    except KeyError as error:
        raise BadRequest(
            f"{state.name} is {str(error.args[0])[:64]!r}; it is one of "
            f"{', '.join(state.elements)}."
        ) from None


def _numbers(rows: list[list[float | str]], *, asset: Asset, order: list[int] | None) -> FloatArray:
    """A text is refused though it looks like a number: whoever sends one has made a mistake."""
    cells = list(chain.from_iterable(rows))
    if str in set(map(type, cells)):
        at, text = next((at, cell) for at, cell in enumerate(cells) if isinstance(cell, str))
        columns = dict(zip(order or range(len(asset.columns)), asset.columns, strict=True))
        name = columns.get(at % len(rows[0]), "a column")
        raise BadRequest(
            f"{name} is {text[:64]!r}, which is no number; only states are told by their names."
        )
    return np.array(cells, dtype=np.float64).reshape(len(rows), -1)


def _check_possible(rows: FloatArray, *, asset: Asset) -> None:
    low, high = rows.min(axis=0).tolist(), rows.max(axis=0).tolist()
    for channel, least, most in zip(asset.required, low, high, strict=False):
        if least < channel.low or most > channel.high:
            wrong = least if least < channel.low else most
            raise BadRequest(
                f"{channel.name} is {wrong:g}{_unit(channel.unit)}, but its sensor can only report "
                f"{channel.low:g} to {channel.high:g}{_unit(channel.unit)}."
            )


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def _sent(values: dict[str, float | str], *, asset: Asset) -> list[float | str]:
    if not values.keys() <= known(asset):
        raise _unknown_channel(values, asset=asset)
    try:
        return [values[name] for name in asset.columns]
    except KeyError as error:
        raise _missing_channel(str(error.args[0]), asset=asset) from None


def _times(readings: Sequence[PredictReading], *, asset: Asset) -> list[int]:
    """The readings' times; without any, they are taken to come at the type's nominal rate."""
    given = [reading.time_ms for reading in readings if reading.time_ms is not None]
    if given and len(given) != len(readings):
        raise BadRequest("Give time_ms with every reading of the window, or with none.")
    return given or [round(index * 1000 / asset.nominal_rate_hz) for index in range(len(readings))]


def _column_order(channels: list[str], *, asset: Asset) -> list[int] | None:
    """Which columns are the required channels, in order; None when the columns are just those."""
    required = list(asset.columns)
    if channels == required:
        return None
    if not set(channels) <= known(asset):
        raise _unknown_channel(channels, asset=asset)
    if len(set(channels)) != len(channels):
        raise BadRequest("channels must name each column once.")
    try:
        return [channels.index(name) for name in required]
    except ValueError:
        missing = next(name for name in required if name not in channels)
        raise _missing_channel(missing, asset=asset) from None


def _count(window: BatchWindow, index: int) -> int:
    count = len(window.rows)
    _check_rows(count)
    if len(window.time_ms) != count:
        raise BadRequest(
            f"windows[{index}] has {count} rows, but {len(window.time_ms)} times in time_ms."
        )
    return count


def _check_rows(count: int) -> None:
    if count < 1:
        raise BadRequest("A window must hold at least one reading.")
    if count > MOST_ROWS:
        raise BadRequest(f"A window holds at most {MOST_ROWS} readings; got {count}.")


@cache
def known(asset: Asset) -> AbstractSet[str]:
    """All that a reading of the type may have."""
    return {*asset.by_name, *asset.columns, *(label.name for label in asset.labels)}


def _unknown_channel(channels: Iterable[str], *, asset: Asset) -> BadRequest:
    unknown = next(name for name in channels if name not in known(asset))
    there_are = ", ".join(dict.fromkeys((*asset.by_name, *asset.columns)))
    return BadRequest(
        f"{unknown[:64]!r} is no channel of {asset.name!r}; its channels are {there_are}."
    )


def _missing_channel(name: str, *, asset: Asset) -> BadRequest:
    required = ", ".join(asset.columns)
    return BadRequest(f"Channel {name!r} is missing; {asset.name!r} needs {required}.")
