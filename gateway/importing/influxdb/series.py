"""The series of a bucket in; which are of which machine, and what each is called there, out. Pure.

InfluxDB has a series for each measurement, field and set of tags. Of one machine each becomes a
column, called by its field; and by what else tells it from others of that field.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from contract.errors import Refused
from gateway.importing.conversions import is_known, spelled

MOST_SERIES: Final = 200  # of one machine
MOST_MACHINES: Final = 1_000
NUMBERS: Final = frozenset({"double", "long", "unsignedLong"})
_NAMELESS: Final = frozenset({"value", "_value"})  # a field that is called so says nothing
# What this project writes: `reading` has the key of each in a tag and in fields.
_OURS: Final = "reading"
_OUR_TAGS: Final = frozenset({"lane"})
_OUR_FIELDS: Final = frozenset({"epoch", "seq", "truth"})


class Series(NamedTuple):
    """``tags``: in order of their names, without empty ones."""

    measurement: str
    field: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a bucket has. ``numbers``: whether a series has such; times are of its first point."""

    numbers: Mapping[Series, bool]
    first_ns: int
    last_ns: int


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A column of a machine. ``unit``: where the measurement is called like one."""

    name: str
    unit: str
    is_number: bool


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Attributes.

    name: what its tag says; None where nobody said which tag names machines.
    channels: in order.
    places: of each series, which of them it is.
    ignored: tags that tell no columns apart, but rows of one time.
    """

    name: str | None
    channels: list[Channel]
    places: Mapping[Series, int]
    ignored: frozenset[str]


def is_ours(series: Iterable[Series]) -> bool:
    """Whether a gateway of this kind wrote them."""
    fields = {each.field for each in series if each.measurement == _OURS}
    return {"epoch", "seq"} <= fields


def left_out(series: Collection[Series]) -> frozenset[str]:
    """Fields that say nothing of a machine."""
    return _OUR_FIELDS if is_ours(series) else frozenset()


def aside(series: Collection[Series], said: Iterable[str]) -> frozenset[str]:
    """Tags by which no columns are told apart: what a person said, and our own."""
    return frozenset(said) | (_OUR_TAGS if is_ours(series) else frozenset())


def machines(
    numbers: Mapping[Series, bool], *, by: str, ignored: frozenset[str]
) -> tuple[list[Machine], int]:
    """By what the tag ``by`` says (empty: all are one), in order; how many series have none.

    Raises:
        Refused: there is no series, none with that tag, or too much.
    """
    fields = left_out(numbers)
    parts: dict[str | None, list[Series]] = defaultdict(list)
    without = 0
    for series in sorted(each for each in numbers if each.field not in fields):
        name = dict(series.tags).get(by) if by else None
        if by and not name:
            without += 1
        else:
            parts[name].append(series)
    if not parts:
        raise Refused(_nothing(numbers, by))
    if len(parts) > MOST_MACHINES:
        raise Refused(f"The tag {by} says {len(parts)} things: it does not name machines.")
    return [_machine(name, part, numbers, ignored | {by}) for name, part in parts.items()], without


def _nothing(numbers: Iterable[Series], by: str) -> str:
    tags = sorted({name for each in numbers for name, _ in each.tags})
    if not by or not tags:
        return "The bucket has nothing of that: no point in that time, measurement and tags."
    return f"No series of the bucket has a tag {by!r}; there are {', '.join(tags)[:400]}."


def _machine(
    name: str | None,
    series: Iterable[Series],
    numbers: Mapping[Series, bool],
    ignored: frozenset[str],
) -> Machine:
    places: dict[Series, int] = {}
    told = {each: (each.measurement, each.field, _less(each.tags, ignored)) for each in series}
    called = names({Series(*each) for each in told.values()})
    order = {each: at for at, each in enumerate(called)}
    if len(order) > MOST_SERIES:
        raise Refused(
            f"{name or 'The bucket'} has {len(order)} series, more than {MOST_SERIES}: say which,"
            " by --measurement NAME, --tag NAME=VALUE or --device-tag NAME; or which tags tell"
            " nothing apart, by --ignore-tag NAME."
        )
    are_numbers = dict.fromkeys(order, True)
    for each, key in told.items():
        places[each] = order[Series(*key)]
        are_numbers[Series(*key)] &= numbers[each]
    channels = [
        Channel(name=called[each], unit=_unit(each.measurement), is_number=are_numbers[each])
        for each in order
    ]
    return Machine(name=name, channels=channels, places=places, ignored=ignored)


def _less(tags: tuple[tuple[str, str], ...], gone: frozenset[str]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in tags if pair[0] not in gone)


def _unit(measurement: str) -> str:
    """Home Assistant calls measurements by the unit of what it writes there."""
    unit = spelled(measurement)
    return unit if is_known(unit) else ""


def names(series: Collection[Series]) -> dict[Series, str]:
    """What each is called, all otherwise."""
    fields: dict[str, list[Series]] = defaultdict(list)
    for each in sorted(series):
        fields[each.field].append(each)
    short = {each: _name(each, alike) for alike in fields.values() for each in alike}
    if len(set(short.values())) == len(short):
        return short
    return {each: _whole(each) for each in short}


def _name(series: Series, alike: Collection[Series]) -> str:
    """By its field, and by what not all of that field share."""
    parts = [] if series.field in _NAMELESS and len(alike) > 1 else [series.field]
    tag = _telling(alike)
    if tag is None and len({each.measurement for each in alike}) > 1:
        parts.insert(0, series.measurement)
    shown = _differing(alike) if tag is None else [tag]
    tags = dict(series.tags)
    return " ".join([*parts, *(tags[name] for name in shown if name in tags)]) or series.field


def _telling(alike: Collection[Series]) -> str | None:
    """A tag that tells all apart by itself."""
    for name in _differing(alike):
        values = {dict(each.tags).get(name) for each in alike}
        if None not in values and len(values) == len(alike):
            return name
    return None


def _differing(alike: Collection[Series]) -> list[str]:
    every = sorted({name for each in alike for name, _ in each.tags})
    return [name for name in every if len({dict(each.tags).get(name) for each in alike}) > 1]


def _whole(series: Series) -> str:
    tags = [f"{name} {value}" for name, value in series.tags]
    return " ".join([series.measurement, series.field, *tags])
