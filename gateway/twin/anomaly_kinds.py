"""A type and the name of an anomaly in; what it is across types out. Pure."""

from collections.abc import Mapping
from typing import Final, Literal

from contract.assets.words import Asset, Channel, LimitKind
from gateway.twin.causes import FAULT_PREFIX

UNUSED: Final = "unused"  # the anomaly of a machine that nobody uses
_INACTIVITY: Final = "inactivity"
_WITHOUT_CHANNEL: Final = {"silent": _INACTIVITY, UNUSED: _INACTIVITY}
_OF_UNITS: Final[Mapping[tuple[str, str], LimitKind]] = {
    **{(unit, "high"): "over_temperature" for unit in ("°C", "K", "°F")},
    **{(unit, "low"): "under_temperature" for unit in ("°C", "K", "°F")},
    **{(unit, "high"): "high_consumption" for unit in ("W", "kW", "A", "mA", "VA", "kVA")},
    **{(unit, "high"): "vibration" for unit in ("mm/s", "g")},
}


def kind_of(asset: Asset, name: str) -> str | None:
    """The kind of a fault or a limit by the name of its alarm; None: nobody has said."""
    if name.startswith(FAULT_PREFIX):
        fault = name.removeprefix(FAULT_PREFIX)
        return next((each.kind for each in asset.faults if each.name == fault), "other")
    if name in _WITHOUT_CHANNEL:
        return _WITHOUT_CHANNEL[name]
    channel, _, side = name.rpartition("_")
    if channel not in asset.by_name or side not in ("high", "low"):
        return None
    return _of_limit(asset.by_name[channel], "high" if side == "high" else "low")


def _of_limit(channel: Channel, side: Literal["high", "low"]) -> str | None:
    """As its type says; a machine's own limit is of that kind too."""
    said = next((limit.kind for limit in channel.limits if limit.side == side), "")
    return said or _OF_UNITS.get((channel.unit, side))
