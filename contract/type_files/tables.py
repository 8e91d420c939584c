"""Tables of TOML in, the words of the catalogue out; a word too many is refused by name. Pure."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from types import UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from contract.assets import capabilities
from contract.assets.words import (
    Asset,
    Channel,
    Counter,
    Derived,
    Event,
    Fault,
    Kpi,
    Label,
    Param,
    Service,
    State,
    Wear,
)
from contract.errors import WrongType
from contract.language.vocabulary import hint
from contract.misfits import unlike

T = TypeVar("T")

LISTS: Final[Mapping[str, type]] = {
    "channels": Channel,
    "counters": Counter,
    "states": State,
    "labels": Label,
    "events": Event,
    "derived": Derived,
    "params": Param,
    "kpis": Kpi,
    "services": Service,
    "wears": Wear,
    "faults": Fault,
}
_KIND: Final = "kind"
_BAND: Final = (0.0, 1.0)
# What the capability of that name knows of a channel; the file says the rest, or otherwise.
KINDS: Final[Mapping[str, Channel]] = {
    "temperature": capabilities.temperature(normal=_BAND),
    "ambient": capabilities.ambient(),
    "speed": capabilities.speed(normal=_BAND, most=0.0),
    "current": capabilities.current(normal=_BAND, most=0.0),
    "vibration_iso20816": capabilities.vibration_iso20816(
        advice="Check balance, mounting and bearings."
    ),
}
_OWN: Final = {  # what a kind leaves to the file
    "temperature": ("normal", "limits"),
    "speed": ("normal", "high", "limits"),
    "current": ("normal", "high", "limits"),
}
_ASSET_WORDS: Final = frozenset(
    {"name", "title", "icon", "nominal_rate_hz", "max_gap_s", "stale_after_s", "window_s"}
    | {"running", "thermal", "stopped", "inactivity"}
)


def converted(word: str, said: Any) -> tuple[Any, ...]:
    """All ``[[word]]`` of a file."""
    if not isinstance(said, list) or not all(isinstance(entry, dict) for entry in said):
        raise WrongType(f"{word} are tables, each below a line [[{word}]]")
    return tuple(_entry(word, entry, at) for at, entry in enumerate(said, start=1))


def _entry(word: str, said: dict[str, Any], at: int) -> Any:
    name = said.get("name")
    place = f"[[{word}]] {name[:40]!r}" if isinstance(name, str) else f"[[{word}]] number {at}"
    said = dict(said)
    if word == "channels" and _KIND in said:
        said = _of_kind(said, place)
    if word == "events" and isinstance(said.get("fields"), dict):
        said["fields"] = list(said["fields"].items())
    return made(LISTS[word], said, place)


def _of_kind(said: dict[str, Any], place: str) -> dict[str, Any]:
    kind = said.pop(_KIND)
    if kind not in KINDS:
        raise WrongType(f"{place}: there is no kind {str(kind)[:40]!r}{hint(str(kind), KINDS)}")
    known = dataclasses.asdict(KINDS[kind])
    left = {*_OWN.get(kind, ()), "by_name"}
    return {word: value for word, value in known.items() if word not in left} | said


def asset_fields(said: Any) -> dict[str, Any]:
    """What ``[asset]`` says."""
    place = "[asset]"
    if not isinstance(said, dict):
        raise WrongType("[asset] is a table")
    check_words(said, _ASSET_WORDS, place=place)
    types = get_type_hints(Asset)
    for word in ("title", "nominal_rate_hz"):
        if word not in said:
            raise WrongType(f"{place} lacks {word}")
    return {word: _part(types[word], said[word], f"{place}, {word}") for word in said}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Supply:
    """What ``[power]`` says of a DC supply: its ``volts``, and the channel of its current."""

    volts: float
    of: str = "current"


def supply(said: Any) -> Supply:
    """The table ``[power]``."""
    place = "[power]"
    if not isinstance(said, dict):
        raise WrongType("[power] is a table with volts, and of: the channel of the current")
    found = made(Supply, said, place)
    if not found.volts > 0:
        raise WrongType(f"{place}: volts must be more than 0")
    return found


def check_words(said: Iterable[str], known: Collection[str], *, place: str) -> None:
    """Raises WrongType: one of the words is none that ``place`` has."""
    for word in said:
        if word not in known:
            near = hint(word, known)
            listed = "" if near.startswith(" (there") else f"; there are {', '.join(sorted(known))}"
            raise WrongType(f"{place}: {word[:40]!r} is no word here{near}{listed}")


def _part(type_: Any, said: Any, place: str) -> Any:
    """A value of ``type_``, its own tables checked for words they have not."""
    for inner in _structs(type_):
        for entry in said if isinstance(said, list) else [said]:
            if isinstance(entry, dict):
                _check_table(inner, entry, place)
    try:
        return msgspec.convert(said, type=type_)
    except msgspec.ValidationError as error:
        raise WrongType(f"{place}: {_sentence(error, type_)}") from None


def made(type_: type[T], said: dict[str, Any], place: str) -> T:
    """A word of the catalogue. Raises WrongType: with its place, where it is none."""
    _check_table(type_, said, place)
    try:
        return msgspec.convert(said, type=type_)
    except msgspec.ValidationError as error:
        raise WrongType(f"{place}: {_sentence(error, type_)}") from None


def _check_table(type_: Any, said: dict[str, Any], place: str) -> None:
    hints = get_type_hints(type_)
    known = [field.name for field in dataclasses.fields(type_) if field.init]
    check_words(said, known, place=place)
    for word, value in said.items():
        for inner in _structs(hints[word]):
            for entry in value if isinstance(value, list | tuple) else [value]:
                if isinstance(entry, dict):
                    _check_table(inner, entry, f"{place}, {word}")


def _structs(type_: Any) -> list[Any]:
    """The tables that a value of this type is, or holds."""
    if dataclasses.is_dataclass(type_):
        return [type_]
    if isinstance(type_, UnionType) or get_origin(type_) is not None:
        return [found for inner in get_args(type_) for found in _structs(inner)]
    return []


def _literals(type_: Any) -> tuple[Any, ...]:
    """What a value of this type may be, of those it names one by one."""
    if get_origin(type_) is Literal:
        return get_args(type_)
    if get_origin(type_) in {Union, UnionType}:  # of a Literal and None it is the former
        return tuple(value for inner in get_args(type_) for value in _literals(inner))
    return ()


def _choices(type_: Any, word: str) -> str:
    """The few values that a word of such a table may have, where they are few."""
    for table in _structs(type_):
        hints = get_type_hints(table)
        if values := _literals(hints.get(word)):
            return f"; it is one of {', '.join(map(str, values))}"
        for each in hints.values():
            if found := _choices(each, word):
                return found
    return ""


def _sentence(error: msgspec.ValidationError, type_: Any) -> str:
    return unlike(error, table="a table", choices=lambda word: _choices(type_, word))
