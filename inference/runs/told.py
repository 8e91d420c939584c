"""A folder of verdicts becomes runs to learn from and to test on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contract.assets.words import Asset
from inference.errors import BadDataset
from inference.runs import verdict_rows
from inference.runs.dataset import Run
from inference.runs.verdict_readings import run_of
from inference.runs.verdict_rows import TABLE, Verdict


@dataclass(frozen=True, kw_only=True)
class Told:
    """Verdicts on one type, each with its run, in the same order.

    Attributes:
        verdicts: those that can be used.
        runs: one each; labelled where the alarm stood.
        notes: a sentence on each row, or file, that was left out, in part or as a whole.
        left_out: how many verdicts that is of.
        of_others: verdicts on machines of other types.
    """

    verdicts: tuple[Verdict, ...]
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()
    left_out: int = 0
    of_others: int = 0

    @property
    def by_kind(self) -> dict[str, int]:
        return dict(Counter(verdict.kind for verdict in self.verdicts))

    @property
    def devices(self) -> tuple[str, ...]:
        """Of how many machines."""
        return tuple(dict.fromkeys(verdict.device_id for verdict in self.verdicts))


def told(folder: Path, *, asset: Asset, classes: Sequence[str]) -> Told:
    """What ``folder`` has of machines of ``asset``; ``classes`` are those of the model.

    Raises:
        BadDataset: there is no table of verdicts, or it cannot be read.
    """
    table = verdict_rows.read(folder, asset=asset, classes=tuple(classes))
    notes = list(table.unfit)
    found: list[tuple[Verdict, Run]] = []
    for verdict in table.verdicts:
        try:
            run, note = run_of(verdict, asset=asset, classes=classes)
        except BadDataset as error:
            notes.append(f"{folder / TABLE}, line {verdict.line}: {error}")
        else:
            found.append((verdict, run))
            notes += [] if note is None else [note]
    return Told(
        verdicts=tuple(verdict for verdict, _ in found),
        runs=tuple(run for _, run in found),
        notes=tuple(notes),
        left_out=len(table.unfit) + len(table.verdicts) - len(found),
        of_others=table.of_others,
    )
