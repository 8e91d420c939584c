"""An hour and more of twenty machines with everything that goes wrong: told, and nothing else."""

import pytest

from tests.soak.soak import soak

SEED = 1
HOURS = 1.2


@pytest.mark.slow
@pytest.mark.timeout(900)  # on a machine that does other things as well
def test_all_that_goes_wrong_is_told_nothing_else_is_and_sums_are_true() -> None:
    outcome = soak(hours=HOURS, seed=SEED)
    assert outcome.wrong == []
    assert outcome.demanded.total() > 30
    assert outcome.told == outcome.demanded
    assert outcome.lives > 1
