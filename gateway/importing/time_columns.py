"""A table in; which columns of it the time is of, and how it is read, out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contract.errors import Refused
from gateway.importing import times
from gateway.importing.columns import TIME_NAMES, slug
from gateway.importing.tables import Cell, Table
from gateway.importing.wishes import Wishes

_DAY_NAMES: Final = frozenset({"date", "datum", "day"})
_HOUR_NAMES: Final = frozenset({"time", "zeit", "uhrzeit", "hour"})


@dataclass(frozen=True, kw_only=True)
class Times:
    """Which columns the time is of, and how; ``kind`` is for a person."""

    places: tuple[int, ...]
    of: Callable[[int, Sequence[Cell]], int]
    kind: str


def found(table: Table, sample: Sequence[Sequence[Cell]], wishes: Wishes, name: str) -> Times:
    if wishes.period_ms is not None:
        return _by_number(wishes)
    clock = times.WallClock(wishes.zone)
    if wishes.time_column:
        at = place_of(table, wishes.time_column)
        return _by_column(table, sample, at, clock, wishes, is_said=True) or _no_time(table, name)
    pair = _date_and_time(table, sample, clock, wishes)
    if pair is not None:
        return pair
    for at in _candidates(table.names):
        found = _by_column(table, sample, at, clock, wishes, is_said=False)
        if found is not None:
            return found
    return _no_time(table, name)


def _by_number(wishes: Wishes) -> Times:
    if wishes.from_ms is None:
        raise Refused("--period wants --from: when was the first row measured?")
    from_ms, period_ms = wishes.from_ms, wishes.period_ms or 0.0

    def of(at: int, _: Sequence[Cell]) -> int:
        return from_ms + round(at * period_ms)

    return Times(places=(), of=of, kind=f"none: a row every {period_ms / 1000:g} s")


def _no_time(table: Table, name: str) -> Times:
    raise Refused(
        f"No column of {name} is a time ({', '.join(table.names)[:400]}): say --time COLUMN, with"
        " --time-format where it is an odd one; or, where it has none, --period SECONDS --from"
        " TIME."
    )


def place_of(table: Table, name: str) -> int:
    """Where a column stands. Raises Refused: there is none of that name."""
    if name in table.names:
        return table.names.index(name)
    raise Refused(f"There is no column {name!r}; there are {', '.join(table.names)[:600]}.")


def _candidates(names: Sequence[str]) -> list[int]:
    """Those called as times first."""
    slugs = [slug(name) for name in names]
    known = [slugs.index(slug(name)) for name in TIME_NAMES if slug(name) in slugs]
    return list(dict.fromkeys([*known, *range(len(names))]))


def _by_column(
    table: Table,
    sample: Sequence[Sequence[Cell]],
    at: int,
    clock: times.WallClock,
    wishes: Wishes,
    *,
    is_said: bool,
) -> Times | None:
    cells = [str(row[at]) for row in sample if at < len(row) and row[at] is not None]
    named_so = is_said or slug(table.names[at]) in {slug(name) for name in TIME_NAMES}
    if wishes.time_format and named_so:
        to_ms: times.ToMs | None = times.named(
            wishes.time_format, clock, from_ms=wishes.from_ms, comma=table.comma
        )
    else:
        to_ms = times.guessed(cells, clock, every=lambda: _all(table, at), named_so=named_so)
    if to_ms is None:
        return None
    read = to_ms

    def of(_: int, row: Sequence[Cell]) -> int:
        cell = row[at]
        return read(cell.strip() if isinstance(cell, str) else str(cell))

    return Times(places=(at,), of=of, kind=table.names[at])


def _date_and_time(
    table: Table, sample: Sequence[Sequence[Cell]], clock: times.WallClock, wishes: Wishes
) -> Times | None:
    """A date in one column and the time of day in another."""
    slugs = [slug(name) for name in table.names]
    day = next((at for at, each in enumerate(slugs) if each in _DAY_NAMES), None)
    hour = next((at for at, each in enumerate(slugs) if each in _HOUR_NAMES), None)
    if day is None or hour is None or wishes.time_format in (*times.UNITS, times.ELAPSED):
        return None
    both = [f"{row[day]} {row[hour]}" for row in sample if max(day, hour) < len(row)]
    if not any(":" in str(row[hour]) and ":" not in str(row[day]) for row in sample[:5]):
        return None
    if wishes.time_format:
        to_ms: times.ToMs | None = times.named(wishes.time_format, clock, from_ms=None)
    else:
        to_ms = times.guessed(both, clock, every=lambda: _all(table, day), named_so=True)
    if to_ms is None:
        return None
    read = to_ms

    def of(_: int, row: Sequence[Cell]) -> int:
        return read(f"{str(row[day]).strip()} {str(row[hour]).strip()}")

    return Times(places=(day, hour), of=of, kind=f"{table.names[day]} and {table.names[hour]}")


def _all(table: Table, at: int) -> Iterator[str]:
    return (str(row[at]) for _, row in table.rows() if at < len(row))
