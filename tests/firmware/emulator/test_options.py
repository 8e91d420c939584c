"""The command line: what it defaults to and how it refuses."""

from pathlib import Path

import pytest

from firmware.emulator.options import parse
from firmware.models import fan


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DEVICES", "RATE_HZ", "FAULTS", "SEED", "HOST", "SITE", "BROKER_PORT", "DATA_DIR"):
        monkeypatch.delenv(f"EDGETWIN_{name}", raising=False)


def test_defaults_are_those_of_the_contract() -> None:
    options = parse([])
    assert (options.asset, options.devices, options.rate_hz) == ("fan", 4, 5.0)
    assert (options.site, options.host, options.port) == ("workshop", "127.0.0.1", 1883)
    assert options.plan.kind == "random"
    assert options.device_ids() == ["fan-01", "fan-02", "fan-03", "fan-04"]


def test_dotenv_gives_way_to_the_environment_and_that_to_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("EDGETWIN_SITE=lab\nEDGETWIN_SEED=5\nEDGETWIN_DEVICES=6\n")
    monkeypatch.setenv("EDGETWIN_SEED", "7")
    monkeypatch.setenv("EDGETWIN_DEVICES", "8")
    options = parse(["--devices", "9"])
    assert (options.site, options.seed, options.devices) == ("lab", 7, 9)


@pytest.mark.parametrize(("devices", "last"), [(9, "fan-09"), (99, "fan-99"), (200, "fan-200")])
def test_ids_are_as_wide_as_the_last(devices: int, last: str) -> None:
    ids = parse(["--devices", str(devices)]).device_ids()
    assert ids[-1] == last
    assert len({len(name) for name in ids}) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--asset", "dragon"], "no virtual machine of type dragon"),
        (["--devices", "0"], "--devices"),
        (["--rate", "1000"], "--rate"),
        (["--rate", "100.1"], "1/3600"),
        (["--rate", "1/3700"], "--rate"),
        (["--rate", "1/0"], "--rate"),
        (["--rate", "0"], "--rate"),
        (["--rate", "/5"], "--rate"),
        (["--rate", "nan"], "--rate"),
        (["--port", "70000"], "--port"),
        (["--site", "a/b"], "--site"),
        (["--site", ""], "--site"),
        (["--prefix", "a b"], "--prefix"),
        (["--prefix", "é"], "--prefix"),
        (["--faults", "dragon@3"], "overcurrent"),
        (["--faults", "overcurrent"], "NAME@SECONDS"),
        (["--faults", "overcurrent@soon"], "NAME@SECONDS"),
        (["--faults", "overcurrent@-1"], "NAME@SECONDS"),
        (["--faults", "overcurrent@inf"], "NAME@SECONDS"),
        (["--faults", ""], "NAME@SECONDS"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        parse(arguments)
    assert leaving.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "rate_hz"),
    [("1/3600", 1 / 3600), ("0.000278", 0.000278), ("1/5", 0.2), ("0.2", 0.2), ("100", 100.0)],
)
def test_a_rate_is_a_number_or_a_fraction(
    text: str, rate_hz: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert parse(["--rate", text]).rate_hz == pytest.approx(rate_hz)
    monkeypatch.setenv("EDGETWIN_RATE_HZ", text)
    assert parse([]).rate_hz == pytest.approx(rate_hz)


def test_without_a_rate_machines_are_read_as_their_type_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fan, "RATE_HZ", 2.0)
    assert parse([]).rate_hz == 2.0


def test_a_rate_in_the_environment_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGETWIN_RATE_HZ", "1/7200")
    with pytest.raises(SystemExit, match="EDGETWIN_RATE_HZ: must be 1/3600"):
        parse([])


def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGETWIN_BROKER_PORT", "many")
    with pytest.raises(SystemExit, match="EDGETWIN_BROKER_PORT"):
        parse([])


def test_a_prefix_names_another_fleet() -> None:
    assert parse(["--prefix", "hall", "--devices", "2"]).device_ids() == ["hall-01", "hall-02"]


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    text = capsys.readouterr().out
    for option in ("asset", "devices", "rate", "faults", "seed", "host", "port", "site", "audit"):
        assert f"--{option}" in text
