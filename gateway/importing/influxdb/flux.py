"""What is wanted of a bucket in; questions in Flux out. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Whatever a bucket may have: InfluxDB's own bounds of what is neither before 1970 nor odd.
EARLIEST_NS: Final = 0
LATEST_NS: Final = 7_258_118_400_000_000_000  # 2200


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person said; empty: all. Times are of points, the last not included."""

    measurements: Sequence[str] = ()
    fields: Sequence[str] = ()
    tags: Mapping[str, str]
    from_ns: int = EARLIEST_NS
    to_ns: int = LATEST_NS


def ends(bucket: str, wanted: Wanted, which: str) -> str:
    """The ``first`` or ``last`` point of each series."""
    return f"{_points(bucket, wanted, wanted.from_ns, wanted.to_ns)} |> {which}()"


def points(
    bucket: str, wanted: Wanted, span: tuple[int, int], *, tag: tuple[str, str] | None,
    without: Iterable[str],
) -> str:  # fmt: skip
    """All points of a stretch of time, of whom ``tag`` names, but for fields ``without``."""
    more = [] if tag is None else [_is(tag[0], tag[1])]
    more += [f"r._field != {quoted(field)}" for field in sorted(without)]
    kept = f" |> filter(fn: (r) => {' and '.join(more)})" if more else ""
    return f'{_points(bucket, wanted, *span)}{kept} |> drop(columns: ["_start", "_stop"])'


def quoted(text: str) -> str:
    """A literal of Flux: quotes, backslashes and ``${`` stay what they are."""
    return json.dumps(text, ensure_ascii=False).replace("${", r"\${")


def _points(bucket: str, wanted: Wanted, from_ns: int, to_ns: int) -> str:
    said = [
        _any("_measurement", wanted.measurements),
        _any("_field", wanted.fields),
        *(_is(name, value) for name, value in wanted.tags.items()),
    ]
    kept = " and ".join(each for each in said if each)
    return (
        f"from(bucket: {quoted(bucket)})"
        f" |> range(start: time(v: {from_ns}), stop: time(v: {to_ns}))"
        + (f" |> filter(fn: (r) => {kept})" if kept else "")
    )


def _any(column: str, values: Iterable[str]) -> str:
    said = " or ".join(_is(column, value) for value in values)
    return f"({said})" if said else ""


def _is(column: str, value: str) -> str:
    return f"r[{quoted(column)}] == {quoted(value)}"
