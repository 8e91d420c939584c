"""Numbers that count from a date on in, the one that counted at a time out. Pure.

Of a parameter there are versions of a device, of the site and the default of the type. At a time
counts the device's newest version that had begun by then, else the site's, else the default,
which has no beginning: nothing better is known of what was before.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Final, Generic, Literal, Protocol, TypeVar

import msgspec

from contract.assets.words import Asset, Param
from contract.errors import Refused

SITE: Final = ""  # whose device's name is empty
MOST_VERSIONS: Final = 1_000  # of one parameter, of one device or of the site

Scope = Literal["device", "site", "type"]

_valid_from: Final = attrgetter("valid_from_ms")


class Begins(Protocol):
    """What counts from a time on."""

    @property
    def valid_from_ms(self) -> int: ...


V = TypeVar("V", bound=Begins)


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A value, and from when it counts; who said so, and when."""

    value: float
    valid_from_ms: int
    source: str
    changed_ms: int
    changed_by: str


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The value that counts at a time, and whose word it is. A default has no beginning."""

    value: float
    scope: Scope
    source: str
    valid_from_ms: int | None


class Timeline(Generic[V]):
    """The versions of one thing, of one device or of the site, in order of time."""

    __slots__ = ("versions",)

    def __init__(self, versions: Iterable[V] = ()) -> None:
        self.versions = tuple(sorted(versions, key=_valid_from))

    def with_(self, version: V) -> "Timeline[V]":
        """One more; of two that begin at the same time the later word counts."""
        kept = list(self.without(version.valid_from_ms).versions)
        insort(kept, version, key=_valid_from)
        return Timeline(kept)

    def without(self, valid_from_ms: int) -> "Timeline[V]":
        return Timeline(v for v in self.versions if v.valid_from_ms != valid_from_ms)

    def at(self, time_ms: int) -> V | None:
        """The newest that had begun by then."""
        place = bisect_right(self.versions, time_ms, key=_valid_from)
        return self.versions[place - 1] if place else None


_EMPTY: Final = Timeline[Version]()

Key = tuple[str, str]  # device, name of the parameter


class NewVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sets: None takes back the version that begins at ``valid_from_ms``."""

    value: float | None
    valid_from_ms: int
    source: str = ""


class Stretch(msgspec.Struct, frozen=True):
    """From when on the parameters of a device were these."""

    start_ms: int
    params: Mapping[str, float]


class ParamBook:
    """Every version of every parameter. Readers on other threads see one change or the next."""

    def __init__(self, known: Iterable[Param]) -> None:
        """``known``: those that every device has, whatever its type."""
        self._known = {param.name: param for param in known}
        self._timelines: dict[Key, Timeline[Version]] = {}

    # ------------------------------------------------------------ what there is

    def declared(self, asset: Asset | None = None) -> Mapping[str, Param]:
        """The parameters of a type, with those that everybody has and the site's settings say."""
        own = {param.name: param for param in asset.params} if asset is not None else {}
        return own | self._known

    def timeline(self, device: str, name: str) -> Timeline[Version]:
        return self._timelines.get((device, name), _EMPTY)

    def devices(self) -> set[str]:
        """Those with a version of their own."""
        return {device for device, _ in self._timelines if device != SITE}

    # ------------------------------------------------------------ what is set

    def check_room(self, device: str, name: str, valid_from_ms: int) -> None:
        """Raises Refused: there are too many versions for one that begins then."""
        kept = self.timeline(device, name).without(valid_from_ms).versions
        if len(kept) >= MOST_VERSIONS:
            raise Refused(
                f"{name} has {len(kept)} versions, and may have no more: take back those that count"
                " no longer."
            )

    def put(self, device: str, name: str, version: Version) -> None:
        self._timelines[device, name] = self.timeline(device, name).with_(version)

    def drop(self, device: str, name: str, *, valid_from_ms: int) -> None:
        self._timelines[device, name] = self.timeline(device, name).without(valid_from_ms)

    # ------------------------------------------------------------ what counts

    def param_at(self, param: Param, time_ms: int, *, device: str = SITE) -> Resolved:
        """What ``param`` of a device (or of the site) was at a time."""
        for scope, owner in _scopes(device):
            version = self.timeline(owner, param.name).at(time_ms)
            if version is not None:
                return Resolved(
                    value=version.value,
                    scope=scope,
                    source=version.source,
                    valid_from_ms=version.valid_from_ms,
                )
        return Resolved(value=param.default, scope="type", source=param.source, valid_from_ms=None)

    def turns(
        self, names: Iterable[str], *, device: str, from_ms: int, to_ms: int
    ) -> tuple[int, ...]:
        """The times within (from, to) at which one of these may become another, in order."""
        owners = [owner for _, owner in _scopes(device)]
        found = {
            version.valid_from_ms
            for name in names
            for owner in owners
            for version in self.timeline(owner, name).versions
        }
        return tuple(sorted(at_ms for at_ms in found if from_ms < at_ms < to_ms))

    def over(self, asset: Asset, *, device: str, from_ms: int, to_ms: int) -> list[Stretch]:
        """What a type's parameters were of a device within a time, in order."""
        declared = self.declared(asset)
        names = [param.name for param in asset.params]
        turns = self.turns(names, device=device, from_ms=from_ms, to_ms=to_ms)
        return [
            Stretch(
                start_ms,
                {
                    name: self.param_at(declared[name], start_ms, device=device).value
                    for name in names
                },
            )
            for start_ms in (from_ms, *turns)
        ]

    def next_turn_ms(self, after_ms: int) -> int | None:
        """When the next version of anything begins to count."""
        starts = (
            version.valid_from_ms
            for timeline in self._timelines.values()
            for version in timeline.versions[-1:]
        )
        if not any(start > after_ms for start in starts):
            return None
        return min(
            version.valid_from_ms
            for timeline in self._timelines.values()
            for version in timeline.versions
            if version.valid_from_ms > after_ms
        )


def _scopes(device: str) -> Iterator[tuple[Scope, str]]:
    if device != SITE:
        yield "device", device
    yield "site", SITE
