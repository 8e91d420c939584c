"""What was learned of verdicts, as ``report.json`` has it: how much, and how far it carries."""

from pathlib import Path
from typing import Final

import msgspec

from inference.classifier.manifest import REPORT, Manifest, verified

HOW: Final = (
    "Tested by leaving out: forests of the same simulated machines and of all verdicts but those "
    "of one machine, or of a fifth of them, at a time (of verdicts, where all are of one machine) "
    "judged what they had not seen, smaller than the one that is served. A verdict agrees where "
    "the alarm that it asks for would have been raised, delays included, or none."
)


class LearnedVerdicts(msgspec.Struct, kw_only=True, frozen=True):
    """Part of ``report.json``.

    ``left_out`` has, by machine and alarm, what was alarmed by a forest that had not seen that
    verdict; ``asked`` what should have been.
    """

    verdicts: int
    machines: int
    by_kind: dict[str, int]
    windows: int
    share: float  # of the weight of all simulated windows
    unusable: int
    asked: dict[str, str]
    left_out: dict[str, str]
    how: str

    @property
    def agreed(self) -> int:
        """Of the verdicts, by forests that had not seen them."""
        return sum(self.left_out[key] == asked for key, asked in self.asked.items())


class _Report(msgspec.Struct):
    verdicts: LearnedVerdicts | None = None


def learned_by(directory: Path, manifest: Manifest) -> LearnedVerdicts | None:
    """What the model in ``directory`` has learned of verdicts; None: of none.

    Raises:
        ModelUnusable: it has, and its report is missing or another model's: what it says of
            verdicts could be what it was told.
    """
    if not manifest.verdicts:
        return None
    return msgspec.json.decode(verified(directory, REPORT, manifest), type=_Report).verdicts
