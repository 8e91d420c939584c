"""``python -m inference simulate``: CSV out, that a training takes, and sentences for mistakes."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from contract import assets
from inference.__main__ import main
from inference.windows.inputs import inputs_of

HALF = ["simulate", "--asset", "dispenser", "--hours", "0.5", "--seed", "7"]


def test_readings_are_written_as_the_gateway_exports_them_and_figures_beside(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    events = tmp_path / "events.csv"
    told = ["--input", "users=200", "--fault", "leak@0.25", "--events", str(events)]
    assert main([*HALF, *told]) == 0
    shown = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(shown.out)))
    assert len(rows) == 1801
    assert {row["truth"] for row in rows} == {"normal", "leak"}
    assert {row["device"] for row in rows} == {"dispenser-7"}
    assert "hot_temperature [°C]" in rows[0]
    assert "litres [L]" in rows[0]
    assert "Energy" in shown.err
    assert "Leak" in shown.err
    happened = list(csv.DictReader(io.StringIO(events.read_text(encoding="utf-8"))))
    assert len(happened) > 10


def test_a_training_takes_them(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from inference.runs.recording import recorded  # noqa: PLC0415  (with scikit-learn)

    file = tmp_path / "fans.csv"
    texts = []
    for seed in ("1", "2", "3"):
        faults = ["overcurrent@0.02", "thermal_drift@0.06"]
        options = [word for fault in faults for word in ("--fault", fault)]
        assert main(["simulate", "--asset", "fan", "--hours", "0.1", "--seed", seed, *options]) == 0
        texts.append(capsys.readouterr().out)
    file.write_text(texts[0] + "".join(text.partition("\n")[2] for text in texts[1:]))
    fan = assets.get("fan")
    assert len(pd.read_csv(file)) == 3 * 361
    runs, classes = recorded(file, asset=fan)
    assert len({run.group for run in runs}) == 3
    assert classes == ("normal", "overcurrent", "thermal_drift")
    assert all(run.rows.shape[1] == len(inputs_of(fan).channel_names) for run in runs)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--input", "users"], "--input is 'users'; write it as NAME=VALUE."),
        (["--input", "users=many"], "users is 'many'; it must be 0 to 500."),
        (["--input", "users=nan"], "inputs.users"),
        (["--hours", "0"], "hours: it must be above 0."),
        (["--hours", "nan"], "hours: it must be a number, and not an endless one."),
        (["--fault", "leak@soon"], "--fault is 'leak@soon'; write it as NAME@HOURS."),
        (["--param", "tariff=2"], "'tariff' is no parameter of a dispenser"),
        (["--events", "/"], "/ cannot be read or written: Is a directory."),
        (["--events", "/none/x.csv"], "/none/x.csv cannot be read or written: No such file"),
        (["--interval", "1000"], "interval_s: it may be at most 60."),
    ],
)
def test_a_mistake_is_a_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*HALF, *words]) == 1
    shown = capsys.readouterr()
    assert said in " ".join(shown.err.split())
    assert shown.out == ""
