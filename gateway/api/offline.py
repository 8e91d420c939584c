"""A journal in, without a gateway or beside one; the ground that figures over time stand on, out.

Whoever is no gateway knows whole minutes alone: the one that is open is in nobody's journal.
"""

from dataclasses import dataclass
from typing import NamedTuple

import apsw

from contract import assets
from contract.assets.words import Asset
from contract.errors import NotFound
from contract.settings import Settings
from gateway.api.ground import AllKnown, AllSaid
from gateway.api.queries.registry import described_in, register_in, wall_ms
from gateway.api.shift_file import ShiftFile
from gateway.journal.removals import GONE
from gateway.registry.tariffs import Tariffs
from gateway.twin.checker import checker_of
from gateway.twin.fleet import Device, Fleet
from gateway.twin.twin import Twin

_DEVICES = "SELECT name, id, asset, first_seen_ms FROM device WHERE name < ? ORDER BY name"


class Known(NamedTuple):
    """A machine's id, the name of its type, and when it was first heard of."""

    id: int
    asset: str
    first_seen_ms: int


@dataclass(frozen=True)
class Offline:
    """``ground.Ground`` of a journal."""

    services: AllKnown
    shifts: ShiftFile


def offline(connection: apsw.Connection, settings: Settings) -> Offline:
    """Of all machines that the journal knows."""
    register = register_in(connection, settings)
    tariffs = Tariffs(
        register.params, currency=settings.currency, now_ms=wall_ms, own=register.own_limits
    )
    fleet = Fleet()
    for name, (id_, asset, first_seen_ms) in devices_in(connection).items():
        device = _device(id_, name, type_of(connection, name, asset), tariffs)
        device.first_seen_ms = first_seen_ms
        device.stage = register.stage(name).name
        fleet.add(device)
    known = AllKnown(settings, fleet, AllSaid(register, tariffs), wall_ms)
    return Offline(known, ShiftFile(settings.shifts_path, settings.site_time))


def _device(id_: int, name: str, asset: Asset, tariffs: Tariffs) -> Device:
    twin = Twin(
        device=name, asset=asset, factors=tariffs.now(name), params=tariffs.params(name, asset)
    )
    return Device(id_=id_, name=name, asset=asset, checker=checker_of(asset), twin=twin)


def devices_in(connection: apsw.Connection) -> dict[str, Known]:
    """Each machine that the journal knows, by its name."""
    return {row[0]: Known(*row[1:]) for row in connection.execute(_DEVICES, (GONE,))}


def type_of(connection: apsw.Connection, device: str, name: str) -> Asset:
    """The type of a device; of one of none, what describes it."""
    if name in assets.CATALOGUE:
        return assets.get(name)
    return described_in(connection, device).asset


def chosen(connection: apsw.Connection, wanted: list[str] | None) -> list[str]:
    """The machines that are meant, each once; all where nobody says which.

    Raises:
        NotFound: there is none of that name.
    """
    known = devices_in(connection)
    for name in wanted or ():
        if name not in known:
            raise NotFound(f"The journal knows no device {name!r}; it knows {_some(list(known))}.")
    return list(dict.fromkeys(wanted)) if wanted else list(known)


def _some(listed: list[str]) -> str:
    return ", ".join(listed[:10]) + (", ..." if len(listed) > 10 else "") if listed else "none"  # noqa: PLR2004
