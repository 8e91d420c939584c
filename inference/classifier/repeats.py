"""Whether a value that stays can be chance: what is usual of its channel says so."""

from typing import Final

import numpy as np

from inference.windows.features import OF_WINDOW, FeatureArray, FloatArray, column

# Nepers. In 2,100 machine hours behind the boards' drivers, at 0.2 to 10 Hz, a healthy channel that
# repeats three readings in ten or fewer came to 39 once, and no other to 26; where the forest said
# it is stuck, none to 21.
STRONG: Final = 36.0  # when the forest agrees
OVERWHELMING: Final = 60.0  # whatever it says
_HARDLY_EVER: Final = 1.2  # nepers a repeat: three readings in ten


def evidence(features: FeatureArray, *, low: FloatArray, high: FloatArray) -> FloatArray | None:
    """(B,) nepers against chance where one channel stays that hardly ever repeated itself, or 0.

    None where nothing has stayed for long enough, as nearly always.

    Coarse sensors count for nothing however long they repeat themselves: what is usual of them
    changes with the machine. Where several channels stand still it is the machine that does, and
    a value that no healthy machine has may be the end of its sensor's range.

    Args:
        features: of the windows.
        low: (C,) what healthy machines show at least.
        high: (C,) and at most.
    """
    count = len(low)
    surprise = column(features, "surprise", channels=count)
    if surprise.max() < STRONG:
        return None
    last = column(features, "last", channels=count)
    held_s = column(features, "held", channels=count)
    period_s = features[:, -len(OF_WINDOW) :][:, OF_WINDOW.index("period"), np.newaxis]
    hardly_ever = surprise * period_s >= _HARDLY_EVER * held_s
    usual = (last >= low) & (last <= high)
    nepers = np.where(hardly_ever & usual, surprise, 0.0).astype(np.float64)
    alone = np.count_nonzero(nepers >= STRONG, axis=1) == 1
    found: FloatArray = np.where(alone, nepers.max(axis=1), 0.0)
    return found
