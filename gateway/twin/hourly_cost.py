"""A moment of a twin and an alarm's channels in, what the alarm costs an hour out. Pure.

What is known of it: the power above that with those channels within their normal bands, at the
price of a kWh; and where the machine does not run, what an hour of standing still costs, where that
was said. All else is unknown, and no sum.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from gateway.twin.kpi import Moment
from gateway.twin.trends import Recent

W_A_KW: Final = {"W": 1000.0, "kW": 1.0}
NO_POWER: Final = "nothing tells what it draws"
NO_MORE: Final = "it draws no more than normal; what it costs otherwise nobody has said"
NOT_NOW: Final = "nobody knows how it does now"
OF_THE_SYSTEM: Final = "it is no matter of the machine's own"


class HourlyCost(NamedTuple):
    """Money an hour, or None with the reason."""

    value: float | None
    reason: str | None


def hourly_cost(
    moment: Moment | None,
    channels: Collection[str],
    *,
    price_per_kwh: float,
    downtime_cost: float,
    says_down: bool = False,
) -> HourlyCost:
    """What an alarm that shows in ``channels`` costs now, in money an hour.

    Args:
        moment: of its machine.
        channels: those of the alarm.
        price_per_kwh: in the site's currency.
        downtime_cost: of an hour in which the machine does not run; 0: nobody has said.
        says_down: whether a state of it says that it is out of order.
    """
    if moment is None or not moment.fresh:
        return HourlyCost(None, NOT_NOW)
    extra_kw = _extra_kw(moment, channels)
    is_down = says_down or _is_down(moment)
    standing_still = downtime_cost if downtime_cost > 0.0 and is_down else 0.0
    found = (extra_kw or 0.0) * price_per_kwh + standing_still
    if found > 0.0:
        return HourlyCost(found, None)
    return HourlyCost(None, NO_POWER if extra_kw is None else NO_MORE)


def _extra_kw(moment: Moment, channels: Collection[str]) -> float | None:
    name = moment.formulas.power
    unit = next((each.unit for each in moment.asset.kpis if each.name == name), "")
    if name is None or unit not in W_A_KW:
        return None
    now, normal = (
        _power(moment, name, values) for values in (moment.values, _normal(moment, channels))
    )
    if now is None or normal is None:
        return None
    return max(0.0, now - normal) / W_A_KW[unit]


def _normal(moment: Moment, channels: Collection[str]) -> dict[str, float]:
    """The values, with those of ``channels`` at the nearest end of their normal bands."""
    values = dict(moment.values)
    for channel in moment.channels:
        if channel.name in channels and channel.name in values:
            low, high = channel.normal
            values[channel.name] = min(max(values[channel.name], low), high)
    return values


def _power(moment: Moment, name: str, values: Mapping[str, float]) -> float | None:
    found = moment.formulas.figures(
        moment.sums,
        values,
        Recent(moment.recent_ms, moment.recent),
        work_out=moment.work_out,
        present=1.0,
        covered=1.0,
    )
    return found[name][0]


def _is_down(moment: Moment) -> bool:
    """Whether it does not run, though it is not switched off."""
    running = moment.asset.running
    if running is None or moment.stopped or running.channel not in moment.values:
        return False
    return moment.values[running.channel] <= running.above
