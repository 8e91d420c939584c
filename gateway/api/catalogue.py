"""The catalogue in, its public face out: what dashboards, charts and exports are drawn from."""

import inspect
from dataclasses import asdict
from functools import lru_cache
from typing import Any, Final

from contract.assets import CATALOGUE, GENERIC, OF_FILES
from contract.assets.words import (
    TYPES_REMEMBERED,
    Asset,
    Channel,
    Counter,
    Event,
    Fault,
    Kpi,
    Label,
    Service,
    State,
    StateValue,
)
from contract.type_files.generic import Description
from gateway.twin import kpi

_CHANNEL: Final = ("name", "title", "unit", "low", "high", "normal", "decimals", "optional", "hold")
_COUNTER: Final = ("name", "title", "unit", "decimals", "wraps_at")
_LABEL: Final = ("name", "title", "personal")
_KPI: Final = (
    "name",
    "title",
    "decimals",
    "headline",
    "role",
    "planned",
    "by",
    "formula",
    "source",
)
_SERVICE: Final = ("name", "title", "every", "reset_by", "advice")
_FAULT: Final = ("code", "name", "label", "severity", "advice")


def catalogue_of(currency: str) -> list[dict[str, Any]]:
    """Every asset type; money is in ``currency``."""
    return [described(asset, currency) for asset in CATALOGUE.values()]


@lru_cache(maxsize=TYPES_REMEMBERED)
def described(asset: Asset, currency: str) -> dict[str, Any]:
    """One of them."""
    return {
        "name": asset.name,
        "title": asset.title,
        "icon": asset.icon,
        "origin": _origin(asset.name),
        "channels": [_channel(channel) for channel in asset.channels],
        "counters": [_shown(counter, _COUNTER) for counter in asset.counters],
        "states": [_state(state) for state in asset.states],
        "labels": [_shown(label, _LABEL) for label in asset.labels],
        "events": [_event(event) for event in asset.events],
        "kpis": [_kpi(entry, currency) for entry in asset.kpis],
        "services": [_shown(service, _SERVICE) for service in asset.services],
        "wears": [asdict(wear) for wear in asset.wears],
        "inputs": [asdict(entry) for entry in asset.inputs],
        "faults": [_fault(fault) for fault in asset.faults],
        "stale_after_s": asset.stale_after_s,
        "nominal_rate_hz": asset.nominal_rate_hz,
    }


def _origin(name: str) -> str:
    if name == GENERIC:
        return "learned"
    return "file" if name in OF_FILES else "built_in"


def described_by(description: Description, currency: str) -> dict[str, Any]:
    """A device of no type, as a type of its own.

    Where gauges begin and end is what was seen; a normal band is null until somebody says it.
    """
    whole = described(description.asset, currency)
    channels = [_open(channel, description) for channel in whole["channels"]]
    return whole | {"channels": channels}


def described_with(asset: Asset, channels: tuple[Channel, ...], currency: str) -> dict[str, Any]:
    """A type, with the bands and limits of one machine."""
    whole = described(asset, currency)
    if channels is asset.channels:
        return whole
    return whole | {"channels": [_channel(channel) for channel in channels]}


def _open(channel: dict[str, Any], description: Description) -> dict[str, Any]:
    name = channel["name"]
    low, high = description.shown(name)
    normal = description.said(name).normal
    return channel | {"low": low, "high": high, "normal": normal}


def _channel(channel: Channel) -> dict[str, Any]:
    shown = {name: getattr(channel, name) for name in _CHANNEL}
    rolling = None if channel.rolling is None else asdict(channel.rolling)
    return shown | {"limits": [asdict(limit) for limit in channel.limits], "rolling": rolling}


def _shown(entry: Counter | Label | Service, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in names}


def _state(state: State) -> dict[str, Any]:
    titles = {value.name: value.title for value in state.values if isinstance(value, StateValue)}
    values = [
        {"name": name, "title": titles.get(name, ""), "time_element": element}
        for name, element in state.elements.items()
    ]
    return {"name": state.name, "title": state.title, "values": values}


def _event(event: Event) -> dict[str, Any]:
    fields = [{"name": name, "unit": unit} for name, unit in event.fields]
    return {
        "name": event.name,
        "title": event.title,
        "fields": fields,
        "words": list(event.words),
    }


def _kpi(entry: Kpi, currency: str) -> dict[str, Any]:
    shown = {name: getattr(entry, name) for name in _KPI}
    return shown | {
        "unit": entry.unit_in(currency),
        "goal": asdict(entry.goal) if entry.goal else None,
        "definition": _definition(entry),
    }


def _definition(entry: Kpi) -> str:
    if entry.rule:
        return inspect.getdoc(kpi.RULES[entry.rule]) or ""
    return f"{entry.formula}: {entry.source}" if entry.source else entry.formula


def _fault(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in _FAULT}
