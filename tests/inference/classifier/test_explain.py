"""Reasons against numbers worked out by hand: what deviates, how much it weighs, what is said."""

from typing import Any

import numpy as np
import pytest

from contract.assets.words import Channel
from contract.messages import Reason
from inference.classifier import explain
from inference.classifier.explain import Explainer, Usual
from inference.windows.features import STATISTICS, FeatureArray, FloatArray
from inference.windows.kinds import Feature

TITLES = ("Heat", "Speed", "CO2", "Hum")
WIDTH = len(STATISTICS) * len(TITLES)
ONE, UNKNOWN = 1, 2  # of two classes: healthy, and one fault


def channels() -> list[Channel]:
    return [
        Channel(
            name=title.lower(), title=title, unit="V", low=-99, high=99, normal=(0, 1), decimals=2
        )
        for title in TITLES
    ]


def at(statistic: str, title: str) -> int:
    return STATISTICS.index(statistic) * len(TITLES) + TITLES.index(title)


def row(**values: float) -> FloatArray:
    """One of all features or weights, all 0 but these: ``last_Heat=3``."""
    found = np.zeros(WIDTH)
    for name, value in values.items():
        statistic, _, title = name.partition("_")
        found[at(statistic, title)] = value
    return found


def seen(**values: float) -> FeatureArray:
    """One window; the last two features are of no channel."""
    return np.append(row(**values), [15.0, 0.2])[np.newaxis].astype(np.float32)


def reasons(
    window: FeatureArray, *, chosen: int = ONE, **weights: float
) -> tuple[list[Reason], str | None]:
    """What is said of a window where every feature is usually within -1 and 1."""
    known_by = np.stack((row(), row(**weights)))
    usual = Usual(low=np.full(WIDTH, -1.0), high=np.full(WIDTH, 1.0), weights=known_by)
    (found,) = Explainer(usual, channels=channels()).reasons(window, np.array([chosen]))
    return found


def shares(found: tuple[list[Reason], str | None]) -> dict[str, float]:
    return {reason.channel: reason.weight for reason in found[0]}


# ---------------------------------------------------------------- how far from what is usual


def test_a_deviation_is_the_square_of_half_widths_from_the_middle() -> None:
    usual = Usual(low=np.array([10.0]), high=np.array([30.0]), weights=np.zeros((0, 1)))
    found = usual.deviations(np.array([[20.0], [30.0], [35.0], [-10.0]], dtype=np.float32))
    assert found[:, 0].tolist() == [0.0, 1.0, 2.25, 9.0]


def test_a_deviation_counts_up_to_ten_half_widths() -> None:
    usual = Usual(low=np.array([-1.0]), high=np.array([1.0]), weights=np.zeros((0, 1)))
    found = usual.deviations(np.array([[9.0], [10.0], [1000.0]], dtype=np.float32))
    assert found[:, 0].tolist() == [81.0, 100.0, 100.0]
    # 100 and 25 of 125: what is a thousand half widths off does not drown the other channel.
    far = reasons(seen(last_Heat=1000.0, last_Speed=5.0), last_Heat=0.5, last_Speed=0.5)
    assert shares(far) == {"heat": 0.8, "speed": 0.2}


def test_what_never_varies_has_a_band_that_is_wide_enough_to_divide_by() -> None:
    usual = Usual(low=np.array([5.0]), high=np.array([5.0]), weights=np.zeros((0, 1)))
    assert usual.deviations(np.array([[5.0]], dtype=np.float32))[0, 0] == 0.0
    assert usual.deviations(np.array([[6.0]], dtype=np.float32))[0, 0] == 100.0


# ---------------------------------------------------------------- what a class is known by


def test_a_class_is_known_by_what_is_typical_of_it_and_by_what_the_forest_relies_on() -> None:
    healthy = [row(last_Heat=side, last_Speed=side) for side in (-1.0, 1.0)] * 50
    worn = [row(last_Heat=3.0, last_Speed=2.0)] * 10  # deviations 9 and 4
    features = np.append(np.array([*healthy, *worn]), np.zeros((110, 2)), axis=1)
    importances = row(last_Heat=0.2, last_Speed=0.45)  # evidence 1.8 and 1.8 of the fault
    usual = explain.fit(
        features.astype(np.float32),
        np.array([0] * 100 + [1] * 10),
        importances=np.append(importances, [0.1, 0.25]),
    )
    assert (usual.low[at("last", "Heat")], usual.high[at("last", "Heat")]) == (-1.0, 1.0)
    assert usual.weights.shape == (2, WIDTH)
    assert usual.weights[1][at("last", "Heat")] == pytest.approx(0.5)
    assert usual.weights[1][at("last", "Speed")] == pytest.approx(0.5)
    # Of the healthy class both deviate by 1: there the forest alone decides.
    assert usual.weights[0][at("last", "Heat")] == pytest.approx(0.2 / 0.65)
    assert usual.weights.sum(axis=1) == pytest.approx([1.0, 1.0])


def test_how_long_values_usually_stand_tells_sensors_apart_and_no_conditions() -> None:
    healthy = [row(usual_Heat=side, last_Heat=side) for side in (-1.0, 1.0)] * 50
    features = np.array([*healthy, *[row(usual_Heat=9.0, last_Heat=2.0)] * 10])
    usual = explain.fit(
        features.astype(np.float32),
        np.array([0] * 100 + [1] * 10),
        importances=np.full(WIDTH, 1.0 / WIDTH),
    )
    assert usual.weights[1][at("usual", "Heat")] == 0.0
    assert usual.weights[1][at("last", "Heat")] == pytest.approx(1.0)


# ---------------------------------------------------------------- what is said


def test_a_share_is_deviation_times_weight_of_all_there_is() -> None:
    # Heat 4 x 0.5 = 2, and 9 x 0.2 = 1.8 of its scatter; Speed 4 x 0.3 = 1.2: of 5 in all.
    window = seen(last_Heat=-2.0, std_Heat=3.0, last_Speed=2.0)
    found = reasons(window, last_Heat=0.5, std_Heat=0.2, last_Speed=0.3)
    assert list(shares(found).items()) == [("heat", 0.76), ("speed", 0.24)]
    assert found[1] is None, "it is of the machine, not of one channel"
    texts = [reason.text for reason in found[0]]
    assert texts[0] == "heat is -2.00 V; in healthy machines -1.00 to 1.00 V", (
        "the stronger of the two"
    )
    assert texts[1] == "speed is 2.00 V; in healthy machines -1.00 to 1.00 V"


def test_what_the_class_is_not_known_by_is_no_reason() -> None:
    found = reasons(seen(last_Heat=2.0, last_Speed=9.0), last_Heat=1.0)
    assert shares(found) == {"heat": 1.0}


def test_unknown_is_not_known_by_anything_so_all_counts_alike() -> None:
    window = seen(last_Heat=2.0, last_Speed=4.0)
    assert shares(reasons(window, chosen=UNKNOWN, last_Heat=1.0)) == {"speed": 0.8, "heat": 0.2}


def test_a_share_below_a_twentieth_is_not_worth_a_sentence() -> None:
    window = seen(last_Heat=1.0, last_Speed=1.0)
    kept = reasons(window, last_Heat=19 / 32, last_Speed=1 / 32)
    assert shares(kept) == {"heat": 0.95, "speed": 0.05}
    left = reasons(window, last_Heat=20 / 32, last_Speed=1 / 32)
    assert shares(left) == {"heat": 0.95}


def test_at_most_three_reasons_are_given_the_strongest_first() -> None:
    window = seen(last_Heat=2.0, last_Speed=3.0, last_CO2=4.0, last_Hum=5.0)
    found = reasons(window, last_Heat=0.25, last_Speed=0.25, last_CO2=0.25, last_Hum=0.25)
    assert [reason.channel for reason in found[0]] == ["hum", "co2", "speed"]


def test_a_healthy_window_has_no_reason() -> None:
    assert reasons(seen(last_Heat=9.0), chosen=0, last_Heat=1.0) == ([], None)


@pytest.mark.parametrize(
    ("statistic", "text"),
    [
        ("last", "CO2 is 5.00 V; in healthy machines -1.00 to 1.00 V"),
        ("mean", "CO2 averages 5.00 V; in healthy machines -1.00 to 1.00 V"),
        ("std", "CO2 scatters by 5.000 V; in healthy machines -1.000 to 1.000 V"),
        ("min", "CO2 drops to 5.00 V; in healthy machines -1.00 to 1.00 V"),
        ("max", "CO2 peaks at 5.00 V; in healthy machines -1.00 to 1.00 V"),
        ("range", "CO2 swings over 5.000 V; in healthy machines -1.000 to 1.000 V"),
        ("slope", "CO2 changes by +5.000 V a second; in healthy machines -1.000 to 1.000"),
    ],
)
def test_each_statistic_has_its_sentence(statistic: str, text: str) -> None:
    weights: dict[str, Any] = {f"{statistic}_CO2": 1.0}
    assert reasons(5 * seen(**weights), **weights)[0][0].text == text


@pytest.mark.parametrize(
    ("held_s", "usual_s", "text"),
    [
        (2.84, 0.0, "heat has shown 7.00 V for 2.8 s"),
        (2.84, 0.21, "heat has shown 7.00 V for 2.8 s, and each value before for 0.2 s"),
        (61.7, 0.21, "heat has shown 7.00 V for 62 s, and each value before for 0.2 s"),
    ],
)
def test_a_fault_that_is_told_by_repeats_is_of_the_channel_whose_repeat_surprises_most(
    held_s: float, usual_s: float, text: str
) -> None:
    window = seen(
        last_Heat=7.0, held_Heat=held_s, usual_Heat=usual_s, surprise_Heat=6.0, surprise_Speed=2.0,
        last_Speed=10.0,
    )  # fmt: skip
    found = reasons(window, surprise_Heat=0.3, held_Speed=0.3, last_Speed=0.4)
    assert found[1] == "heat"
    assert list(shares(found).items()) == [("heat", 0.75), ("speed", 0.25)]
    assert found[0][0].text == text


def test_a_fault_that_is_only_half_told_by_repeats_is_of_no_channel() -> None:
    _, channel = reasons(seen(surprise_Heat=6.0), surprise_Heat=0.5, last_Heat=0.5)
    assert channel is None


def test_of_a_type_with_states_only_what_is_unusual_is_a_reason() -> None:
    known_by = np.ones((2, WIDTH + 1)) / (WIDTH + 1)
    usual = Usual(low=np.full(WIDTH + 1, -1.0), high=np.full(WIDTH + 1, 1.0), weights=known_by)
    explainer = Explainer(
        usual,
        channels=channels(),
        others=[Feature("state", "share", "idle")],
        titles={"state": "State", "idle": "Idle"},
    )
    odd = np.append(row(last_Heat=1.0, held_Speed=9.0), [3.0, 15.0, 0.2])[np.newaxis]
    ((reasons_, _),) = explainer.reasons(odd.astype(np.float32), np.array([ONE]))
    assert [reason.channel for reason in reasons_] == ["state"]
    assert reasons_[0].text == "state is idle 300% of the time; in healthy machines -100% to 100%"
    plain = np.append(row(last_Heat=1.0), [1.0, 15.0, 0.2])[np.newaxis]
    assert explainer.reasons(plain.astype(np.float32), np.array([ONE])) == [([], None)]
