"""What a training found out, as it is written to ``report.json`` and shown."""

from collections.abc import Sequence
from typing import Final

import msgspec

from inference.classifier.manifest import Manifest
from inference.runs.dataset import Run, Split
from inference.training.autoencoder_report import AutoencoderReport
from inference.training.driven import Driven
from inference.training.evaluation import GROWN_FROM, Evaluation
from inference.training.forest import Shape
from inference.training.learned_verdicts import LearnedVerdicts

HOW_SCORED: Final = (
    "Every window of the test machines is judged, one a reading, and must be called what was the "
    "case at its newest reading. Onset counts in full: from the first reading after a fault has "
    "begun, although hardly anything shows yet, the right answer is the fault; while a fault "
    "clears, the right answer stays the fault until its source says that it has gone. "
    f"'grown' leaves out fault windows of an intensity below {GROWN_FROM}. 'single_reading' "
    "judges each reading alone, where slopes, spikes between readings and repeated values cannot "
    "be seen. The answer unknown counts as wrong. Virtual machines have one fault at a time."
)
SIMULATED: Final = (
    "Training and test come from the same simulator: other machines, other noise, but the same "
    "equations. That flatters the model. Real machines have faults and rooms no simulator has; "
    "expect lower scores there, and train again on exported readings of your own (--csv)."
)
RECORDED: Final = (
    "Trained and tested on recorded machines, divided by machine or run. It holds for machines "
    "like those, in conditions like those recorded."
)


class Machines(msgspec.Struct, kw_only=True, frozen=True):
    training: int
    calibration: int
    test: int


class Report(msgspec.Struct, kw_only=True, frozen=True):
    """``report.json``."""

    model: str
    asset: str
    source: str
    seed: int
    trained_at: str
    seconds: float
    machines: Machines
    training_windows: int
    trees: int
    depth: int
    parity: float  # largest difference of a probability, ONNX against scikit-learn
    classes: list[str]
    evaluation: Evaluation
    drivers: list[Driven]  # seen through the boards' drivers, by rate
    autoencoder: AutoencoderReport | None  # None: its type is told without one
    verdicts: LearnedVerdicts | None  # None: of none
    how_scored: str
    caveat: str


def report_of(
    manifest: Manifest,
    *,
    split: Split,
    simulated: bool,
    windows: int,
    shape: Shape,
    parity: float,
    evaluation: Evaluation,
    drivers: list[Driven],
    autoencoder: AutoencoderReport | None,
    verdicts: LearnedVerdicts | None,
    seconds: float,
) -> Report:
    return Report(
        model=manifest.model,
        asset=manifest.asset,
        source=manifest.source,
        seed=manifest.seed,
        trained_at=manifest.trained_at,
        seconds=round(seconds, 1),
        machines=Machines(
            training=_groups(split.training),
            calibration=_groups(split.calibration),
            test=_groups(split.test),
        ),
        training_windows=windows,
        trees=shape.trees,
        depth=shape.depth,
        parity=parity,
        classes=list(manifest.classes),
        evaluation=evaluation,
        drivers=drivers,
        autoencoder=autoencoder,
        verdicts=verdicts,
        how_scored=HOW_SCORED,
        caveat=SIMULATED if simulated else RECORDED,
    )


def _groups(runs: Sequence[Run]) -> int:
    return len({run.group for run in runs})
