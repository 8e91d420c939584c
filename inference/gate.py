"""Whether a trained model is good enough to be served: figures of machines it never saw."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inference.errors import PoorModel

if TYPE_CHECKING:  # the command line knows the bars, and must not load scikit-learn for it
    from inference.evaluation import Evaluation


@dataclass(frozen=True, kw_only=True)
class Bars:
    """What a model must reach. A coin among five classes reaches a macro-F1 of 0.2.

    ``false_alarms_per_hour``: spells of another answer on a healthy machine that a gateway tells
    of, which are two windows or more; how long a fault must stand before its alarm comes on top.
    """

    macro_f1: float = 0.7
    false_alarms_per_hour: float = 30.0


def check(found: "Evaluation", bars: Bars, *, asset: str) -> None:
    """Let a good model pass.

    Raises:
        PoorModel: it is not good enough; the text names the figure and the bar.
    """
    reached, told = found.with_onset.macro_f1, found.false_alarms.told_per_hour
    wrong = []
    if not reached >= bars.macro_f1:
        wrong.append(f"its macro-F1 is {reached:.2f}, below {bars.macro_f1:g} (--least-f1)")
    if told is not None and not told <= bars.false_alarms_per_hour:
        wrong.append(
            f"it is wrong about healthy machines {told:.1f} times an hour, above "
            f"{bars.false_alarms_per_hour:g} (--most-false-alarms)"
        )
    if wrong:
        raise PoorModel(
            f"The new model of {asset} is not published: {' and '.join(wrong)}. "
            "A model there was before stays; better data, or a bar of your own, would change it."
        )
