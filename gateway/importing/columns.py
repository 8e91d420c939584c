"""The columns of a file and a type of machine in; which column is which channel out. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contract.assets import GENERIC
from contract.assets.words import Asset, Channel, Counter, Label, State
from contract.errors import Refused
from contract.type_files.generic import MOST_CHANNELS, TAKEN
from gateway.importing.cells import has_point, has_thousands, is_grouped, is_missing, number
from gateway.importing.conversions import AS_IT_IS, Line, is_known, line, spelled

TIME_NAMES: Final = (
    "time_ms", "time", "timestamp", "datetime", "date_time", "_time", "ts", "last_changed",
    "last_updated", "last_changed_ts", "last_updated_ts", "start_ts", "zeit", "zeitstempel",
    "datum", "date", "time_utc", "utc", "unix", "epoch_s", "when", "epoch", "epoch_ms", "unixtime",
    "unix_time", "timestamp_ms", "timestamp_s", "ts_ms", "timestamp_utc", "measured_at",
    "recorded_at", "logged_at", "created_at", "zeitpunkt",
)  # fmt: skip
_IN_BRACKETS: Final = re.compile(r"^(.*?)\s*[\[(]([^\])]*)[\])]\s*$")
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9]+")
_SHARE: Final = 0.8  # of a column's cells are numbers


@dataclass(frozen=True, kw_only=True)
class Column:
    """One that is taken. ``at`` is where it stands; ``is_number``: it has no texts."""

    at: int
    name: str
    channel: str
    unit: str
    is_number: bool
    comma: bool = False  # its numbers are written 1,5
    convert: Line = AS_IT_IS
    may_stand_still: bool = False  # a state, a counter, what its type always has: it is kept


@dataclass(frozen=True)
class Plan:
    """Attributes: ``unknown`` are columns that the type has nothing for."""

    columns: list[Column]
    unknown: list[str]
    notes: list[str]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person said of columns: by the file's name, or its place (``c3``)."""

    channels: Mapping[str, str]
    units: Mapping[str, str]

    def renamed(self, aliases: Mapping[str, str]) -> "Asked":
        """The same, of columns as a table calls them."""
        said = (self.channels, self.units)
        channels, units = ({aliases.get(n, n): what for n, what in each.items()} for each in said)
        return Asked(channels=channels, units=units)


def slug(text: str) -> str:
    """A name as channels have them: ``Volume Flow RateRMS`` is ``volume_flow_raterms``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _NOT_IN_NAMES.sub("_", plain).strip("_").lower()[:64]


def parted(name: str, below: str) -> tuple[str, str]:
    """What a column is called, and its unit: in brackets behind the name, or in a row below."""
    found = _IN_BRACKETS.match(name)
    if found is not None and (not below):
        return found[1], spelled(found[2])
    return name, spelled(below)


def planned(
    names: Sequence[str],
    units: Sequence[str],
    sample: Sequence[Sequence[str | float | None]],
    *,
    asset: Asset,
    asked: Asked,
    leave: frozenset[int],
    comma: bool,
    texts: frozenset[int] | None = None,
) -> Plan:
    """Which columns are taken as what; ``leave`` are those of the time.

    ``texts``: those that are no numbers; None: by a look at them.

    Raises:
        Refused: none is, two are one channel, or what was said cannot be.
    """
    _check_asked(names, asked)
    wanted = _wanted(asset)
    columns, unknown, notes = list[Column](), list[str](), list[str]()
    for at, name in enumerate(names):
        if at in leave:
            continue
        title, unit = parted(name, units[at])
        said = _said(asked.channels, name, title, at)
        channel = said or _channel_of(title, wanted, is_open=asset.name == GENERIC)
        if channel is None:
            unknown.append(name)
            continue
        if said and asset.name != GENERIC and said not in wanted.values():
            raise Refused(f"A {asset.name} has no channel {said!r}: it has {_some(wanted)}.")
        unit = spelled(_said(asked.units, name, title, at) or unit)
        has_comma = comma and _has_comma(sample, at)
        is_number, note = (
            _kind(channel, asset, sample, at, comma=has_comma)
            if texts is None
            else (at not in texts, "")
        )
        note = note or (_grouped(sample, at, comma=has_comma) if is_number else "")
        if note:
            notes.append(f"{name}: {note}")
        if is_number is None:
            unknown.append(name)
            continue
        convert = _conversion(unit, channel, asset, column=name, is_said=bool(asked.units))
        if unit and not is_known(unit):
            notes.append(
                f"{name}: its unit {unit!r} is not known; its numbers are taken as they are"
            )
        columns.append(
            Column(
                at=at, name=name, channel=channel, unit=unit, is_number=is_number, comma=has_comma,
                convert=convert,
                may_stand_still=asset.name != GENERIC and not _may_lack(asset, channel),
            )
        )  # fmt: skip
    _check(columns, asset, names)
    if asset.name == GENERIC and len(columns) > MOST_CHANNELS:
        unknown += [column.name for column in columns[MOST_CHANNELS:]]
        columns = columns[:MOST_CHANNELS]
    return Plan(columns, unknown, notes)


def _may_lack(asset: Asset, channel: str) -> bool:
    """Whether a machine may do without it: a sensor that not each has."""
    found = asset.by_name.get(channel)
    return found is not None and found.optional


def _check_asked(names: Sequence[str], asked: Asked) -> None:
    places = {f"c{at + 1}" for at in range(len(names))}
    known = places | set(names) | {parted(name, "")[0] for name in names}
    for name in (*asked.channels, *asked.units):
        if name not in known:
            raise Refused(f"There is no column {name!r}; there are {', '.join(names)[:600]}.")


def _check(columns: Sequence[Column], asset: Asset, names: Sequence[str]) -> None:
    if not columns:
        raise Refused(
            f"No column is one of a {asset.name}'s channels. The file has {', '.join(names)[:400]};"
            f" a {asset.name} has {_some(_wanted(asset))}. Say which is which: --map"
            " COLUMN=CHANNEL; or take it as it comes: --asset generic."
        )
    seen: dict[str, str] = {}
    for column in columns:
        if column.channel in seen:
            raise Refused(
                f"{seen[column.channel]!r} and {column.name!r} would both be {column.channel}: say"
                f" which is what: --map '{column.name}=…'."
            )
        seen[column.channel] = column.name


def _wanted(asset: Asset) -> dict[str, str]:
    """What a type has, by what a column of it may be called."""
    parts = (asset.channels, asset.counters, asset.states, asset.labels)
    every: list[Channel | Counter | State | Label] = [each for part in parts for each in part]
    return {slug(each.title): each.name for each in every} | {
        slug(each.name): each.name for each in every
    }


def _some(wanted: Mapping[str, str]) -> str:
    return ", ".join(sorted(set(wanted.values()))) or "none"


def _said(said: Mapping[str, str], name: str, title: str, at: int) -> str | None:
    return said.get(name) or said.get(title) or said.get(f"c{at + 1}")


def _channel_of(title: str, wanted: Mapping[str, str], *, is_open: bool) -> str | None:
    name = slug(title)
    if is_open:
        return wanted.get(name) or (name if name and name not in TAKEN else None)
    return wanted.get(name)


def _kind(
    channel: str,
    asset: Asset,
    sample: Sequence[Sequence[str | float | None]],
    at: int,
    *,
    comma: bool,
) -> tuple[bool | None, str]:
    """Whether a column has numbers; None where it has nothing at all. And what is odd about it."""
    texts: tuple[State | Label, ...] = (*asset.states, *asset.labels)
    if any(channel == each.name for each in texts):
        if asset.name != GENERIC:
            return False, ""
    elif channel in asset.by_name or any(channel == each.name for each in asset.counters):
        return True, ""
    cells = [row[at] for row in sample if row[at] is not None and not is_missing(str(row[at]))]
    if not cells:
        return None, "it has no value in any row"
    numbers = sum(number(cell, comma=comma) is not None for cell in cells if cell is not None)
    return numbers >= _SHARE * len(cells), ""


def _has_comma(sample: Sequence[Sequence[str | float | None]], at: int) -> bool:
    """As its file has: but not where points in the column can be nothing but decimal ones."""
    texts = [str(row[at]) for row in sample]
    return any("," in text for text in texts) or not any(map(has_point, texts))


def _grouped(sample: Sequence[Sequence[str | float | None]], at: int, *, comma: bool) -> str:
    """How a number is read that elsewhere would be another."""
    is_one, others = (is_grouped, "commas") if comma else (has_thousands, "points")
    for row in sample:
        if is_one(text := str(row[at]).strip()):
            return f"{text} is read as {number(text, comma=comma):.10g}, as {others} are decimal"
    return ""


def _conversion(unit: str, channel: str, asset: Asset, *, column: str, is_said: bool) -> Line:
    parts: tuple[Channel | Counter, ...] = (*asset.channels, *asset.counters)
    wanted = next((each.unit for each in parts if each.name == channel), "")
    if not unit or not wanted or not (is_said or is_known(unit)):
        return AS_IT_IS
    return line(unit, wanted, column=column)
