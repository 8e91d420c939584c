"""What the fan's model must reach, trained as `make up` trains it."""

import dataclasses
import functools
from pathlib import Path

import numpy as np
import pytest

from contract import assets
from contract.assets.words import Asset
from firmware.models.fan import Machine
from inference.classifier.model import Model, load
from inference.runs import virtual
from inference.runs.dataset import Run
from inference.runs.seen import STICKING, driver_periods_s
from inference.runs.virtual import Plan, faulty_run, healthy_run
from inference.training import driven, train
from inference.training.evaluation import Evaluation
from inference.training.forest import Shape
from tests.inference import boards

PERIODS_S = driver_periods_s(assets.get("fan"))

pytestmark = pytest.mark.slow  # trains as `make up` does


@pytest.fixture(scope="module")
def trained_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fan")


@pytest.fixture(scope="module")
def evaluation(fan: Asset, trained_dir: Path) -> Evaluation:
    def on_step(_stage: str, _done: int, _total: int) -> None:
        pass

    material = train.simulate(fan, plan=Plan(), seed=1, on_step=on_step)
    return train.train(
        fan, material, directory=trained_dir, seed=1, shape=Shape(), on_step=on_step
    ).evaluation


def test_machines_never_seen_are_diagnosed_onset_included(evaluation: Evaluation) -> None:
    assert evaluation.machines >= 30
    assert evaluation.with_onset.macro_f1 >= 0.97
    assert min(one.f1 for one in evaluation.with_onset.classes.values()) >= 0.9


def test_every_fault_is_found_within_seconds(evaluation: Evaluation) -> None:
    for delay in evaluation.delay.values():
        assert delay.missed == 0
        assert delay.p95_s is not None
        assert delay.p95_s <= 8  # a channel that repeats itself by nature takes longer to doubt
    assert all(one.median_s is not None and one.median_s <= 2 for one in evaluation.delay.values())


def test_unknown_is_kept_for_what_is_unknown(evaluation: Evaluation) -> None:
    assert evaluation.unknown.false_share < 0.01
    assert evaluation.unknown.false_share_single < 0.01
    assert evaluation.unknown.rubbish_found > 0.99
    assert evaluation.unknown.rubbish_found_single > 0.99


def test_healthy_machines_rarely_raise_a_steady_false_alarm(evaluation: Evaluation) -> None:
    assert evaluation.false_alarms.steady_per_hour is not None
    assert evaluation.false_alarms.steady_per_hour < 10


# ---------------------------------------------------------------- seen through the boards' drivers


@pytest.fixture(scope="module")
def model(evaluation: Evaluation, trained_dir: Path, fan: Asset) -> Model:
    assert evaluation.machines
    return load(trained_dir, asset=fan)


@pytest.mark.parametrize("period_s", PERIODS_S)
def test_a_healthy_fan_on_the_boards_drivers_raises_no_alarm(
    model: Model, fan: Asset, period_s: float
) -> None:
    hours = 1.0 if period_s >= 1 else 0.25
    for seed in range(8_000_000, 8_000_004):
        run = healthy_run(fan, seed=seed, period_s=period_s, duration_s=3600 * hours)
        found = driven.judge(model, run)
        assert found.raised == [], f"machine {seed}"
        assert (found.told != 0).mean() < 0.01


@pytest.mark.parametrize("period_s", PERIODS_S)
def test_faults_are_found_through_the_boards_drivers(
    model: Model, fan: Asset, period_s: float
) -> None:
    runs = [faulty_run(fan, seed=seed, period_s=period_s) for seed in range(9_000_000, 9_000_004)]
    [found] = driven.evaluate(model, runs)
    assert found.macro_f1 is not None
    assert found.macro_f1 >= 0.9
    for name, fault in found.faults.items():
        assert fault.named >= 0.75 * fault.spells, name


# ---------------------------------------------------------------- the drivers themselves, on chips

BOARDS = (
    ("ds18b20", "tachometer", "ina219", "mpu6050"),
    ("ntc", "tachometer", "acs712", "adxl345"),
)
FAN = assets.get("fan")
FAULTS = ("overcurrent", "thermal_drift", "vibration_spikes")  # of the machine, not of a sensor
STUCK = virtual.classes(FAN).index(STICKING)
BOTH = pytest.mark.parametrize("board", BOARDS, ids="-".join)
RATES = pytest.mark.parametrize("period_s", PERIODS_S)


@functools.lru_cache(maxsize=2)
def on_board(
    board: tuple[str, ...], period_s: float, spells: tuple[tuple[str, float], ...], *, seed: int
) -> Run:
    """A fan behind a board; ``spells`` are faults, or normal, and for how many seconds."""
    machine, true, truth = Machine(seed), [], []
    classes = virtual.classes(FAN)
    for fault, lasting_s in spells:
        if fault in FAULTS:
            machine.inject(fault)
        for _ in range(round(lasting_s / period_s)):
            machine.step(period_s)
            true.append([machine.true_values[channel.name] for channel in FAN.required])
            truth.append(classes.index(machine.truth))
    time_s = np.arange(len(true), dtype=np.float64) * period_s
    rng = np.random.default_rng(seed)
    columns = [
        boards.seen(driver, time_s, np.array(true)[:, at], rng) for at, driver in enumerate(board)
    ]
    rows = np.stack(columns, axis=1)
    whole = np.logical_not(np.isnan(rows).any(axis=1))  # at the start sensors settle
    return Run(
        group=f"fan-{seed}",
        time_ms=np.rint(1000.0 * time_s).astype(np.int64)[whole],
        rows=rows[whole],
        truth=np.array(truth, dtype=np.intp)[whole],
        intensity=np.ones(int(whole.sum())),
    )


def lasting_s(period_s: float) -> float:
    return 100.0 + 25.0 * period_s


def test_the_boards_have_every_driver_that_their_guide_names() -> None:
    channels = [channel.name for channel in FAN.required]
    built = {driver: channels[at] for board in BOARDS for at, driver in enumerate(board)}
    of_a_fan = {driver: name for driver, name in boards.named().items() if name in channels}
    assert built == of_a_fan


@BOTH
@RATES
def test_a_healthy_fan_on_a_board_is_normal(
    model: Model, board: tuple[str, ...], period_s: float
) -> None:
    run = on_board(board, period_s, (("normal", 600.0 + 300.0 * period_s),), seed=7_000_001)
    found = driven.judge(model, run)
    assert found.raised == []
    assert (found.told != 0).mean() < 0.05


@BOTH
@RATES
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_on_a_board_is_named_and_alarmed(
    model: Model, board: tuple[str, ...], period_s: float, fault: str
) -> None:
    spells = (("normal", 120.0 + 25.0 * period_s), (fault, lasting_s(period_s)))
    run = on_board(board, period_s, spells, seed=7_000_002)
    [found] = driven.evaluate(model, [run])
    assert found.faults[fault].named == found.faults[fault].spells == 1
    assert found.faults[fault].alarmed == 1


@BOTH
@RATES
def test_a_stuck_sensor_of_a_board_is_found_and_named(
    model: Model, board: tuple[str, ...], period_s: float
) -> None:
    before_s, stuck_s = 200.0 + 60.0 * period_s, 3.0 * lasting_s(period_s)
    healthy = on_board(board, period_s, (("normal", before_s + stuck_s),), seed=7_000_003)
    stuck = np.flatnonzero(healthy.time_ms >= 1000.0 * before_s)
    for at, channel in enumerate(FAN.required):
        rows = healthy.rows.copy()
        rows[stuck, at] = rows[stuck[0] - 1, at]
        run = dataclasses.replace(healthy, rows=rows)
        raised = [index for index, label in driven.judge(model, run).raised if label == STUCK]
        assert raised, f"no alarm: {board[at]}"
        assert raised[0] >= stuck[0]
        end = np.array(raised[:1])
        windows = run.windows(run.window_starts(end, asset=FAN), end, remembered=True)
        assert model.predict(windows)[0].channel == channel.name
