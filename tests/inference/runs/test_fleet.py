"""Many fans at once, held against the model of one; and their long trial, in short."""

import numpy as np
import pytest

from firmware.models import fan as fan_model
from firmware.models.noise import Noise
from inference.classifier.model import Model
from inference.runs import fleet
from inference.training import driven, trial
from inference.training.trial import text


def test_together_they_do_what_each_does_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = (5, 6, 7)
    together = fleet.Fans(
        [fan_model.Machine(seed) for seed in seeds],
        rng=np.random.default_rng(1),
        swing_c=np.zeros(len(seeds)),
    )
    alone = [fan_model.Machine(seed) for seed in seeds]
    monkeypatch.setattr(Noise, "normal", lambda _self, _sigma: 0.0)
    monkeypatch.setattr(fleet, "LOAD_SPREAD", 0.0)
    for set_point, dt_s in ((1200.0, 0.2), (700.0, 1.0), (1600.0, 0.1)):
        for machine in alone:
            machine.set_point(set_point)
        together.move(np.arange(len(seeds)), np.full(len(seeds), set_point))
        for true in together.advance(300, dt_s):
            for machine in alone:
                machine.step(dt_s)
            expected = [list(machine.true_values.values())[:4] for machine in alone]
            assert true == pytest.approx(np.array(expected), rel=1e-5)


def test_a_room_is_warmer_by_day_and_cooler_by_night() -> None:
    fans = fleet.Fans(
        [fan_model.Machine(5)], rng=np.random.default_rng(1), swing_c=np.array([20.0])
    )
    celsius = fans.advance(8640, 10.0)[:, 0, 0]
    assert 35.0 < np.ptp(celsius) < 55.0


@pytest.mark.slow
@pytest.mark.parametrize("period_s", [0.1, 0.2])
def test_a_glance_finds_what_a_long_look_finds(model: Model, period_s: float) -> None:
    """The quick model is wrong often enough for this."""
    rng = np.random.default_rng(3)
    runs = list(fleet.healthy_runs((1, 2, 3), period_s=period_s, duration_s=900, rng=rng))
    whole = [driven.judge(model, run) for run in runs]
    glanced = [driven.calm(model, run) for run in runs]
    assert sum(one.odd for one in glanced) == pytest.approx(
        sum(int((one.told != 0).sum()) for one in whole), rel=0.2
    )
    assert [len(one.raised) for one in glanced] == [len(one.raised) for one in whole]


def test_a_trial_counts_hours_false_alarms_and_delays(model: Model) -> None:
    hours: list[float] = []
    found = trial.held(model, periods_s=(5.0,), hours=12.0, faulty=1, seed=1, on_hours=hours.append)
    [one] = found
    assert one.healthy_hours == pytest.approx(sum(hours))
    assert one.healthy_hours >= 12.0
    assert one.faults["overcurrent"].alarmed == one.faults["overcurrent"].spells == 1
    assert one.at_most_a_week is not None
    assert one.false_alarms_a_week is not None
    assert one.at_most_a_week > one.false_alarms_a_week
    shown = text("fan-1", found, hours=12.0, seed=1)
    assert "| 5 s | overcurrent |" in shown.replace(f" {one.macro_f1:.3f} |", "")
    assert f"| 5 s | {one.healthy_hours:.1f} |" in shown
    assert one.by_driver["tachometer"] == (one.healthy_hours, sum(one.false_alarms.values()))
    temperature = [one.by_driver.get(driver, (0.0, 0))[0] for driver in ("ds18b20", "ntc")]
    assert sum(temperature) == pytest.approx(one.healthy_hours)
    assert f"| 5 s | tachometer | {one.healthy_hours:.1f} |" in shown


def test_the_bound_is_that_of_chance() -> None:
    """Three over the time for none (Hanley and Lippman-Hand 1983), 4.74 for one."""
    none = driven.Driven(
        period_s=1.0,
        machines=1,
        macro_f1=None,
        faults={},
        healthy_hours=168.0,
        odd_share=0.0,
        false_alarms={},
    )
    assert none.at_most_a_week == pytest.approx(3.0, abs=0.01)
    assert none.false_alarms_a_week == 0.0
