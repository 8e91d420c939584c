"""The protocols' arithmetic, and the command where recordings are missing."""

from pathlib import Path

import numpy as np
import pytest

from contract.assets import get
from firmware import models
from inference.__main__ import main
from inference.benchmark.healthy import kept
from inference.benchmark.recordings import nab, skab
from inference.benchmark.scores import episodes, rates, windows_found
from inference.benchmark.trials import BASELINE, skab_rates
from inference.errors import BadDataset


def test_rates_are_those_of_the_rows() -> None:
    alarms = np.array([1, 1, 0, 0, 1], bool)
    wrong = np.array([1, 0, 1, 0, 1], bool)
    found = rates(alarms, wrong)
    assert found.f1 == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert found.false_alarms == pytest.approx(1 / 2)
    assert found.missed == pytest.approx(1 / 3)


def test_an_alarm_at_the_beginning_of_a_window_earns_all_and_a_missed_one_costs_all() -> None:
    times_s = np.arange(1_000.0)
    windows = [(100.0, 199.0), (500.0, 599.0)]
    raised = np.zeros(1_000, bool)
    assert windows_found(raised, times_s, windows, first=0).score == 0.0
    raised[[100, 500]] = True
    found = windows_found(raised, times_s, windows, first=0)
    assert (round(found.score, 6), found.found, found.episodes) == (100.0, 2, 1)
    raised[900] = True  # far behind a window
    assert windows_found(raised, times_s, windows, first=0).score == pytest.approx(97.26, abs=0.1)


def test_alarms_within_twelve_hours_are_one_episode() -> None:
    assert episodes(np.array([0.0, 3_600.0, 50_000.0])) == 2
    assert episodes(np.array([])) == 0


@pytest.mark.parametrize("read", [skab, nab])
def test_a_missing_recording_is_said_with_how_to_get_it(read: object, tmp_path: Path) -> None:
    with pytest.raises(BadDataset, match=r"is missing\. It is public: get it from github\.com"):
        read(tmp_path)  # type: ignore[operator]


def test_a_folder_of_the_same_kind_is_judged(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    lines = ["datetime;Current;Flow;anomaly;changepoint"]
    for at in range(800):
        wrong = 500 <= at < 700
        a, b = random.normal() + 8 * wrong, random.normal()
        lines.append(f"2020-03-01 15:{at // 60:02d}:{at % 60:02d};{a};{b};{float(wrong)};0.0")
    (tmp_path / "skab" / "other").mkdir(parents=True)
    (tmp_path / "skab" / "other" / "1.csv").write_text("\n".join(lines))
    found = skab_rates(skab(tmp_path), BASELINE)
    assert found.f1 > 0.9, found
    assert found.false_alarms < 0.15


def test_the_command_says_what_it_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDGETWIN_DATA", raising=False)
    assert main(["evaluate"]) == 1
    assert "EDGETWIN_DATA" in capsys.readouterr().err
    assert main(["evaluate", "--data", str(tmp_path), "--machines", "0"]) == 1
    assert "is missing" in capsys.readouterr().out
    assert main(["evaluate", "--data", str(tmp_path), "--hours", "4"]) == 1
    assert "Machines are judged after 4 h" in capsys.readouterr().err


def test_what_is_normal_is_learned_from_a_recording_without_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "press.csv", tmp_path / "models"
    rows = np.random.default_rng(4).normal(size=(300, 2))
    path.write_text(
        "time_ms,rpm [rpm],oil\n" + "\n".join(f"{i},{a},{b}" for i, (a, b) in enumerate(rows))
    )
    assert main(["train", "--csv", str(path), "--normal-only", "--out", str(out)]) == 0
    assert (out / "normal.json").exists()
    assert "2 channels (rpm, oil)" in capsys.readouterr().err
    path.write_text("value\n" + "\n".join(str(a) for a, _ in rows))
    assert main(["train", "--csv", str(path), "--normal-only", "--out", str(out)]) == 0
    assert "1 channels (value)" in capsys.readouterr().err
    assert main(["train", "--normal-only"]) == 1
    path.write_text("name,kind\nx,y\n")
    assert main(["train", "--csv", str(path), "--normal-only", "--out", str(out)]) == 1
    assert "column of numbers to learn from" in capsys.readouterr().err


def test_machines_are_followed_while_healthy_and_through_each_fault() -> None:
    found = kept(get("fan"), machines=1, hours=4.5)
    assert found.machine_days == pytest.approx(0.5 / 24)
    assert found.false_alarms <= 1
    assert len(found.after_s) == len(models.module("fan").FAULTS)
    assert len(found.found_s) >= len(found.after_s) / 2
    assert found.usually_s is not None
    assert 0 < found.usually_s < 600
    with pytest.raises(BadDataset, match="judged after 4 h"):
        kept(get("fan"), machines=1, hours=1.0)
