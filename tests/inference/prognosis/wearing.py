"""Made-up machines that wear until they fail: fast to learn from, and their law is known."""

from pathlib import Path

import numpy as np

from inference.prognosis.lives import Life, Lives

CHANNELS = ("heat", "fixed", "shake", "load")
WORN = 1.0  # it fails there


def life(unit: str, rng: np.random.Generator, *, lasts: float = 80.0) -> Life:
    """Wear grows by a rate of its own; heat depends on the load as well; ``fixed`` never moves."""
    rate = float(np.exp(rng.normal(0.0, 0.25))) / lasts
    steps, wear = [], 0.0
    while wear < WORN:
        wear += rate * float(rng.uniform(0.5, 1.5))
        load = float(rng.choice([10.0, 20.0, 35.0]))
        heat = 20.0 + 0.8 * load + 6.0 * wear**2 + float(rng.normal(0.0, 0.4))
        steps.append((heat, 7.0, 1.0 + 2.0 * wear**3 + float(rng.normal(0.0, 0.1)), load))
    return Life(unit=unit, ages=np.arange(1.0, len(steps) + 1.0), rows=np.array(steps))


def lives(count: int, *, seed: int = 1, lasts: float = 80.0) -> Lives:
    rng = np.random.default_rng(seed)
    return Lives(
        channels=CHANNELS,
        conditions=("load",),
        time_unit="hours",
        lives=tuple(life(f"press-{number}", rng, lasts=lasts) for number in range(count)),
        source=f"{count} made-up presses",
    )


def text(found: Lives) -> str:
    """As a CSV file."""
    lines = ["unit,time," + ",".join(found.channels)]
    for one in found.lives:
        for age, row in zip(one.ages.tolist(), one.rows.tolist(), strict=True):
            lines.append(",".join([one.unit, repr(age), *map(repr, row)]))
    return "\n".join(lines) + "\n"


def written(path: Path, found: Lives) -> Path:
    path.write_text(text(found))
    return path


def turbofans(folder: Path, *, count: int) -> None:
    """A set of C-MAPSS's form: engines that failed, others cut off, and what these had left."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(2)
    whole, others = (lives(count, seed=seed, lasts=200.0).lives for seed in (3, 4))
    cut = [one.until(int(rng.integers(30, len(one.ages)))) for one in others]
    (folder / "train_FD009.txt").write_text(_lines(whole))
    (folder / "test_FD009.txt").write_text(_lines(tuple(cut)))
    (folder / "RUL_FD009.txt").write_text("".join(f"{one.remaining:g}\n" for one in cut))


def _lines(found: tuple[Life, ...]) -> str:
    rest = " ".join(["1.0"] * 19)
    return "".join(
        f"{unit} {age:g} {load:g} 1 1 {heat:.4f} {shake:.4f} {rest}  \n"
        for unit, one in enumerate(found, 1)
        for age, (heat, _, shake, load) in zip(one.ages, one.rows, strict=True)
    )
