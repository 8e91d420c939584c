"""Two models and what they are tried on in, one comparison out."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from contract.assets.words import NORMAL, Asset
from inference.backtest import findings, rule, week
from inference.backtest.findings import Backtest, OnVerdicts
from inference.backtest.sample import Sample, watched
from inference.classifier import history
from inference.classifier.model import Model, load
from inference.classifier.shelf import BACKTEST
from inference.errors import BadDataset
from inference.runs import virtual
from inference.runs.dataset import Run
from inference.runs.recording import recorded
from inference.runs.told import Told, told
from inference.training import agreement
from inference.training.learned_verdicts import learned_by

# Told of what one more machine of has been judged, of how many.
OnRun = Callable[[str, int], None]
_WEEK: Final = "judging a week"
_RECORDINGS: Final = "judging recordings"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be compared, and on what.

    Attributes:
        asset: the type.
        next_dir: where the next model is.
        present_dir: where the present one is; None: there is none.
        verdicts: a folder as the gateway writes it.
        length: of the week; None: none.
        recordings: a folder of exported CSV files with ``truth``.
        seed: of the week.
    """

    asset: Asset
    next_dir: Path
    present_dir: Path | None
    verdicts: Path | None = None
    length: week.Length | None = "quick"
    recordings: Path | None = None
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class Made:
    """A backtest, and what people should know of the verdicts it was made with."""

    found: Backtest
    notes: tuple[str, ...]


def made(asked: Asked, *, on_run: OnRun) -> Made:
    """Compare, and write what was found beside the next model.

    Raises:
        ModelUnusable, BadDataset: there is nothing to compare, or nothing to compare it on.
    """
    started_s = time.perf_counter()
    next_ = load(asked.next_dir, asset=asked.asset)
    present = None if asked.present_dir is None else load(asked.present_dir, asset=asked.asset)
    models = [next_] if present is None else [present, next_]
    week_ = _week(asked, models, on_run)
    recordings = _recordings(asked, models, on_run)
    people = _told(asked, models)
    verdicts = None if people is None else _on_verdicts(asked, people, present, next_)
    worse: tuple[str, ...] = ()
    if present is not None:
        worse = rule.worse(week=week_, recordings=recordings, verdicts=verdicts)
    found = Backtest(
        asset=asked.asset.name,
        present=None if present is None else present.manifest.model,
        next=next_.manifest.model,
        made_at=history.now(),
        seconds=round(time.perf_counter() - started_s, 1),
        seed=asked.seed,
        length="none" if week_ is None else str(asked.length),
        week=_compared(week_, present),
        verdicts=verdicts,
        recordings=_compared(recordings, present),
        worse=worse,
        summary=_summary(present, worse, on=(week_, recordings, verdicts)),
    )
    content = msgspec.json.format(msgspec.json.encode(found), indent=2)
    history.replace(asked.next_dir / BACKTEST, content)
    return Made(found=found, notes=() if people is None else people.notes)


def _compared(sample: Sample | None, present: Model | None) -> findings.Compared | None:
    return None if sample is None else findings.compared(sample, has_present=present is not None)


def _summary(present: Model | None, worse: Sequence[str], *, on: Sequence[object]) -> str:
    if present is None:
        return "There is no present model to compare it with."
    if worse:
        return f"It is worse than {present.manifest.model}: {'; '.join(worse)}."
    if not any(each is not None for each in on):
        return f"Nothing was there to compare it with {present.manifest.model} on."
    return f"It is not worse than {present.manifest.model}, beyond what chance does."


def _week(asked: Asked, models: Sequence[Model], on_run: OnRun) -> Sample | None:
    if asked.length is None or not week.is_possible(asked.asset):
        return None
    plan = week.plan_of(asked.asset, asked.length)
    total = week.machines(asked.asset, plan)
    return watched(
        models,
        week.runs(asked.asset, plan=plan, seed=asked.seed),
        classes=virtual.classes(asked.asset),
        on_run=lambda: on_run(_WEEK, total),
    )


def _recordings(asked: Asked, models: Sequence[Model], on_run: OnRun) -> Sample | None:
    if asked.recordings is None:
        return None
    paths = sorted(asked.recordings.glob("*.csv"))
    if not paths:
        raise BadDataset(f"There is no CSV file in {asked.recordings}.")
    classes = (NORMAL, *(fault.name for fault in asked.asset.faults))
    found = [run for path in paths for run in _runs(path, asked.asset, classes)]
    return watched(
        models,
        found,
        classes=classes,
        on_run=lambda: on_run(_RECORDINGS, len(found)),
    )


def _runs(path: Path, asset: Asset, classes: tuple[str, ...]) -> Iterator[Run]:
    runs, _ = recorded(path, asset=asset, classes=classes)
    for run in runs:
        yield replace(run, group=f"{path.stem}: {run.group}")


def _told(asked: Asked, models: Sequence[Model]) -> Told | None:
    """A cause that one of them alone can tell counts as well: the other one has missed it."""
    if asked.verdicts is None:
        return None
    classes = dict.fromkeys(name for model in models for name in model.manifest.classes)
    return told(asked.verdicts, asset=asked.asset, classes=tuple(classes))


def _on_verdicts(
    asked: Asked, people: Told, present: Model | None, next_: Model
) -> OnVerdicts | None:
    if not people.verdicts:
        return None
    after, unseen = _answers(next_, people, asked.next_dir)
    before = None
    if present is not None and asked.present_dir is not None:
        before, _ = _answers(present, people, asked.present_dir)
    return findings.on_verdicts(people, present=before, next_=after, left_out=unseen)


def _answers(model: Model, people: Told, directory: Path) -> tuple[list[str], int]:
    """What it says of each verdict: of those it has learned, what it said before that."""
    learned = learned_by(directory, model.manifest)
    before = {} if learned is None else learned.left_out
    keys = [verdict.key for verdict in people.verdicts]
    new = agreement.answers(model, people)
    said = [before.get(key, answer) for key, answer in zip(keys, new, strict=True)]
    return said, sum(key in before for key in keys)
