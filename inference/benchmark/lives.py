"""Engines of C-MAPSS that were cut off, and virtual machines that wore out: what they had left."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from contract.assets.words import Asset
from inference.benchmark.recordings import CMAPSS, missing
from inference.prognosis import cmapss, worn
from inference.prognosis.card import LINEAR, NAIVE
from inference.prognosis.learning import Learned, OnStep, learn
from inference.prognosis.lives import Life, Lives, stepped
from inference.prognosis.peers import Linear
from inference.prognosis.regression import Shape
from inference.prognosis.scores import Figures, Stretch, by_horizon, figures

MODEL: Final = "ensemble"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of machines that nothing was learned from, or tuned on, each asked once."""

    title: str
    time_unit: str
    compared: list[tuple[str, Figures]]
    stretches: list[Stretch]


def turbofans(folder: Path) -> list[str]:
    """The sets there are: FD001 to FD004. Raises BadDataset: none."""
    there = sorted((folder / CMAPSS).glob("train_*.txt"))
    if not there:
        raise missing(CMAPSS, folder)
    return [path.stem.removeprefix("train_") for path in there]


def of_turbofans(
    folder: Path, name: str, *, shape: Shape, seed: int, on_step: OnStep
) -> tuple[Learned, Trial]:
    """Learn from the engines of ``train``, and ask once about each of ``test``.

    Raises:
        BadDataset: a file is missing, or is none of that kind.
    """
    place = folder / CMAPSS
    learned = learn(
        cmapss.read(place / f"train_{name}.txt"),
        horizon=cmapss.HORIZON, shape=shape, seed=seed, on_step=on_step,
    )  # fmt: skip
    asked = cmapss.asked(place / f"test_{name}.txt", place / f"RUL_{name}.txt")
    title = f"C-MAPSS {name}: the last cycle of {len(asked.lives)} engines that were cut off"
    return learned, tried(learned, asked, title=title)


def of_virtual(asset: Asset, *, shape: Shape, seed: int, on_step: OnStep) -> tuple[Learned, Trial]:
    """Learn from virtual machines that wore out, and ask about others, anywhere in their lives."""
    learned = learn(
        worn.lives(asset, machines=worn.MACHINES, seed=seed),
        shape=shape,
        seed=seed,
        on_step=on_step,
    )
    others = worn.lives(asset, machines=worn.MACHINES, seed=seed + 1)
    rng = np.random.default_rng(seed)
    cut = [cut_off(life, rng) for life in others.lives]
    title = f"virtual {asset.name}: {len(cut)} others, cut off in their last four fifths"
    return learned, tried(learned, others.having(cut), title=title)


def tried(learned: Learned, asked: Lives, *, title: str) -> Trial:
    """What is said of each at its last row, and what was the case."""
    horizon = learned.preparation.horizon
    seen = [stepped(life, learned.preparation.step) for life in asked.lives]
    shown = np.concatenate([learned.preparation.shown(life)[-1:] for life in seen])
    share = np.clip(learned.regression.predict(shown), 0.0, 1.0)
    bands = [
        (share_, horizon * low, horizon * high)
        for share_, low, high in learned.calibration.bands(share)
    ]
    true = np.minimum([life.remaining for life in seen], horizon)
    alike = np.ones(len(true))
    linear = Linear.of(learned.lives, learned.preparation)
    usual = float(np.mean([life.length for life in learned.lives.lives]))
    ages = np.array([life.ages[-1] for life in seen])
    straight = horizon * np.array([linear.shares(life)[-1] for life in seen])
    return Trial(
        title=title,
        time_unit=asked.time_unit,
        compared=[
            (MODEL, figures(horizon * share, true, bands, weights=alike)),
            (LINEAR, figures(straight, true, weights=alike)),
            (NAIVE, figures(np.clip(usual - ages, 0.0, horizon), true, weights=alike)),
        ],
        stretches=by_horizon(horizon * share, true, bands, weights=alike, horizon=horizon),
    )


def cut_off(life: Life, rng: np.random.Generator) -> Life:
    """As it was known at some time in its last four fifths."""
    return life.until(int(rng.integers(len(life.ages) // 5, len(life.ages))))
