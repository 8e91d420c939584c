"""The heading of a recording: which column is the time, which are channels of what kind. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from contract.assets.words import Asset
from contract.csv_labels import bare
from firmware.site import NAME

Holds = Literal["measurement", "counter", "state", "label"]
TIMES: Final = ("time_ms", "time", "timestamp", "datetime", "date", "_time", "ts")
# Columns of our own exports that no board sends: the gateway gives them, or works them out.
_OURS: Final = frozenset(
    {"board_time_ms", "device", "asset", "epoch", "seq", "power_w", "truth", "diagnosis"}
    | {"event", "values"}
)
_EXPORTED: Final = "board_time_ms"  # the gateway's own export has it


@dataclass(frozen=True, kw_only=True)
class Field:
    """A column that is sent as ``channel``; ``holds`` None: its cells will tell."""

    at: int
    column: str
    channel: str
    unit: str = ""
    holds: Holds | None = None


@dataclass(frozen=True, kw_only=True)
class Heading:
    """Which cell is what; -1: there is no such column.

    ``left_out`` are columns that nobody knows; ``is_export``: texts are quoted as the gateway does.
    """

    time: int
    is_ms: bool
    fields: tuple[Field, ...]
    device: int = -1
    event: int = -1
    values: int = -1
    width: int = 0
    left_out: tuple[str, ...] = ()
    is_export: bool = False


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person said: the type (None: none), columns by name ("": left out), the time's."""

    asset: Asset | None = None
    channels: Mapping[str, str] = field(default_factory=dict)
    time: str = ""


def heading(labels: Sequence[str], wanted: Wanted) -> Heading:
    """What the columns called ``labels`` are.

    Raises:
        ValueError: no time is among them, nothing to send, or no column of a name that was said.
    """
    if not any(label.strip() for label in labels):
        raise ValueError("it is empty: its first line names its columns")
    names = [bare(label.strip()) for label in labels]
    _check_said(labels, names, wanted)
    time = _time(names, wanted)
    fields, left_out = _fields(labels, names, time, wanted)
    places = {name: names.index(name) if name in names else -1 for name in _OURS}
    if not fields and places["event"] < 0:
        raise ValueError(f"no column is a channel of it: it has {_listed(labels)}. --map says more")
    return Heading(
        time=time,
        is_ms=names[time].endswith("_ms"),
        fields=fields,
        device=places["device"],
        event=places["event"],
        values=places["values"],
        width=len(labels),
        left_out=left_out,
        is_export=_EXPORTED in names,
    )


def _check_said(labels: Sequence[str], names: Sequence[str], wanted: Wanted) -> None:
    for column in (*wanted.channels, *filter(None, [wanted.time])):
        if column not in names and column not in labels:
            raise ValueError(f"there is no column {column!r}; it has {_listed(labels)}")


def _time(names: Sequence[str], wanted: Wanted) -> int:
    for name in (wanted.time,) if wanted.time else TIMES:
        found = [at for at, each in enumerate(names) if each.lower() == name.lower()]
        if found:
            return found[0]
    raise ValueError(
        f"no column of it is a time ({', '.join(TIMES)}): name it with --time; it has "
        f"{_listed(names)}"
    )


def _fields(
    labels: Sequence[str], names: Sequence[str], time: int, wanted: Wanted
) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    fields: dict[str, Field] = {}
    left_out = []
    for at, (label, name) in enumerate(zip(labels, names, strict=True)):
        said = wanted.channels.get(label, wanted.channels.get(name))
        is_other = at == time or name in TIMES or name in _OURS
        if said == "" or (said is None and is_other):
            continue
        made = _field(at, label, said or name, wanted.asset, is_said=said is not None)
        if made is None:
            left_out.append(label)
        elif made.channel in fields:
            raise ValueError(
                f"{fields[made.channel].column!r} and {label!r} are both {made.channel}: leave one "
                f"out with --map '{label}='"
            )
        else:
            fields[made.channel] = made
    return tuple(fields.values()), tuple(left_out)


def _field(at: int, label: str, name: str, asset: Asset | None, *, is_said: bool) -> Field | None:
    if asset is None:
        channel = _plain(name)
        unit = label.partition(" [")[2].rstrip("]") if bare(label) != label else ""
        return Field(at=at, column=label, channel=channel, unit=unit) if channel else None
    known = known_of(asset)
    if name in known:
        unit, holds = known[name]
        return Field(at=at, column=label, channel=name, unit=unit, holds=holds)
    if is_said:
        raise ValueError(f"a {asset.name} has no channel {name!r}; it has {', '.join(known)}")
    return None


def known_of(asset: Asset) -> dict[str, tuple[str, Holds]]:
    """Unit and kind of all that a reading of that type can have."""
    found: dict[str, tuple[str, Holds]] = {}
    found |= {each.name: (each.unit, "measurement") for each in asset.channels}
    found |= {each.name: (each.unit, "counter") for each in asset.counters}
    found |= {each.name: ("", "state") for each in asset.states}
    return found | {each.name: ("", "label") for each in asset.labels}


def _plain(name: str) -> str:
    """A name as channels of no type are called."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_.-")[:64]
    return plain if re.match(NAME, plain) else ""


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(label[:40] or "''" for label in labels[:20])
