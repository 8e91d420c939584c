"""A model on trial: healthy machines for weeks, for false alarms, and faults that last.

Its machines are none that training, its test or the tests of this project have seen, so that what
is found was not tuned for.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from contract.assets.words import Asset
from inference.classifier.model import Model
from inference.errors import BadDataset
from inference.runs import fleet, virtual
from inference.runs.dataset import Run
from inference.training import driven
from inference.training.card import drivers_text
from inference.training.driven import Driven

_FIRST_SEED: Final = 60_000_000
_SEEDS_A_TRIAL: Final = 1_000_000
_SEEDS_A_RATE: Final = 10_000  # of which the upper half is of faulty machines
_AT_ONCE: Final = 140  # machines simulated together
_SPAN_S: Final = 6 * 3600.0  # each: many machines show more than few for long

# Told of each stretch of machine hours that has been judged.
OnHours = Callable[[float], None]


def held(
    model: Model,
    *,
    periods_s: Sequence[float],
    hours: float,
    faulty: int,
    seed: int,
    on_hours: OnHours,
) -> list[Driven]:
    """Judge at least ``hours`` of healthy machines, and ``faulty`` others, of each period.

    Raises:
        BadDataset: there is no virtual machine of that type that sensors can be put before.
    """
    asset = model.asset
    if not (virtual.has_model(asset) and virtual.shows_truth(asset)):
        raise BadDataset(f"There is no virtual {asset.name} that shows what its sensors measure.")
    first = _FIRST_SEED + seed * _SEEDS_A_TRIAL
    return [
        _of_period(
            model,
            period_s,
            hours=hours,
            faulty=faulty,
            first_seed=first + round(10.0 * period_s) * _SEEDS_A_RATE,
            on_hours=on_hours,
        )
        for period_s in periods_s
    ]


def _of_period(
    model: Model,
    period_s: float,
    *,
    hours: float,
    faulty: int,
    first_seed: int,
    on_hours: OnHours,
) -> Driven:
    healthy, judged_h = [], 0.0
    machines = math.ceil(hours / (_SPAN_S / 3600.0)) + 1  # lost readings shorten some
    for run in healthy_runs(model.asset, machines, period_s=period_s, first_seed=first_seed):
        healthy.append(driven.calm(model, run))
        on_hours(healthy[-1].hours)
        judged_h += healthy[-1].hours
        if judged_h >= hours:
            break
    seeds = range(first_seed + _SEEDS_A_RATE // 2, first_seed + _SEEDS_A_RATE // 2 + faulty)
    runs = [
        virtual.faulty_run(model.asset, seed=each, period_s=period_s, lasting=True)
        for each in seeds
    ]
    return driven.of_rate(model, period_s, faulty=runs, healthy=healthy)


def healthy_runs(
    asset: Asset, machines: int, *, period_s: float, first_seed: int, span_s: float = _SPAN_S
) -> Iterator[Run]:
    """Machines without a fault through drivers, each for ``span_s``; fans all at once."""
    rng = np.random.default_rng(first_seed)
    last = first_seed + min(machines, _SEEDS_A_RATE // 2)
    for first in range(first_seed, last, _AT_ONCE):
        seeds = range(first, min(first + _AT_ONCE, last))
        if asset.name == fleet.ASSET:
            yield from fleet.healthy_runs(seeds, period_s=period_s, duration_s=span_s, rng=rng)
        else:
            for each in seeds:
                yield virtual.healthy_run(asset, seed=each, period_s=period_s, duration_s=span_s)


def text(model: str, found: Sequence[Driven], *, hours: float, seed: int) -> str:
    """Markdown."""
    return "\n".join(
        [
            f"# {model} on trial",
            "",
            (
                "Virtual machines that neither training nor tuning has seen, through the boards' "
                "drivers, every reading judged by the gateway's own rules: `python -m inference "
                f"trial --hours {hours:g} --seed {seed}`. Set points of half of them move, rooms "
                "are warmer by day. Each fault stands for 100 s and 25 readings. The simulator is "
                "the one it was trained on: that flatters the model."
            ),
            "",
            *drivers_text(found),
            "",
        ]
    )
