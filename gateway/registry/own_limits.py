"""Bands and limits of one machine's own, each from a date on: what counted at a time. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from contract.assets.words import Channel
from contract.errors import Refused, WrongType
from contract.site_time import LATEST_MS
from contract.type_files.generic import Said
from contract.type_files.tables import made
from gateway.registry.channels import limits_of, wrong_bounds
from gateway.registry.params import MOST_VERSIONS, Timeline
from gateway.twin.own_channels import AS_ITS_TYPE, Own

KIND: Final = "limits"  # of rows in the ledger
_WORDS: Final = frozenset({"normal", "limits"})


class OwnVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a channel, and from when it counts; who said so, and when."""

    own: Own
    valid_from_ms: int
    source: str
    changed_ms: int
    changed_by: str


class OwnLimits:
    """Every version of every channel. Readers on other threads see one change or the next."""

    def __init__(self) -> None:
        self._by_device: dict[str, dict[str, Timeline[OwnVersion]]] = {}

    def of(self, device: str) -> Mapping[str, Timeline[OwnVersion]]:
        """By the name of the channel."""
        return self._by_device.get(device, {})

    def put(self, device: str, channel: str, version: OwnVersion) -> None:
        before = self.of(device).get(channel, Timeline[OwnVersion]())
        self._by_device[device] = {**self.of(device), channel: before.with_(version)}

    def forget(self, device: str) -> None:
        """Nothing is said of its channels any more."""
        self._by_device.pop(device, None)

    def copy(self, device: str, *, to: str) -> None:
        """Of another the same is said."""
        if device in self._by_device:
            self._by_device[to] = self._by_device[device]

    def check_room(self, device: str, channel: str) -> None:
        """Raises Refused: there are too many versions."""
        known = self.of(device).get(channel)
        if known is not None and len(known.versions) >= MOST_VERSIONS:
            raise Refused(f"{channel} has {MOST_VERSIONS} versions, and may have no more.")

    def at(self, device: str, time_ms: int) -> dict[str, Own]:
        """What counted at a time, of the channels of which anything was said by then."""
        found = {name: timeline.at(time_ms) for name, timeline in self.of(device).items()}
        return {name: version.own for name, version in found.items() if version is not None}

    def ends_ms(self, device: str, time_ms: int) -> int:
        """Until when that counts."""
        later = (start for start in self._starts(device) if start > time_ms)
        return min(later, default=LATEST_MS)

    def next_turn_ms(self, after_ms: int) -> int | None:
        """When the next version of anything begins to count."""
        later = (
            start
            for device in self._by_device
            for start in self._starts(device)
            if start > after_ms
        )
        return min(later, default=None)

    def _starts(self, device: str) -> Iterator[int]:
        for timeline in self.of(device).values():
            yield from (version.valid_from_ms for version in timeline.versions)


def checked(channel: Channel, said: Any) -> Own:
    """What somebody says of a channel; null: as the type has it.

    Raises:
        Refused: a sentence that names the channel and what is wrong.
    """
    if said is None:
        return AS_ITS_TYPE
    name = channel.name
    if not isinstance(said, dict) or (unknown := sorted(said.keys() - _WORDS)):
        word = f"no {unknown[0][:40]!r}" if isinstance(said, dict) else "not this"
        raise Refused(f'{name} takes {{"normal": [low, high], "limits": […]}} or null, and {word}.')
    found = {word: what for word, what in said.items() if what is not None}
    if "limits" in found:
        found["limits"] = limits_of(name, found["limits"], known=channel.limits)
    try:
        words = made(Said, found, name)
    except WrongType as error:
        raise Refused(f"{error}.") from None
    own = Own(normal=words.normal, limits=words.limits if "limits" in found else None)
    _check(channel, own)
    return own


def _check(channel: Channel, own: Own) -> None:
    """It must make sense with what the type says of the rest."""
    normal = channel.normal if own.normal is None else own.normal
    limits = channel.limits if own.limits is None else own.limits
    for sentence in wrong_bounds(limits, (channel.low, channel.high), normal):
        raise Refused(f"{channel.name}: {sentence}.")
