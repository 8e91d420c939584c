"""A file of machines in, what to start out: ``fleet.toml`` or the same as JSON.

``docs/examples/fleet.toml`` explains every word.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from contract import rate
from contract.assets import GENERIC
from contract.misfits import unlike
from firmware.emulator import spans
from firmware.emulator.faults import parse_plan
from firmware.emulator.kinds import MOST_DEVICES, Kind, all_ids, has_model
from firmware.emulator.spans import Span
from firmware.site import NAME

_MOST_BYTES: Final = 4_000_000
_LONGEST_S: Final = 3600.0
_SHORTEST_S: Final = 1 / rate.HIGHEST_HZ

T = TypeVar("T")


class _Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a group says of its machines, and the file of all that say nothing else."""

    interval_s: float | None = None
    faults: str | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.interval_s is not None and not _SHORTEST_S <= self.interval_s <= _LONGEST_S:
            raise ValueError(
                f"interval_s is {self.interval_s:g}; it is from one reading to the next, "
                f"{_SHORTEST_S:g} to {_LONGEST_S:g} s"
            )


class _Group(_Table, frozen=True, kw_only=True):
    """Machines that are alike."""

    type: str = ""
    id: str = ""
    ids: list[str] = []
    prefix: str = ""
    count: int | None = None
    channels: dict[str, Span] = {}

    def names(self) -> tuple[str, ...]:
        """Raises ValueError where it does not say how they are called."""
        said = [bool(self.id), bool(self.ids), bool(self.prefix)]
        if sum(said) != 1 or (self.count is not None) != bool(self.prefix):
            raise ValueError('it needs id = "..", or ids = [..], or prefix = ".." with count = ..')
        if self.count is None:
            return (self.id,) if self.id else tuple(self.ids)
        if not 1 <= self.count <= MOST_DEVICES:
            raise ValueError(f"count must be 1 to {MOST_DEVICES}, not {self.count}")
        numbered = Kind(asset=self.type, devices=self.count, prefix=self.prefix)
        return tuple(numbered.device_ids())


class _File(_Table, frozen=True, kw_only=True):
    machines: list[dict[str, Any]] = []


def read(path: Path) -> tuple[Kind, ...]:
    """The kinds of machines that the file names, in their order.

    Raises:
        ValueError: it cannot be read or used; the text says where in it and why.
    """
    found = _converted(_table(path), _File, path.name)
    if not found.machines:
        raise ValueError(f"{path.name} has no [[machines]]: docs/examples/fleet.toml shows some")
    numbered = enumerate(found.machines, 1)
    kinds = tuple(_group(each, found, f"{path.name}, {_called(each, at)}") for at, each in numbered)
    _check_names(path.name, all_ids(kinds))
    return kinds


def _table(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"{path} is larger than {_MOST_BYTES // 1_000_000} MB")
        text = path.read_text(encoding="utf-8")
        table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        form = "JSON" if path.suffix == ".json" else "TOML"
        raise ValueError(f"{path.name} is not {form}: {error}") from None
    except RecursionError:
        raise ValueError(f"{path.name} is nested too deep") from None
    if not isinstance(table, dict):
        raise ValueError(f"{path.name} holds no table: it begins with {{")  # noqa: TRY004
    return table


def _converted(table: object, kind: type[T], called: str) -> T:
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{called}: {unlike(error, table='a table')}") from None


def _called(group: dict[str, Any], number: int) -> str:
    name = next((group[key] for key in ("id", "prefix", "ids") if group.get(key)), "")
    name = name[0] if isinstance(name, list) else name
    return f'machines number {number} ("{str(name)[:64]}")' if name else f"machines number {number}"


def _group(table: dict[str, Any], file: _File, called: str) -> Kind:
    group = _converted(table, _Group, called)
    try:
        return _kind(group, file)
    except ValueError as error:
        raise ValueError(f"{called}: {error}") from None


def _kind(group: _Group, file: _File) -> Kind:
    names, asset = group.names(), group.type or GENERIC
    if has_model(asset):
        spans.check(asset, group.channels)
    elif not group.channels:
        why = f"there is no virtual machine of type {asset}" if group.type else "it has no type"
        raise ValueError(f"{why}: say of each channel its min and max, in [machines.channels]")
    said = _said(file) | _said(group)
    interval_s, faults = said.get("interval_s"), said.get("faults")
    kind = Kind(
        asset=asset,
        devices=len(names),
        ids=names,
        spans=group.channels,
        rate_hz=1 / interval_s if interval_s else None,
        seed=said.get("seed"),
    )
    plan = parse_plan(faults, known=kind.faults()) if faults is not None else None
    return replace(kind, plan=plan)


def _said(table: _Table) -> dict[str, Any]:
    fields = {name: getattr(table, name) for name in _Table.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not None}


def _check_names(file: str, names: Sequence[str]) -> None:
    if len(names) > MOST_DEVICES:
        raise ValueError(f"{file} has {len(names)} machines, and {MOST_DEVICES} are the most")
    for name in names:
        if not re.match(NAME, name):
            raise ValueError(
                f"{file}: {name[:80]!r} is no id: letters, digits, _ . and -, at most 64 in all"
            )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{file}: {twice[0]} is there twice: each machine has an id of its own")
