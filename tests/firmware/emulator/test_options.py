"""The command line: what it defaults to and how it refuses."""

from pathlib import Path

import pytest

from firmware.emulator.__main__ import _sentence
from firmware.emulator.options import parse


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (
        "FLEET",
        "TIME_ZONE",
        "RATE_HZ",
        "FAULTS",
        "SEED",
        "HOST",
        "SITE",
        "BROKER_PORT",
        "DATA_DIR",
    ):
        monkeypatch.delenv(f"EDGETWIN_{name}", raising=False)


def test_defaults_are_those_of_the_contract() -> None:
    options = parse([])
    types = ["fan", "dispenser", "instrument", "machine_tool", "pump"]
    assert list(options.assets().values()) == [name for name in types for _ in range(2)]
    assert options.rate_hz is None
    assert (options.site, options.host, options.port) == ("workshop", "127.0.0.1", 1883)
    assert options.plan.kind == "random"
    assert options.device_ids()[:3] == ["fan-01", "fan-02", "dispenser-01"]


def test_dotenv_gives_way_to_the_environment_and_that_to_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("EDGETWIN_SITE=lab\nEDGETWIN_SEED=5\nEDGETWIN_FLEET=fan:6\n")
    monkeypatch.setenv("EDGETWIN_SEED", "7")
    monkeypatch.setenv("EDGETWIN_FLEET", "fan:8")
    assert len(parse([]).device_ids()) == 8
    options = parse(["--fleet", "fan:9"])
    assert (options.site, options.seed, len(options.device_ids())) == ("lab", 7, 9)


def test_a_fleet_is_of_several_types_each_at_its_own_rate() -> None:
    options = parse(["--fleet", "fan:3, dispenser:2"])
    assert options.assets() == {
        "fan-01": "fan",
        "fan-02": "fan",
        "fan-03": "fan",
        "dispenser-01": "dispenser",
        "dispenser-02": "dispenser",
    }
    assert options.rate_hz is None
    assert parse(["--fleet", "fan:1,dispenser:1", "--faults", "leak@3"]).plan.steps
    assert parse(["--asset", "dispenser", "--devices", "1"]).device_ids() == ["dispenser-01"]


def test_a_fleet_without_machines_is_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGETWIN_FLEET", "none")
    with pytest.raises(SystemExit):
        parse([])
    assert "EDGETWIN_FLEET=none" in capsys.readouterr().err


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
        (["--devices", "10001"], "--devices"),
        (["--fleet", "fan"], "TYPE:NUMBER"),
        (["--fleet", "fan:"], "TYPE:NUMBER"),
        (["--fleet", "fan:0"], "TYPE:NUMBER"),
        (["--fleet", "fan:-1"], "TYPE:NUMBER"),
        (["--fleet", "fan:1,"], "TYPE:NUMBER"),
        (["--fleet", "dragon:1"], "no virtual machine of type dragon"),
        (["--fleet", "noise:1"], "no virtual machine of type noise"),
        (["--fleet", "fan:1,fan:2"], "fan stands twice"),
        (["--fleet", "fan:9999,dispenser:9"], "more than 10000"),
        (["--fleet", "fan:1", "--devices", "3"], "leave out --devices"),
        (["--fleet", "fan:1", "--faults", "leak@3"], "overcurrent"),
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


def test_a_rate_in_the_environment_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGETWIN_RATE_HZ", "1/7200")
    with pytest.raises(SystemExit, match="EDGETWIN_RATE_HZ: must be 1/3600"):
        parse([])


def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGETWIN_BROKER_PORT", "many")
    with pytest.raises(SystemExit, match="EDGETWIN_BROKER_PORT"):
        parse([])


def test_who_says_no_type_gets_the_first_of_the_fleet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EDGETWIN_FLEET", "dispenser:1,fan:1")
    assert parse(["--devices", "1"]).assets() == {"dispenser-01": "dispenser"}
    monkeypatch.setenv("EDGETWIN_FLEET", "none")
    with pytest.raises(SystemExit):
        parse(["--devices", "1"])
    assert "say one with --asset" in capsys.readouterr().err


def test_a_prefix_names_another_fleet() -> None:
    assert parse(["--prefix", "hall", "--devices", "2"]).device_ids() == ["hall-01", "hall-02"]


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    text = capsys.readouterr().out
    for option in ("asset", "devices", "rate", "faults", "seed", "host", "port", "site", "audit"):
        assert f"--{option}" in text


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError) as failed:  # noqa: PT011 - its words are what is tested
        (tmp_path / "file" / "audit").mkdir(parents=True)
    assert _sentence(failed.value) == (
        f"{tmp_path}/file/audit cannot be read or written: Not a directory. Name another directory "
        "with --data-dir, or with --audit."
    )
    assert _sentence(OSError("No broker answers.")) == "No broker answers."
