"""Whether a trained model is good enough to be served: figures of machines it never saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from inference.errors import InferenceError

if TYPE_CHECKING:  # the command line knows the bars, and must not load scikit-learn for it
    from inference.training.evaluation import Evaluation
    from inference.training.report import Report

# Exit status of a training that ended well, with a model that is not good enough to judge.
POOR_MODEL: Final = 3


@dataclass(frozen=True, kw_only=True)
class Bars:
    """What a model must reach. A coin among five classes reaches a macro-F1 of 0.2.

    ``false_alarms_per_hour``: alarms that a gateway would raise of a healthy machine.
    ``told_per_hour``: spells of another answer on it that a gateway tells of, which are two windows
    or more, whether or not they come to an alarm.
    """

    macro_f1: float = 0.9
    false_alarms_per_hour: float = 1.0
    told_per_hour: float = 30.0


class PoorModel(InferenceError):
    """The trained model does not reach the bars; the text names the figure.

    Attributes:
        why: the same, of the model alone.
        report: all that was found out.
    """

    def __init__(self, asset: str, wrong: Sequence[str], report: "Report") -> None:
        self.why = " and ".join(wrong)
        self.report = report
        super().__init__(
            f"The new model of {asset} is not published: {self.why}. "
            "A model there was before stays; better data, or a bar of your own, would change it."
        )


def lacking(found: "Evaluation", bars: Bars) -> list[str]:
    """What is not good enough, each with its figure and bar; nothing of a good model."""
    reached, alarms = found.with_onset.macro_f1, found.false_alarms
    wrong = []
    if not reached >= bars.macro_f1:
        wrong.append(f"its macro-F1 is {reached:.2f}, below {bars.macro_f1:g} (--least-f1)")
    raised, told = alarms.alarms_per_hour, alarms.told_per_hour
    if raised is not None and not raised <= bars.false_alarms_per_hour:
        wrong.append(
            f"it raises {raised:.1f} false alarms an hour of a healthy machine, above "
            f"{bars.false_alarms_per_hour:g} (--most-false-alarms)"
        )
    if told is not None and not told <= bars.told_per_hour:
        wrong.append(
            f"it is wrong about healthy machines {told:.1f} times an hour, above "
            f"{bars.told_per_hour:g}"
        )
    return wrong
