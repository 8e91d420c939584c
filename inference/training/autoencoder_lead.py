"""How long before a slow fault is fully grown it is known: by the autoencoder, and by an alarm."""

from typing import Final

import msgspec
import numpy as np

from inference.classifier.model import Model
from inference.runs import dataset, virtual
from inference.runs.dataset import Run
from inference.training import driven

_MACHINES: Final = 3  # a fault
_HEALTHY_S: Final = 600.0
_GROWS_S: Final = 3600.0
_STANDS_S: Final = 60.0  # beyond the limit: less is chance
_LOOKS: Final = 10  # at one reading in so many


class Lead(msgspec.Struct, kw_only=True, frozen=True):
    """Machines on which a fault grew evenly, to its full size within ``grows_min``.

    ``lead_min`` is the median time that remained once the autoencoder had been beyond its limit
    for a minute, ``alarm_lead_min`` since the first alarm; None: on none of them.
    """

    fault: str
    machines: int
    grows_min: float
    found: int
    lead_min: float | None
    least_lead_min: float | None
    alarmed: int
    alarm_lead_min: float | None


def found(model: Model, *, seed: int) -> list[Lead]:
    """Of each fault of the type that wears; empty where its virtual machine has none."""
    return [
        _of_fault(model, fault, seed=seed + 100 * at)
        for at, fault in enumerate(virtual.wears(model.asset))
    ]


def _of_fault(model: Model, fault: str, *, seed: int) -> Lead:
    runs = [
        virtual.worn_run(model.asset, fault, seed=seed + at, healthy_s=_HEALTHY_S, grows_s=_GROWS_S)
        for at in range(_MACHINES)
    ]
    seen = [left for run in runs if (left := _left_min(run, _seen(model, run))) is not None]
    alarmed = [left for run in runs if (left := _left_min(run, _alarmed(model, run))) is not None]
    return Lead(
        fault=fault,
        machines=len(runs),
        grows_min=_GROWS_S / 60.0,
        found=len(seen),
        lead_min=round(float(np.median(seen)), 1) if seen else None,
        least_lead_min=round(min(seen), 1) if seen else None,
        alarmed=len(alarmed),
        alarm_lead_min=round(float(np.median(alarmed)), 1) if alarmed else None,
    )


def _left_min(run: Run, at_ms: float | None) -> float | None:
    """From then to the end of a run, at which the fault is fully grown; before it began: none."""
    begun_ms = run.time_ms[np.flatnonzero(run.truth)[0]]
    if at_ms is None or at_ms < begun_ms:
        return None
    return float(run.time_ms[-1] - at_ms) / 60_000.0


def _seen(model: Model, run: Run) -> float | None:
    """When the autoencoder had been beyond its limit for a minute."""
    ends = np.arange(0, len(run.truth), _LOOKS)
    rebuilt = model.judge(dataset.windows_at(run, ends, asset=model.asset).windows).rebuilt
    if rebuilt is None:
        return None
    since: float | None = None
    for time_ms, error in zip(run.time_ms[ends].tolist(), rebuilt.error.tolist(), strict=True):
        if error < 1.0:
            since = None
            continue
        since = time_ms if since is None else since
        if time_ms - since >= 1000.0 * _STANDS_S:
            return float(time_ms)
    return None


def _alarmed(model: Model, run: Run) -> float | None:
    """When a gateway would have raised its first alarm of the fault."""
    raised = driven.judge(model, run).raised
    begun = int(np.flatnonzero(run.truth)[0])
    return next((float(run.time_ms[at]) for at, _ in raised if at >= begun), None)
