"""What a training found out of how well it tells what is left: ``report.json``."""

from typing import Final

import msgspec
import numpy as np

from inference.prognosis.intervals import SHARES, calibrated
from inference.prognosis.learning import HeldOut, Learned
from inference.prognosis.lives import Array, Indices
from inference.prognosis.scores import Bands, Figures, Stretch, by_horizon, figures

SPLITS: Final = 20
_TESTED: Final = 0.2  # of the machines, in each split

HOW_SCORED: Final = (
    "Each machine was left out of a training on others (five fifths), and asked about at 20 places "
    "of its life drawn evenly by what was left. RMSE and NASA's score (of 100 predictions; what is "
    "told too late costs more) are of what was left, at most the horizon. Intervals are "
    "conformal: in each of 20 splits they are set by four fifths of the machines and held against "
    "the others (the regressions had then seen some of those that set them). Every machine counts "
    "alike."
)
SIMULATED: Final = (
    "Nothing of it was ever measured. Virtual machines fail of one fault alone, which grows from "
    "one beginning by one law, and are otherwise as new; nobody repairs them, no sensor ages, and "
    "all end at the same size of the fault. Real ones do none of that: expect far wider errors, "
    "and train on machines of your own that were followed to their failure."
)
RECORDED: Final = (
    "It holds for machines like those, in conditions like those. Intervals promise what they say "
    "on the whole of machines that are like those learned from, and of no single one; where "
    "readings are unlike them, none is given. Whoever replaces machines before they fail "
    "never learns from those, and lives are told too short."
)


class Report(msgspec.Struct, kw_only=True, frozen=True):
    """``naive`` is mean life less age, ``linear`` the newest row alone."""

    model: str
    asset: str
    source: str
    seed: int
    trained_at: str
    machines: int
    shortest: float
    longest: float
    time_unit: str
    step: float
    horizon: float
    channels: list[str]
    conditions: list[str]
    dropped: list[str]
    unused: list[str]
    parity: float
    held_out: Figures
    naive: Figures
    linear: Figures
    by_horizon: list[Stretch]
    noise: list[float]  # of a coverage: two standard errors of so many machines, by share
    how_scored: str
    caveat: str


def coverage(held_out: HeldOut, *, horizon: float, seed: int) -> tuple[Array, Bands]:
    """Rows of ``held_out`` as they were tested in each split, and their intervals.

    Raises:
        BadDataset: there are too few machines.
    """
    rows, bands = [], []
    for split in range(SPLITS):
        units = np.unique(held_out.units)
        rng = np.random.default_rng([seed, split])
        tested = np.isin(held_out.units, rng.permutation(units)[: round(_TESTED * len(units))])
        calibration = calibrated(
            held_out.predicted[~tested], held_out.true[~tested], held_out.units[~tested]
        )
        rows.append(np.flatnonzero(tested))
        bands.append(calibration.bands(held_out.predicted[tested]))
    joined = [
        (
            each[0][0],
            horizon * np.concatenate([low for _, low, _ in each]),
            horizon * np.concatenate([high for _, _, high in each]),
        )
        for each in zip(*bands, strict=True)
    ]
    return np.concatenate(rows), joined


def of(
    learned: Learned, *, model: str, asset: str, seed: int, trained_at: str, parity: float
) -> Report:
    """All of it. Raises BadDataset: there are too few machines to test intervals."""
    held, horizon = learned.held_out, learned.preparation.horizon
    rows, bands = coverage(held, horizon=horizon, seed=seed)
    predicted, true = horizon * held.predicted[rows], horizon * held.true[rows]
    weights = _alike(held.units)[rows]
    lengths = [life.length for life in learned.lives.lives]
    every = _alike(held.units)

    def peer(shares: Array) -> Figures:
        return figures(horizon * shares, horizon * held.true, weights=every)

    return Report(
        model=model,
        asset=asset,
        source=learned.lives.source,
        seed=seed,
        trained_at=trained_at,
        machines=len(lengths),
        shortest=min(lengths),
        longest=max(lengths),
        time_unit=learned.lives.time_unit,
        step=learned.preparation.step,
        horizon=horizon,
        channels=list(learned.preparation.kept),
        conditions=list(learned.preparation.conditions),
        dropped=list(learned.preparation.dropped),
        unused=list(learned.lives.unused),
        parity=parity,
        held_out=figures(predicted, true, bands, weights=weights),
        naive=peer(held.naive),
        linear=peer(held.linear),
        by_horizon=by_horizon(predicted, true, bands, weights=weights, horizon=horizon),
        noise=[2.0 * float(np.sqrt(s * (1.0 - s) / len(lengths))) for s in SHARES],
        how_scored=HOW_SCORED,
        caveat=SIMULATED if learned.lives.is_simulated else RECORDED,
    )


def _alike(units: Indices) -> Array:
    """(N,) weights that sum up to one of each machine."""
    _, of_unit, counts = np.unique(units, return_inverse=True, return_counts=True)
    found: Array = 1.0 / counts[of_unit]
    return found
