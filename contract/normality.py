"""The clock of the learned baseline: one for gateway, inference and the trials of both.

A machine is looked at every ``STEP_S``, or as often as it measures where that is more seldom; a
look is the mean of what it measured since the one before. What is normal of it is learned from the
first ``LEARNED_ROWS`` looks, two hours of them, and anew each time twice as much is known.
"""

from typing import Final

STEP_S: Final = 10.0
LEARNED_ROWS: Final = 720
PROVEN_ROWS: Final = 2 * LEARNED_ROWS  # nothing is reported before it was tried on as many more
MOST_ROWS: Final = 2_880  # of what is known the newest so many are learned from: eight hours
FALSE_ALARMS_A_DAY: Final = 1.0  # at most so many are promised of a healthy machine
