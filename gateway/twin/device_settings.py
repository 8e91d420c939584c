"""What a device is to work with and what it says it does in, how the two differ out. Pure."""

import math
from collections.abc import Mapping
from typing import Final

import msgspec

from contract.messages import Setting

SettingValue = float | bool | str

# A board counts in floats of 32 bits, and writes them with the digits it has room for.
_RELATIVE: Final = 1e-4


class Wanted(msgspec.Struct, frozen=True):
    """What somebody wants a setting to be; who said so, and when."""

    value: SettingValue
    since_ms: int
    by: str


class Said(msgspec.Struct, frozen=True):
    """What a device says a setting is, and since when it has said so."""

    value: SettingValue
    since_ms: int


class Reported(msgspec.Struct, frozen=True):
    """A device's last word on its settings, and why it refused what it was told."""

    values: dict[str, Said] = {}
    refused: dict[str, str] = {}

    def after(
        self, values: Mapping[str, SettingValue], refused: Mapping[str, str], *, now_ms: int
    ) -> "Reported":
        """With the device's next word: what it says again it has said since the first time."""
        return Reported(
            {name: self._said(name, value, now_ms) for name, value in values.items()},
            dict(refused),
        )

    def _said(self, name: str, value: SettingValue, now_ms: int) -> Said:
        known = self.values.get(name)
        return known if known is not None and known.value == value else Said(value, now_ms)


class DeviceSettings:
    """The settings of one device: the lasting ones, which a person sets, and its own word."""

    __slots__ = ("reported", "wanted")

    def __init__(self) -> None:
        self.wanted: dict[str, Wanted] = {}
        self.reported = Reported()

    def desired(self) -> dict[str, SettingValue]:
        """What the device is to be told."""
        return {name: wanted.value for name, wanted in self.wanted.items()}

    def shown(self) -> dict[str, Setting]:
        """Every setting that somebody wants or the device speaks of, by name."""
        names = dict.fromkeys((*self.wanted, *self.reported.values))
        return {name: self._shown(name) for name in names}

    def _shown(self, name: str) -> Setting:
        wanted, said = self.wanted.get(name), self.reported.values.get(name)
        since_ms = _differs_since_ms(wanted, said)
        return Setting(
            desired=wanted.value if wanted else None,
            reported=said.value if said else None,
            differs_since_ms=since_ms,
            refused=self.reported.refused.get(name) if since_ms is not None else None,
            set_by=wanted.by if wanted else None,
            set_ms=wanted.since_ms if wanted else None,
        )


def _differs_since_ms(wanted: Wanted | None, said: Said | None) -> int | None:
    """Since when the device has not had what is wanted; None where it has, or nothing is."""
    if wanted is None:
        return None
    if said is None:
        return wanted.since_ms
    return None if is_same(wanted.value, said.value) else max(wanted.since_ms, said.since_ms)


def is_same(wanted: SettingValue, said: SettingValue) -> bool:
    """Whether a device that says ``said`` has what is wanted."""
    if isinstance(wanted, float | int) and isinstance(said, float | int):
        return math.isclose(wanted, said, rel_tol=_RELATIVE)
    return wanted == said
