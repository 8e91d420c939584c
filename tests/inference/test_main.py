import socket
from pathlib import Path

import pytest

from inference.__main__ import main
from inference.backtest import train_command
from inference.classifier import refusals
from inference.classifier.manifest import MANIFEST
from inference.errors import BadRequest, InferenceError
from inference.runs.verdict_rows import COLUMNS, TABLE
from inference.settings import Settings
from inference.training.gate import POOR_MODEL, Bars
from inference.training.recipe import recipe
from inference.training.train import Material


@pytest.mark.parametrize(
    "arguments",
    [[], ["train"], ["trial"], ["serve"], ["backtest"], ["take"], ["models"], ["put-back"]],
)
def test_help_is_there_for_each_command(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--help"])
    assert ended.value.code == 0
    assert "usage: python -m inference" in capsys.readouterr().out


@pytest.mark.slow
def test_a_quick_training_prints_the_classification_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGETWIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["train", "--asset", "fan", "--quick", "--seed", "5"]) == 0
    shown = capsys.readouterr().out
    for text in ("precision", "recall", "stuck_sensor", "macro", "healthy machines", "flatters"):
        assert text in shown
    assert (tmp_path / "models" / "fan" / MANIFEST).exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["train", "--asset", "lathe"], "There is no asset type 'lathe'"),
        (["train", "--csv", "none.csv"], "name it with --asset"),
        (["train", "--asset", "fan", "--csv", "none.csv"], "none.csv cannot be read"),
        (["train", "--asset", "fan", "--out", "/dev/null/fan"], "/dev/null is no directory."),
        (["train", "--normal-only", "--csv", "/"], "/ cannot be read"),
        (["trial", "--asset", "lathe"], "There is no asset type 'lathe'"),
        (["trial"], "There is no model in"),
        (["models"], "There is no model in"),
        (["put-back", "--asset", "fan"], "No model of fan is kept from before the present one"),
        (["backtest", "--asset", "fan"], "There is no model for 'fan' in"),
        (["take", "--asset", "fan", "none"], "There is no model for 'fan' in none"),
        (["evaluate", "--data", "none"], "none is no folder"),
        (
            ["train", "--asset", "fan", "--quick", "--verdicts", "none"],
            "There is no none/verdicts.csv",
        ),
    ],
)
def test_what_cannot_be_trained_or_tried_is_said(
    arguments: list[str],
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EDGETWIN_DATA_DIR", str(tmp_path))
    assert main(arguments) == 1
    assert text in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["train", "--asset", "fan", "--seed", "-1"], "--seed: it must be a whole number from 0"),
        (["train", "--life", "--horizon", "-5"], "--horizon: it must be a number above 0"),
        (["evaluate", "--trend", "--machines", "-3"], "--machines: it must be a whole number of 0"),
        (["evaluate", "--trend", "--hours", "nan"], "--hours: it must be a number above 0"),
        (["simulate", "--asset", "fan", "--device", "a b"], "--device: it must be letters"),
        (["simulate", "--asset", "fan", "--device", ""], "--device: it must be letters"),
    ],
)
def test_what_no_option_can_be_is_refused_before_anything_is_done(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert text in " ".join(capsys.readouterr().err.split())


def test_a_busy_port_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("EDGETWIN_HOST", "127.0.0.1")
        monkeypatch.setenv("EDGETWIN_INFERENCE_PORT", str(port))
        monkeypatch.setenv("EDGETWIN_DATA_DIR", str(tmp_path))
        assert main(["serve"]) == 1
    shown = " ".join(capsys.readouterr().err.split())
    assert f"127.0.0.1:{port}: another program uses it" in shown
    assert "EDGETWIN_INFERENCE_PORT" in shown


def test_a_bad_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGETWIN_INFERENCE_PORT", "99999")
    assert main(["serve"]) == 1
    assert "EDGETWIN_INFERENCE_PORT" in capsys.readouterr().err


def test_every_error_descends_from_the_base() -> None:
    import inference.errors as errors  # noqa: PLC0415, PLR0402

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(issubclass(kind, InferenceError) for kind in kinds)
    assert BadRequest in kinds


@pytest.mark.slow
def test_a_poor_model_is_not_published_and_the_one_before_stays(
    own_models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGETWIN_DATA_DIR", str(own_models.parent))
    before = (own_models / "fan" / MANIFEST).read_bytes()
    assert main(["train", "--asset", "fan", "--quick", "--least-f1", "0.9999"]) == POOR_MODEL
    shown = " ".join(capsys.readouterr().err.split())
    assert "The new model of fan is not published: its macro-F1 is 0.9" in shown
    assert "below 0.9999" in shown
    assert (own_models / "fan" / MANIFEST).read_bytes() == before


@pytest.mark.slow
def test_why_it_is_not_published_stays_with_what_it_was_made_from(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGETWIN_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("inference.training.train.simulate", lambda *_, **__: material)
    assert main(["train", "--asset", "fan", "--least-f1", "0.9999"]) == POOR_MODEL
    refusal = refusals.read(tmp_path / "models" / "fan")
    assert refusal is not None
    assert "below 0.9999" in refusal.sentence
    assert refusal.recipe == recipe(bars=Bars(macro_f1=0.9999)) != recipe()


@pytest.mark.slow
def test_false_alarms_count_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGETWIN_DATA_DIR", str(tmp_path))
    assert main(["train", "--asset", "fan", "--quick", "--most-false-alarms", "-1"]) == POOR_MODEL
    assert "false alarms an hour of a healthy machine, above -1" in " ".join(
        capsys.readouterr().err.split()
    )
    assert not (tmp_path / "models").exists()


def test_data_that_no_library_can_work_with_ends_in_a_sentence(
    material: Material,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("Input X contains infinity or a value too large for dtype('float32')")

    monkeypatch.setenv("EDGETWIN_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("inference.training.train.simulate", lambda *_, **__: material)
    monkeypatch.setattr("inference.training.forest.grow", refuse)
    assert main(["train", "--quick"]) == 1
    shown = " ".join(capsys.readouterr().err.split())
    assert "No model of fan can be learned from these readings: Input X contains" in shown
    assert not (tmp_path / "models").exists()


def test_a_folder_of_verdicts_that_nobody_named_stops_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGETWIN_DATA_DIR", str(tmp_path))
    folder = tmp_path / "verdicts"
    assert train_command.verdicts_of(None, Settings()) is None
    folder.mkdir()
    (folder / TABLE).write_text("alarm_id,verdict\n")
    assert train_command.verdicts_of(None, Settings()) is None
    said = " ".join(capsys.readouterr().err.split())
    assert "line 1: lacks the column(s) device_id" in said
    assert said.endswith("It goes on without.")
    assert train_command.verdicts_of(folder, Settings()) == folder, (
        "who names it reads what is wrong"
    )
    (folder / TABLE).write_text(",".join(COLUMNS) + "\n")
    assert train_command.verdicts_of(None, Settings()) == folder
