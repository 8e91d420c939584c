"""Ways on which something wears: a Wiener process with drift, seen with noise."""

import random
from itertools import accumulate
from math import sqrt
from typing import NamedTuple

SUBSTEPS = 8


class Path(NamedTuple):
    """What was seen at each hour, and when the end at 1 was passed first; None: not in time."""

    values: list[float]
    passed_h: float | None


def path(
    seed: int, *, drift: float, diffusion: float, noise: float, hours: int, start: float = 0.0
) -> Path:
    """``drift`` a hour, ``diffusion`` squared an hour, ``noise`` of each value seen."""
    rng = random.Random(seed)
    step_h = 1.0 / SUBSTEPS
    kicks = (
        drift * step_h + rng.gauss(0.0, sqrt(diffusion * step_h)) for _ in range(hours * SUBSTEPS)
    )
    true = list(accumulate(kicks, initial=start))
    passed = next((at * step_h for at, level in enumerate(true) if level >= 1.0), None)
    return Path([level + rng.gauss(0.0, noise) for level in true[::SUBSTEPS]], passed)
