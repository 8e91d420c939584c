"""``train --life`` and ``evaluate --life`` as their users call them."""

from pathlib import Path

import pytest

from inference.__main__ import main
from tests.inference.prognosis import wearing

QUICK = ["--quick", "--seed", "3"]


def said(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    return " ".join((shown.out + shown.err).split())


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGETWIN_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.delenv("EDGETWIN_DATA", raising=False)
    return tmp_path / "var"


def test_a_csv_becomes_a_model_with_a_card(
    tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wearing.written(tmp_path / "presses.csv", wearing.lives(20))
    arguments = ["train", "--life", str(path), "--asset", "press", "--conditions", "load", *QUICK]
    assert main([*arguments, "--time-unit", "days", "--horizon", "60"]) == 0
    shown = said(capsys)
    for text in ("press-life-", "20 machines", "RMSE, days", "mean life less age", "80% hold"):
        assert text in shown, shown
    card = (data_dir / "models" / "press" / "life" / "MODEL_CARD.md").read_text()
    for text in (
        "Told what to do by: load",
        "never move: fixed",
        "What to beware of",
        "two standard",
    ):
        assert text in card, card


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["train", "--life", "none.csv"], "name it with --asset"),
        (["train", "--life", "none.csv", "--asset", "../x"], "no name of a type of machine"),
        (["train", "--life", "none.csv", "--asset", "press"], "none.csv cannot be read"),
        (["train", "--life", "--asset", "fan"], "Nothing wears in a virtual fan"),
        (["train", "--life", "--asset", "lathe"], "There is no asset type 'lathe'"),
        (["train", "--life", "x", "--csv", "y", "--asset", "fan"], "--life and --csv"),
        (["train", "--life", "x", "--format", "cmapss", "--asset", "fan"], "x cannot be read"),
        (["train", "--horizon", "5"], "--horizon is of remaining life"),
        (["train", "--life", "--conditions", "a", "--asset", "pump"], "here they are known"),
        (["evaluate", "--life"], "EDGETWIN_DATA"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert text in said(capsys)


def test_a_column_that_the_type_has_not_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wearing.written(tmp_path / "lives.csv", wearing.lives(3))
    assert main(["train", "--life", str(path), "--asset", "pump"]) == 1
    assert "has no column of the type's channels, which are vibration_motor" in said(capsys)


@pytest.mark.slow
def test_turbofans_are_judged_by_their_protocol(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Made-up ones; the figures of NASA's are in docs/prognosis.md, with the command."""
    assert main(["evaluate", "--life", "--data", str(tmp_path), "--machines", "0"]) == 1
    assert "cmapss is missing. It is public" in said(capsys)
    wearing.turbofans(tmp_path / "cmapss", count=20)
    assert main(["evaluate", "--life", "--data", str(tmp_path), "--machines", "0", "--quick"]) == 0
    shown = said(capsys)
    for text in ("C-MAPSS FD009: the last cycle of 20 engines", "mean life less age", "ensemble"):
        assert text in shown, shown


@pytest.mark.slow
def test_virtual_machines_that_wear_out_are_learned_from(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--life", "--asset", "pump", *QUICK]) == 0
    assert "Nothing of it was ever measured" in said(capsys)
    assert (data_dir / "models" / "pump" / "life" / "manifest.json").exists()
