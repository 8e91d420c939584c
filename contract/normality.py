"""The clock of the learned baseline: one for gateway, inference and the trials of both.

A machine is looked at every ``STEP_S``, or as often as it measures where that is more seldom; a
look is the mean of what it measured since the one before, out of order by its own word apart. What
is learned from the first ``LEARNED_ROWS`` looks, two hours of them, is tried on as many more.
"""

from collections.abc import Mapping
from typing import Final

from contract.assets.words import Asset, TimeElement

STEP_S: Final = 10.0
LEARNED_ROWS: Final = 720
PROVEN_ROWS: Final = 2 * LEARNED_ROWS  # then it is learned from both, and reported
MOST_ROWS: Final = PROVEN_ROWS  # the newest so many are kept: four hours
FALSE_ALARMS_A_DAY: Final = 1.0  # at most so many are promised of a healthy machine
_NO_LOOK: Final[tuple[TimeElement, ...]] = ("down", "planned_down")


def says_down(asset: Asset, values: Mapping[str, float | str]) -> bool:
    """Whether a machine says itself that it is out of order or maintained: that is known then."""
    return any(
        state.elements.get(str(values.get(state.name))) in _NO_LOOK for state in asset.states
    )
