"""A week of virtual machines that no training, test or trial has seen, through drawn sensors."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from contract.assets.words import Asset
from contract.window import is_long
from inference.runs import virtual
from inference.runs.dataset import Run
from inference.runs.seen import driver_periods_s
from inference.training import trial

Length = Literal["quick", "full"]
LENGTHS: Final[tuple[Length, ...]] = ("quick", "full")
_FIRST_SEED: Final = 80_000_000
_SEEDS_A_WEEK: Final = 10_000
_SEEDS_A_RATE: Final = 1_000
_LONG: Final = 8
_LONG_FAULTY: Final = 6
_FAULTY_FROM: Final = 500  # of the seeds of a rate


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much a week has: ``readings`` of healthy machines at most, whatever their rate.

    A slow machine's hour costs less than a fast one's, so it has more of them: ``hours`` in all.
    """

    hours: float
    readings: int
    faulty: int
    span_s: float

    def hours_of(self, asset: Asset) -> dict[float, float]:
        """By period in seconds."""
        periods_s = sorted(driver_periods_s(asset))
        even_h = self.hours / len(periods_s)
        most_h = self.readings / len(periods_s) / 3600.0
        return {period_s: min(even_h, most_h * period_s) for period_s in periods_s}


PLANS: Final[dict[Length, Plan]] = {
    "quick": Plan(hours=200.0, readings=1_200_000, faulty=6, span_s=3 * 3600.0),
    "full": Plan(hours=672.0, readings=24_000_000, faulty=40, span_s=6 * 3600.0),
}


def plan_of(asset: Asset, length: Length) -> Plan:
    """Less of a type with long windows: each of its judgements is of a hundred readings."""
    plan = PLANS[length]
    if not is_long(asset):
        return plan
    return replace(
        plan,
        readings=plan.readings // _LONG,
        faulty=max(1, plan.faulty // _LONG_FAULTY),
    )


def is_possible(asset: Asset) -> bool:
    """Whether there is a virtual machine of the type that sensors can be put before."""
    return virtual.has_model(asset) and virtual.shows_truth(asset)


def machines(asset: Asset, plan: Plan) -> int:
    """How many runs there will be."""
    hours = plan.hours_of(asset).values()
    return sum(_healthy_machines(plan, hours_h) + plan.faulty for hours_h in hours)


def _healthy_machines(plan: Plan, hours_h: float) -> int:
    return max(1, math.ceil(hours_h * 3600.0 / plan.span_s))


def runs(asset: Asset, *, plan: Plan, seed: int) -> Iterator[Run]:
    """Healthy machines at each rate, and others that have each fault once, for so long it lasts."""
    for at, (period_s, hours_h) in enumerate(plan.hours_of(asset).items()):
        first = _FIRST_SEED + seed * _SEEDS_A_WEEK + at * _SEEDS_A_RATE
        yield from _healthy(asset, plan, period_s=period_s, hours_h=hours_h, first_seed=first)
        for each in range(first + _FAULTY_FROM, first + _FAULTY_FROM + plan.faulty):
            yield virtual.faulty_run(asset, seed=each, period_s=period_s, lasting=True)


def _healthy(
    asset: Asset, plan: Plan, *, period_s: float, hours_h: float, first_seed: int
) -> Iterator[Run]:
    count = _healthy_machines(plan, hours_h)
    yield from trial.healthy_runs(
        asset,
        count,
        period_s=period_s,
        first_seed=first_seed,
        span_s=hours_h * 3600.0 / count,
    )
