"""What a model would have alarmed of a machine that a person has given a verdict on."""

from collections.abc import Sequence

import numpy as np

from contract.assets.words import NORMAL
from inference.classifier.model import Model
from inference.runs.dataset import Run
from inference.runs.told import Told
from inference.runs.verdict_readings import NOT_TOLD
from inference.training import driven


def answers(model: Model, told: Told) -> list[str]:
    """Of each verdict: the class that ``model`` would have alarmed while the alarm stood.

    ``normal`` where it would have raised none. Alarms are raised by the gateway's own rules, delays
    included. What is wrong may be told beside something else: then it counts as told.
    """
    return [
        _answer(model, run, truth=verdict.truth)
        for verdict, run in zip(told.verdicts, told.runs, strict=True)
    ]


def _answer(model: Model, run: Run, *, truth: str) -> str:
    judged = driven.judge(model, run)
    stood = np.flatnonzero(run.truth != NOT_TOLD)
    names = driven.names(model)
    found = [
        names[label]
        for at, label in judged.raised
        if at <= stood[-1] and _ends(judged.told, at) > stood[0]
    ]
    if truth in found:
        return truth
    return found[0] if found else NORMAL


def _ends(told: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.intp]], at: int) -> int:
    """The reading from which on another class is told than at ``at``."""
    rest = np.flatnonzero(np.asarray(told)[at:] != told[at])
    return at + int(rest[0]) if len(rest) else len(told)
