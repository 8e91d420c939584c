"""What a machine showed since it was new in; how long it still lasts, as others did, out."""

from typing import Any, Final

import apsw

from contract.errors import Refused, Unavailable
from contract.prognosis.remaining import LEVEL
from gateway.api.context import Context
from gateway.api.learned_life import Model, Told
from gateway.api.queries.chart import Chart, kept
from gateway.api.queries.history import History, charted
from gateway.api.steps import STEPS_MS, Steps
from gateway.api.upkeep import Due, Remaining
from gateway.api.wear import HOUR_MS
from gateway.twin.fleet import Device

HOURS: Final = {"seconds": 1 / 3600, "minutes": 1 / 60, "hours": 1.0, "days": 24.0}
_LONGER: Final = 1.25  # than the model's steps may buckets be
_TITLE: Final = "Remaining life"
_ADVICE: Final = "Plan its overhaul within the interval, and have it looked at before."


async def learned(device: Device, context: Context) -> list[Due]:
    """One, where a model of its type was learned; it counts from the first reading."""
    lives = context.services.lives
    try:
        model = await lives.model(device.asset.name)
    except Unavailable:  # the service's own state says so, and of a model nobody knows
        return []
    if model is None:
        return []
    if model.time_unit not in HOURS:
        return [_due(model, _unknown(f"it was learned in {model.time_unit}, not in time"))]
    return [_due(model, await _left(device, model, context))]


async def _left(device: Device, model: Model, context: Context) -> Remaining:
    now_ms = context.services.now_ms()

    def seen(connection: apsw.Connection) -> tuple[History, int]:
        return _seen(connection, device, model, now_ms, context)

    found, begun_ms = await context.readers.run(seen)
    if not found.time_ms:
        return _unknown("nothing was measured yet")
    question = _question(device, model, found, begun_ms)
    try:
        told = await context.services.lives.ask(question)
    except (Refused, Unavailable) as error:
        return _unknown(_clause(str(error)))
    passed_h = max(0.0, now_ms / HOUR_MS - begun_ms / HOUR_MS - question["times"][-1])
    return _remaining(told, len(found.time_ms), question["times"][-1], passed_h)


def _seen(
    connection: apsw.Connection, device: Device, model: Model, now_ms: int, context: Context
) -> tuple[History, int]:
    """The means of each step since the first reading, and when that was."""
    of = kept(connection, device.id)
    begun_ms = of.oldest_ms or now_ms
    step_ms = _LONGER * model.step * HOURS[model.time_unit] * HOUR_MS
    finest_ms = of.finest_ms(begun_ms)
    length_ms = max(each for each in STEPS_MS if each <= max(step_ms, finest_ms, STEPS_MS[0]))
    steps = Steps(length_ms, context.services.settings.site_time)
    chart = Chart(begun_ms - begun_ms % finest_ms, now_ms + 1, steps)
    found = charted(
        connection,
        device_id=device.id,
        device=device.name,
        asset=device.asset,
        chart=chart,
        channels=model.channels,
    )
    return found, begun_ms


def _question(device: Device, model: Model, found: History, begun_ms: int) -> dict[str, Any]:
    middle_ms = found.bucket_ms / 2.0
    means = [found.channels[name].mean for name in model.channels]
    return {
        "asset": device.asset.name,
        "channels": model.channels,
        "times": [max(0.0, at_ms + middle_ms - begun_ms) / HOUR_MS for at_ms in found.time_ms],
        "rows": list(zip(*means, strict=True)),
        "time_unit": "hours",
    }


def _remaining(told: Told, points: int, seen_h: float, passed_h: float) -> Remaining:
    """From now on, in hours: the last step is from a while ago."""
    band = max(told.intervals, key=lambda each: each.share, default=None)

    def from_now(hours: float | None) -> float | None:
        return None if hours is None else max(0.0, hours - passed_h)

    return Remaining(
        from_now(told.remaining),
        from_now(band.low) if band else None,
        from_now(band.high) if band else None,
        told.reason and _clause(told.reason),
        level=band.share if band else LEVEL,
        points=points,
        seen_h=seen_h,
    )


def _clause(reason: str) -> str:
    """As the trend's reasons are: it follows a colon."""
    return reason[:1].lower() + reason[1:].rstrip(".")


def _unknown(reason: str) -> Remaining:
    return Remaining(None, None, None, reason)


def _due(model: Model, left: Remaining) -> Due:
    left.method = f"learned from {model.machines} {model.kind} that failed ({model.model})"
    return Due(
        name="life",
        title=_TITLE,
        advice=_ADVICE,
        kind="learned",
        share=None,
        low=None,
        high=None,
        coverage=1.0 if left.points else 0.0,
        since_ms=None,
        done_by=None,
        reason=None,
        reset_by="",
        sign=None,
        left=left,
    )
