"""How well machines of a period ran: OEE and what it is made of, and their use, by role."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import apsw

from contract.assets.words import Asset, Kpi
from contract.language.planned import is_of_time
from contract.language.reasons import NOT_MEASURED
from gateway.api.ground import Ground
from gateway.api.grouping import Grouping
from gateway.api.queries.known import Then
from gateway.api.queries.usage import Range
from gateway.api.site_buckets import SiteBuckets
from gateway.twin.fleet import Device

ROLES: Final = ("oee", "availability", "performance", "quality", "utilisation")


class Operation:
    """One question, as far as it can be answered on the event loop."""

    def __init__(
        self, devices: Sequence[Device], span: Range, context: Ground, then: Then | None = None
    ) -> None:
        """``span``: of any buckets; it is told of as one. ``then``: as of another time than now."""
        site = context.services.settings.site_time
        whole = Range(span.from_ms, span.to_ms, SiteBuckets("total", site))
        self._assets = {device.name: device.asset for device in devices}
        self._telling = [device for device in devices if _by_role(device.asset)]
        kpis = [kpi for device in self._telling for kpi in _by_role(device.asset).values()]
        names = list(dict.fromkeys(kpi.name for kpi in kpis)) or None
        self._each, self._types = (
            Grouping(self._telling, by=by, names=names, span=whole, context=context, then=then)
            for by in ("device", "asset")
        )

    def told(self, connection: apsw.Connection) -> dict[str, Any]:
        """On a reader's thread. ``without``: machines that have no OEE."""
        machines = _groups(self._each.told(connection))
        types = _groups(self._types.told(connection))
        assets = {device.asset.name: device.asset for device in self._telling}
        return {
            "machines": [
                {"device": name, "figures": _figures(self._assets[name], kpis)}
                for name, (_, kpis) in machines.items()
            ],
            "types": [
                {
                    "asset": name,
                    "title": assets[name].title,
                    "devices": devices,
                    "figures": _figures(assets[name], kpis),
                }
                for name, (devices, kpis) in types.items()
            ],
            "without": [
                name for name, asset in self._assets.items() if "oee" not in _by_role(asset)
            ],
        }


def _by_role(asset: Asset) -> dict[str, Kpi]:
    """The first of each role that a stretch of time has."""
    found: dict[str, Kpi] = {}
    for kpi in asset.kpis:
        if kpi.role in ROLES and is_of_time(asset, kpi):
            found.setdefault(kpi.role, kpi)
    return {role: found[role] for role in ROLES if role in found}


def _groups(answer: Mapping[str, Any]) -> dict[str, tuple[list[str], Mapping[str, Any]]]:
    return {each["name"]: (each["devices"], each["kpis"]) for each in answer["groups"]}


def _figures(asset: Asset, kpis: Mapping[str, Any]) -> dict[str, Any]:
    """Of the one bucket there is; of which nothing was read, there is none."""
    return {role: _figure(kpi, kpis[kpi.name]) for role, kpi in _by_role(asset).items()}


def _figure(kpi: Kpi, column: Mapping[str, Any]) -> dict[str, Any]:
    told = {"name": kpi.name, "title": kpi.title, "unit": column["unit"]}
    names = ("value", "low", "high", "coverage", "reason")
    if not column["value"]:
        return told | dict.fromkeys(names) | {"coverage": 0.0, "reason": NOT_MEASURED}
    return told | {name: column[name][0] for name in names}
