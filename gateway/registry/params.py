"""Numbers that count from a date on in, the one that counted at a time out. Pure.

Of a parameter there are versions of a device, of the site and the default of the type. At a time
counts the device's newest version that had begun by then, else the site's, else the default,
which has no beginning: nothing better is known of what was before.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, Generic, Literal, Protocol, TypeVar

import msgspec

from contract.assets.words import Asset, Param
from contract.errors import Refused
from contract.site_time import LATEST_MS, SiteTime
from gateway.registry.bands import Band, Week

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
    """A value, and from when it counts; who said so, and when.

    ``bands`` are the parts of the week in which it is another one.
    """

    value: float
    bands: tuple[Band, ...] = ()
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
    band: str | None = None  # what the part of the week is called in which it is this


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
    bands: tuple[Band, ...] = ()

    @property
    def stored(self) -> Any:
        """As the ledger keeps it: a number alone where it has no bands."""
        if self.value is None or not self.bands:
            return self.value
        return {"value": self.value, "bands": self.bands}


def said_of(stored: Any) -> tuple[float, tuple[Band, ...]]:
    """Value and bands of what the ledger keeps."""
    if isinstance(stored, dict):
        return float(stored["value"]), msgspec.convert(stored["bands"], tuple[Band, ...])
    return float(stored), ()


class Stretch(msgspec.Struct, frozen=True):
    """From when on the parameters of a device were these."""

    start_ms: int
    params: Mapping[str, float]


class ParamBook:
    """Every version of every parameter. Readers on other threads see one change or the next."""

    def __init__(self, known: Iterable[Param], site: SiteTime | None = None) -> None:
        """``known``: those that every device has, whatever its type; ``site``: whose week it is."""
        self._week = lru_cache(maxsize=None)(lambda bands: Week(bands, site or SiteTime("UTC")))
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

    def forget(self, device: str) -> None:
        """Nothing is said of this device any more."""
        kept = {key: line for key, line in self._timelines.items() if key[0] != device}
        self._timelines = kept

    def copy(self, device: str, *, to: str) -> None:
        """Another has the same versions."""
        own = {(to, key[1]): line for key, line in self._timelines.items() if key[0] == device}
        self._timelines = self._timelines | own

    # ------------------------------------------------------------ what counts

    def param_at(self, param: Param, time_ms: int, *, device: str = SITE) -> Resolved:
        """What ``param`` of a device (or of the site) was at a time."""
        for scope, owner in _scopes(device):
            version = self.timeline(owner, param.name).at(time_ms)
            if version is not None:
                band = self._week(version.bands).at(time_ms).band if version.bands else None
                return Resolved(
                    value=version.value if band is None else band.value,
                    scope=scope,
                    source=version.source,
                    valid_from_ms=version.valid_from_ms,
                    band=None if band is None else band.name,
                )
        return Resolved(value=param.default, scope="type", source=param.source, valid_from_ms=None)

    def versions_turn(
        self, names: Iterable[str], *, device: str, from_ms: int, to_ms: int
    ) -> tuple[int, ...]:
        """The times within (from, to) at which a version of one of these begins, in order."""
        found = {
            version.valid_from_ms
            for timeline in self._of(names, device)
            for version in timeline.versions
        }
        return tuple(sorted(at_ms for at_ms in found if from_ms < at_ms < to_ms))

    def turns(
        self, names: Iterable[str], *, device: str, from_ms: int, to_ms: int
    ) -> tuple[int, ...]:
        """The times within (from, to) at which one of these may become another, in order."""
        names = tuple(names)
        found = set(self.versions_turn(names, device=device, from_ms=from_ms, to_ms=to_ms))
        for timeline in self._of(names, device):
            for week, begin_ms, end_ms in self._weeks(timeline):
                found.update(week.turns(max(begin_ms, from_ms), min(end_ms, to_ms)))
        return tuple(sorted(found))

    def ends_ms(self, names: Iterable[str], *, device: str, time_ms: int) -> int:
        """When one of these may become another after a time; else the end of all time."""
        names = tuple(names)
        behind = self.versions_turn(names, device=device, from_ms=time_ms, to_ms=LATEST_MS)[:1]
        bands = (
            week.next_turn_ms(time_ms)
            for timeline in self._of(names, device)
            for week, begin_ms, end_ms in self._weeks(timeline)
            if begin_ms <= time_ms < end_ms
        )
        return min([LATEST_MS, *behind, *(ms for ms in bands if ms is not None)])

    def _of(self, names: Iterable[str], device: str) -> list[Timeline[Version]]:
        return [self.timeline(owner, name) for name in names for _, owner in _scopes(device)]

    def _weeks(self, timeline: Timeline[Version]) -> Iterator[tuple[Week, int, int]]:
        """Each version that has bands, with the time in which it counts."""
        for at, version in enumerate(timeline.versions):
            if version.bands:
                after = timeline.versions[at + 1 : at + 2]
                end_ms = after[0].valid_from_ms if after else LATEST_MS
                yield self._week(version.bands), version.valid_from_ms, end_ms

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
        """When the next version of anything begins to count, or the next part of a week."""
        starts = [
            version.valid_from_ms
            for timeline in self._timelines.values()
            for version in timeline.versions[-1:]
        ]
        found: list[int | None] = [
            week.next_turn_ms(after_ms)
            for timeline in self._timelines.values()
            for week, begin_ms, end_ms in self._weeks(timeline)
            if begin_ms <= after_ms < end_ms
        ]
        if any(start > after_ms for start in starts):
            found += [
                version.valid_from_ms
                for timeline in self._timelines.values()
                for version in timeline.versions
                if version.valid_from_ms > after_ms
            ]
        return min((ms for ms in found if ms is not None), default=None)


def _scopes(device: str) -> Iterator[tuple[Scope, str]]:
    if device != SITE:
        yield "device", device
    yield "site", SITE
