from pathlib import Path

import pandas as pd
import pytest

from contract.assets.words import Asset
from inference.errors import BadDataset
from inference.runs.recording import recorded

ROW = {"epoch": "9f2c41aa-1", "temperature": 41.0, "rpm": 1200, "current": 1.0, "vibration": 0.8}


def table(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([{"seq": 1, "diagnosis": "", **ROW, **row} for row in rows])


def write(tmp_path: Path, frame: pd.DataFrame) -> Path:
    path = tmp_path / "export.csv"
    frame.to_csv(path, index=False)
    return path


GOOD = table(
    {"device": "fan-01", "time_ms": 400, "truth": "overcurrent", "temperature": 42.0},
    {"device": "fan-01", "time_ms": 200, "truth": "normal"},
    {"device": "fan-01", "time_ms": 600, "truth": None},
    {"device": "fan-01", "time_ms": 800, "truth": "normal", "rpm": None},
    {"device": "fan-02", "time_ms": 200, "truth": "stuck_sensor"},
)


def test_rows_become_runs_in_order_without_the_unlabelled(tmp_path: Path, fan: Asset) -> None:
    runs, classes = recorded(write(tmp_path, GOOD), asset=fan)
    assert classes == ("normal", "overcurrent", "stuck_sensor")
    assert [run.truth.tolist() for run in runs] == [[0, 1], [2]]
    assert runs[0].time_ms.tolist() == [200, 400]
    assert runs[0].rows.tolist() == [[41, 1200, 1, 0.8], [42, 1200, 1, 0.8]]


def test_units_in_the_header_change_nothing(tmp_path: Path, fan: Asset) -> None:
    units = {"temperature": "temperature [°C]", "rpm": "rpm [rpm]", "current": "current [A]"}
    named = GOOD.rename(columns=units).assign(time="2025-11-20T09:00:00.000Z", power_w=12.0)
    runs, _ = recorded(write(tmp_path, named), asset=fan)
    plain, _ = recorded(write(tmp_path, GOOD), asset=fan)
    assert [run.rows.tolist() for run in runs] == [run.rows.tolist() for run in plain]


@pytest.mark.parametrize(("devices", "groups"), [(2, 4), (5, 5)])
def test_few_devices_are_divided_by_run(
    devices: int, groups: int, tmp_path: Path, fan: Asset
) -> None:
    rows = [
        {"device": f"fan-{index}", "epoch": epoch, "time_ms": 1, "truth": truth}
        for index in range(devices)
        for epoch, truth in (("a-1", "normal"), ("a-2", "overcurrent"))
    ]
    runs, _ = recorded(write(tmp_path, table(*rows)), asset=fan)
    assert len({run.group for run in runs}) == groups


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (GOOD.drop(columns=["truth"]), r"lacks the column\(s\) truth"),
        (GOOD.drop(columns=["rpm", "device"]), r"lacks the column\(s\) device, rpm"),
        (GOOD.replace({"truth": {"overcurrent": "exploded"}}), "truth names 'exploded'"),
        (GOOD[GOOD["truth"] == "normal"], "at least one fault"),
    ],
)
def test_what_cannot_be_learned_from_is_named(
    frame: pd.DataFrame, text: str, tmp_path: Path, fan: Asset
) -> None:
    with pytest.raises(BadDataset, match=text):
        recorded(write(tmp_path, frame), asset=fan)


def test_a_file_that_is_not_there_is_named(tmp_path: Path, fan: Asset) -> None:
    with pytest.raises(BadDataset, match=r"none\.csv cannot be read"):
        recorded(tmp_path / "none.csv", asset=fan)
