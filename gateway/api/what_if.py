"""A machine's live state and what it should be told in; what that would change out. Pure.

The service that simulates is asked for two scenarios of the same machines: as it is, and what if.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from contract.assets.words import Asset, Channel, Input, Role
from contract.messages import Alarm, Diagnosis, State, Value
from gateway.registry.params import Stretch
from gateway.twin.causes import FAULT_PREFIX

HOUR_MS: Final = 3_600_000
_AS_IT_IS: Final = "as it is"
_WHAT_IF: Final = "what if"
# What a person asks of first, and in which unit: how many of it a figure's unit is.
_SAVED: Final[Mapping[Role, tuple[str, Mapping[str, float]]]] = {
    "energy": ("kwh", {"J": 1 / 3.6e6, "kJ": 1 / 3600, "MJ": 1 / 3.6, "Wh": 1e-3, "MWh": 1e3}),
    "co2": ("co2_kg", {"g": 1e-3, "t": 1e3}),
    "cost": ("cost", {}),
}
NOT_BROKEN: Final = (
    "No virtual machine breaks or wears by itself: a fault is among the chances only where what it"
    " is told leads there, so that none among them says nothing of how likely one is."
)
_BAND: Final = ("value", "low", "high")
Row = dict[str, Any]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to know."""

    hours: float
    seeds: int
    inputs: Mapping[str, Value]
    params: Mapping[str, float]


def present(asset: Asset, state: State, params: Mapping[str, float]) -> dict[str, Value]:
    """What it is told now, as far as that is known."""
    return {entry.name: value for entry, value in _present(asset, state, params)}


def _present(
    asset: Asset, state: State, params: Mapping[str, float]
) -> Iterator[tuple[Input, Value]]:
    for entry in asset.inputs:
        setting = state.settings.get(entry.setting)
        found: Any = None if setting is None else setting.reported
        found = state.values.get(entry.channel) if found is None else found
        found = params.get(entry.param) if found is None else found
        if isinstance(found, float | int) and not entry.choices:
            yield entry, float(min(max(found, entry.low), entry.high))
        elif found in entry.choices:
            yield entry, found


def asked(
    question: Question,
    *,
    asset: Asset,
    channels: Sequence[Channel],
    state: State,
    terms: Sequence[Stretch],
    now_ms: int,
) -> bytes:
    """The body of ``POST /scenarios``; ``channels`` are the machine's own."""
    now = present(asset, state, terms[0].params)
    scenarios = [
        {"name": _AS_IT_IS, "inputs": now},
        {"name": _WHAT_IF, "inputs": now | dict(question.inputs), "params": question.params},
    ]
    return msgspec.json.encode(
        {
            "asset": asset.name,
            "hours": question.hours,
            "seeds": question.seeds,
            "start_ms": now_ms,
            "state": state.values,
            "terms": [{"from_ms": each.start_ms, "params": each.params} for each in terms],
            "channels": {
                own.name: _bounds(own)
                for own, usual in zip(channels, asset.channels, strict=True)
                if own != usual
            },
            "scenarios": scenarios,
            "progress": True,
        }
    )


def _bounds(channel: Channel) -> Row:
    words = ("side", "at", "delay_s", "while_stopped")
    limits = [{word: getattr(limit, word) for word in words} for limit in channel.limits]
    return {"normal": channel.normal, "limits": limits}


def left_out(asset: Asset, alarms: Iterable[Alarm], diagnosis: Diagnosis | None) -> list[Row]:
    """The faults that are present: what is simulated has none of them."""
    present = {alarm.cause or alarm.name for alarm in alarms}
    if diagnosis is not None and not diagnosis.stale:
        present.add(FAULT_PREFIX + diagnosis.fault)
    labels = {FAULT_PREFIX + fault.name: fault.label for fault in asset.faults}
    return [{"name": name, "label": labels[name]} for name in labels if name in present]


def told(device: str, answer: Row, missing: Sequence[Row]) -> Row:
    """What is said of it, of the answer to that; ``missing``: what ``left_out`` tells."""
    now, then = answer["scenarios"]
    return {
        "device": device,
        "asset": answer["asset"],
        "hours": answer["hours"],
        "seeds": len(answer["seeds"]),
        "from_ms": answer["start_ms"],
        "to_ms": answer["end_ms"],
        "inputs": {
            name: {"now": now["inputs"].get(name), "then": value}
            for name, value in then["inputs"].items()
        },
        "delta": _saved(then["kpis"]),
        "figures": [
            _figure(name, now["kpis"][name], figure) for name, figure in then["kpis"].items()
        ],
        "channels": [
            _channel(name, now["channels"][name], channel)
            for name, channel in then["channels"].items()
        ],
        "chances": _chances(now["chances"], then["chances"]),
        "left_out": list(missing),
        "note": " ".join([answer["note"], NOT_BROKEN, *_of_missing(missing)]),
    }


def _of_missing(missing: Sequence[Row]) -> list[str]:
    if not missing:
        return []
    labels = " and ".join(each["label"] for each in missing)
    return [f"{labels}: present now, and not simulated. Figures are those of a healthy machine."]


def _saved(kpis: Mapping[str, Row]) -> Row:
    """The difference in kWh, money and kg CO₂; null where a type has no such figure."""
    found: Row = dict.fromkeys((name for name, _ in _SAVED.values()), None)
    for figure in kpis.values():
        name, factors = _SAVED.get(figure["role"], ("", {}))
        if name and found[name] is None:
            factor = factors.get(figure["unit"], 1.0)
            scaled = {key: _times(figure["delta"][key], factor) for key in _BAND}
            found[name] = scaled | {"unit": figure["unit"] if name == "cost" else _UNITS[name]}
    return found


_UNITS: Final = {"kwh": "kWh", "co2_kg": "kg"}


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _band(row: Row) -> Row:
    return {key: row[key] for key in _BAND}


def _figure(name: str, now: Row, then: Row) -> Row:
    return {
        "name": name,
        **{key: then[key] for key in ("title", "unit", "role", "decimals")},
        "now": _band(now),
        "then": _band(then),
        "delta": _band(then["delta"]),
        "reason": then["reason"],
    }


def _channel(name: str, now: Row, then: Row) -> Row:
    return {
        "name": name,
        **{key: then[key] for key in ("title", "unit", "decimals")},
        "now": _band(now["mean"]),
        "then": _band(then["mean"]),
        "delta": _band(then["mean"]["delta"]),
    }


def _chances(now: Sequence[Row], then: Sequence[Row]) -> list[Row]:
    """Each with its share of the seeds on either side; one that is on one side only was on none."""
    before, after = ({each["name"]: each for each in side} for side in (now, then))
    return [
        {
            "name": name,
            "kind": _kind(name),
            "label": (after.get(name) or before[name])["label"],
            "now": _band(before[name]) if name in before else None,
            "then": _band(after[name]) if name in after else None,
        }
        for name in dict.fromkeys((*before, *after))
    ]


def _kind(name: str) -> str:
    """Of a state's value it is ``state.value``: no alarm has a dot in its name."""
    if "." in name:
        return "state"
    return "fault" if name.startswith(FAULT_PREFIX) else "limit"
