"""When a value that stays is no chance: what each channel usually does decides."""

import numpy as np
import pytest

from inference.classifier import repeats
from inference.windows import features
from inference.windows.features import FeatureArray, Windows

LOW, HIGH = np.array([20.0, 500.0]), np.array([50.0, 1700.0])
PERIOD_MS = 200
FINE = (PERIOD_MS, 100)  # another value with every reading
COARSE = (10 * PERIOD_MS, 100)


def seen(
    *holds: tuple[float, int, int], last: tuple[float, float] = (40.0, 1200.0)
) -> FeatureArray:
    """Features of one window of two channels; of each for how long held, usually, and changes."""
    rows = np.tile(last, (15, 1))
    windows = Windows.of(
        rows,
        np.arange(15, dtype=np.int64) * PERIOD_MS,
        np.array([15]),
        holds=np.array([holds], dtype=np.float64),
    )
    return features.extract(windows)


def evidence(found: FeatureArray) -> float:
    known = repeats.evidence(found, low=LOW, high=HIGH)
    if known is None:
        return 0.0
    return float(known[0])


def test_a_fine_sensor_that_stays_is_stuck_after_seconds() -> None:
    assert evidence(seen((0, *FINE), (1_000, *FINE))) == 0.0
    assert repeats.STRONG <= evidence(seen((0, *FINE), (2_000, *FINE))) < repeats.OVERWHELMING
    assert evidence(seen((0, *FINE), (4_000, *FINE))) >= repeats.OVERWHELMING


@pytest.mark.parametrize("minutes", [1, 60])
def test_a_coarse_sensor_may_stay_for_long(minutes: int) -> None:
    assert evidence(seen((60_000 * minutes, *COARSE), (0, *FINE))) == 0.0


def test_a_machine_that_stands_still_has_no_stuck_sensor() -> None:
    assert evidence(seen((60_000, *FINE), (60_000, *FINE))) == 0.0


@pytest.mark.parametrize("last", [(40.0, 0.0), (40.0, 6000.0)])
def test_the_end_of_a_sensors_range_is_no_stuck_sensor(last: tuple[float, float]) -> None:
    assert evidence(seen((0, *FINE), (60_000, *FINE), last=last)) == 0.0


def test_what_was_never_seen_to_change_proves_nothing() -> None:
    assert evidence(seen((60_000, 0, 0), (0, *FINE))) == 0.0
