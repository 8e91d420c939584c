"""Open alarms in, each with what it costs an hour; and the gravest first, then the dearest."""

from collections.abc import Iterable
from typing import Final

import msgspec

from contract.messages import Alarm
from gateway.api.context import Context
from gateway.twin.hourly_cost import OF_THE_SYSTEM, HourlyCost

_RANKS: Final = {"Critical": 0, "High": 1, "Medium": 2, "Low": 3}


def priced(alarms: Iterable[Alarm], context: Context) -> list[Alarm]:
    """With what those cost an hour that are open, as their machines do now."""
    return [each if each.cleared_ms else _priced(each, context) for each in alarms]


def _priced(alarm: Alarm, context: Context) -> Alarm:
    found = _cost(alarm, context)
    unit = f"{context.services.settings.currency}/h"
    costs = {"cost_per_hour": found.value, "cost_unit": unit, "cost_reason": found.reason}
    return msgspec.structs.replace(alarm, **costs)


def _cost(alarm: Alarm, context: Context) -> HourlyCost:
    services = context.services
    device, now_ms = services.fleet.find(alarm.device), services.now_ms()
    if device is None or alarm.kind == "system":
        return HourlyCost(None, OF_THE_SYSTEM)
    tariffs = services.registrar.tariffs
    return device.twin.hourly_cost(
        alarm.name,
        now_ms=now_ms,
        price_per_kwh=tariffs.at(alarm.device, now_ms).price_per_kwh,
        downtime_cost=tariffs.downtime_cost(alarm.device, now_ms),
    )


def dearest_first(alarms: Iterable[Alarm]) -> list[Alarm]:
    """By severity, then by what is known to cost most an hour; else as they stand."""
    return sorted(alarms, key=lambda each: (_RANKS[each.severity], -(each.cost_per_hour or 0.0)))
