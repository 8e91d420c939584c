"""What was asked in, courses of machines out; whatever cannot be is refused with what can."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Final

from contract import assets
from contract.assets.words import (
    CO2_PER_KWH,
    MOST_CO2_PER_KWH,
    MOST_PRICE_PER_KWH,
    PRICE_PER_KWH,
    Asset,
    Channel,
    Input,
    Limit,
)
from contract.errors import NotFound
from contract.language.folding import Terms
from inference.errors import BadRequest, TooLarge, UnknownAsset
from inference.settings import Settings
from inference.simulation.bodies import (
    ChannelBody,
    FaultBody,
    ScenarioBody,
    ScenariosBody,
    SimulateBody,
)
from inference.simulation.course import (
    Course,
    Trouble,
    Value,
    longest_period_s,
    model_of,
    usual_period_s,
)

MOST_STEPS: Final = 4_000_000  # of one request: half a minute of a processor, or a whole one
_MONDAY: Final = datetime(2026, 1, 5)  # noqa: DTZ001  on the site's wall
_MOST: Final = 1e12
_RANGES: Final[Mapping[str, float]] = {
    PRICE_PER_KWH.name: MOST_PRICE_PER_KWH,
    CO2_PER_KWH.name: MOST_CO2_PER_KWH,
}


def asset_of(name: str) -> Asset:
    """Raises UnknownAsset, or BadRequest: there is no virtual machine of that type."""
    try:
        asset = assets.get(name)
    except NotFound as error:
        raise UnknownAsset(str(error)) from None
    model_of(asset)
    return asset


def one(body: SimulateBody, settings: Settings) -> Course:
    """The course of ``/simulate``. Raises BadRequest."""
    asset = asset_of(body.asset)
    course = _course(
        ScenarioBody(name="it", inputs=body.inputs, params=body.params, faults=body.faults),
        asset=asset,
        hours=body.hours,
        period_s=body.interval_s or usual_period_s(asset),
        start_ms=body.start_ms,
        terms=(),
        state=None,
        settings=settings,
    )
    check_work([course], seeds=1)
    return course


def several(body: ScenariosBody, settings: Settings) -> list[Course]:
    """The course of each scenario of ``/scenarios``, whose asset is known. Raises BadRequest."""
    asset = _with_own(asset_of(body.asset or ""), body.channels)
    terms = _in_order([Terms(each.from_ms, each.params) for each in body.terms])
    courses = [
        _course(
            scenario,
            asset=asset,
            hours=body.hours,
            period_s=body.interval_s or longest_period_s(asset),
            start_ms=body.start_ms,
            terms=terms,
            state=body.state,
            settings=settings,
        )
        for scenario in body.scenarios
    ]
    check_work(courses, seeds=len(body.seed_list))
    return courses


def _with_own(asset: Asset, own: Mapping[str, ChannelBody]) -> Asset:
    """The type with the bands and limits of one machine."""
    for name in own:
        if name not in asset.by_name:
            raise BadRequest(f"channels: a {asset.name} has no channel {name!r}.")
    if not own:
        return asset
    channels = (
        _channel(each, own[each.name]) if each.name in own else each for each in asset.channels
    )
    return replace(asset, channels=tuple(channels))


def _channel(channel: Channel, own: ChannelBody) -> Channel:
    limits = channel.limits
    if own.limits is not None:
        limits = tuple(
            Limit(
                side=each.side, at=each.at, delay_s=each.delay_s, while_stopped=each.while_stopped,
                hysteresis=0.0, severity="Low", advice="",
            )
            for each in own.limits
        )  # fmt: skip
    normal = channel.normal if own.normal is None else (own.normal[0], own.normal[1])
    return replace(channel, normal=normal, limits=limits)


def check_work(courses: Sequence[Course], *, seeds: int) -> None:
    """Raises TooLarge: it is more than one request may take."""
    steps = seeds * sum(course.steps for course in courses)
    if steps > MOST_STEPS:
        raise TooLarge(
            f"That is {steps:,} steps of simulated machines, more than the {MOST_STEPS:,} of one"
            " request: ask for fewer hours, seeds or scenarios, or for a longer interval_s."
        )


def _course(
    scenario: ScenarioBody,
    *,
    asset: Asset,
    hours: float,
    period_s: float,
    start_ms: int | None,
    terms: tuple[Terms, ...],
    state: Mapping[str, Value] | None,
    settings: Settings,
) -> Course:
    site = settings.site_time
    start_ms = site.moment(_MONDAY) if start_ms is None else start_ms
    wall = site.wall(start_ms)
    inputs = _inputs(asset, scenario.inputs)
    if 3600.0 * hours < period_s:
        raise BadRequest(f"hours must be at least one interval_s of {period_s:g} s.")
    return Course(
        asset=asset,
        duration_s=3600.0 * hours,
        period_s=period_s,
        start_ms=start_ms,
        hour=wall.hour + wall.minute / 60.0 + wall.second / 3600.0,
        inputs=inputs,
        terms=_terms(
            asset, scenario, _since(start_ms, terms) or _of_site(asset, start_ms, settings)
        ),
        state=None if state is None else _state(asset, state),
        troubles=tuple(_trouble(asset, each, hours=hours) for each in scenario.faults),
    )


# ---------------------------------------------------------------- what it is told


def _inputs(asset: Asset, told: Mapping[str, Value]) -> dict[str, Value]:
    known = {entry.name: entry for entry in asset.inputs}
    for name in told:
        if name not in known:
            raise BadRequest(f"{name!r} is no input of a {asset.name}{_can_be_told(asset)}.")
    return {name: _input(known[name], value) for name, value in told.items()}


def _can_be_told(asset: Asset) -> str:
    if not asset.inputs:
        return "; it has none"
    return "; it can be told " + ", ".join(f"{each.name} ({_range(each)})" for each in asset.inputs)


def _range(entry: Input) -> str:
    if entry.choices:
        return ", ".join(entry.choices[:-1]) + f" or {entry.choices[-1]}"
    unit = "" if entry.unit == "1" else f" {entry.unit}"
    return f"{entry.low:g} to {entry.high:g}{unit}"


def _input(entry: Input, value: Value) -> Value:
    if entry.choices:
        if value not in entry.choices:
            raise BadRequest(f"{entry.name} is {value!r}; it is one of {_range(entry)}.")
        return value
    if isinstance(value, str) or not entry.low <= value <= entry.high:
        raise BadRequest(f"{entry.name} is {value!r}; it must be {_range(entry)}.")
    return float(value)


def _state(asset: Asset, state: Mapping[str, Value]) -> dict[str, Value]:
    """What is known of a real machine; what it cannot measure so is not true of it."""
    for name, value in state.items():
        channel = asset.by_name.get(name)
        if channel is None or isinstance(value, str):
            continue
        if not channel.low <= value <= channel.high:
            raise BadRequest(
                f"state: {name} is {value:g}; it can be {channel.low:g} to {channel.high:g}."
            )
    words = (asset.channels, asset.counters)
    numbers = {each.name for part in words for each in part}
    return {
        name: value
        for name, value in state.items()
        if name in numbers and not isinstance(value, str) and math.isfinite(value)
    }


def _trouble(asset: Asset, body: FaultBody, *, hours: float) -> Trouble:
    known = model_of(asset).FAULTS
    if body.fault not in known:
        raise BadRequest(
            f"{body.fault!r} is no fault of a virtual {asset.name}; it can have {', '.join(known)}."
        )
    if body.after_h >= hours:
        raise BadRequest(f"{body.fault} begins after {body.after_h:g} h, which is behind the end.")
    until_h = None if body.for_h is None else body.after_h + body.for_h
    return Trouble(
        fault=body.fault,
        after_s=3600.0 * body.after_h,
        until_s=None if until_h is None else 3600.0 * until_h,
    )


# ---------------------------------------------------------------- parameters


def _of_site(asset: Asset, start_ms: int, settings: Settings) -> tuple[Terms, ...]:
    """Those of the type, with the site's price and CO₂."""
    own = {
        PRICE_PER_KWH.name: settings.price_per_kwh,
        CO2_PER_KWH.name: settings.grid_co2_kg_per_kwh,
    }
    params = {param.name: own.get(param.name, param.default) for param in asset.params}
    return (Terms(start_ms, params),)


def _in_order(terms: Sequence[Terms]) -> tuple[Terms, ...]:
    for before, after in pairwise(terms):
        if after.from_ms < before.from_ms:
            raise BadRequest(
                f"terms: {after.from_ms} is before {before.from_ms}; name them in order of time."
            )
    return tuple(terms)


def _since(start_ms: int, terms: tuple[Terms, ...]) -> tuple[Terms, ...]:
    """Those that count then, and all that come later."""
    before = sum(each.from_ms <= start_ms for each in terms)
    return terms[max(before - 1, 0) :]


def _terms(asset: Asset, scenario: ScenarioBody, terms: tuple[Terms, ...]) -> tuple[Terms, ...]:
    """Whatever is told counts all the time; and what is an input is a parameter as well."""
    defaults = {param.name: param.default for param in asset.params}
    for params in (scenario.params, *(each.params for each in terms)):
        _check_params(asset, params)
    by_input = dict(_linked(asset, scenario.inputs))
    return tuple(
        Terms(each.from_ms, defaults | dict(each.params) | by_input | scenario.params)
        for each in terms
    )


def _linked(asset: Asset, inputs: Mapping[str, Value]) -> Iterator[tuple[str, float]]:
    for entry in asset.inputs:
        value = inputs.get(entry.name)
        if entry.param and isinstance(value, float | int):
            yield entry.param, float(value)


def _check_params(asset: Asset, params: Mapping[str, float]) -> None:
    known = {param.name for param in asset.params}
    for name, value in params.items():
        if name not in known:
            raise BadRequest(
                f"{name!r} is no parameter of a {asset.name}; it has {', '.join(sorted(known))}."
            )
        most = _RANGES.get(name)
        if most is not None and not 0.0 <= value <= most:
            raise BadRequest(f"{name} is {value:g}; it must be 0 to {most:g}.")
        if abs(value) > _MOST:
            raise BadRequest(f"{name} is {value:g}, which nobody can mean.")
