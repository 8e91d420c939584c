"""``device add --asset`` and ``device type``: a person's word on what a machine is."""

import argparse
from pathlib import Path

import pytest

from contract.errors import NotFound, Refused
from gateway.accounts import commands
from gateway.registry import decisions
from tests.gateway.api.workshop import OwnSettings


def run(data_dir: Path, *words: str) -> None:
    parser = argparse.ArgumentParser()
    commands.add_arguments(parser.add_subparsers(dest="command"))
    commands.run(parser.parse_args(words), OwnSettings(data_dir=data_dir))


@pytest.mark.parametrize(
    "words",
    [
        ("device", "add", "mine", "--asset", "fan"),
        ("device", "add", "mine", "--asset", "fan", "--quiet"),
        ("device", "type", "fan", "mine"),
    ],
)
def test_the_type_is_left_for_the_gateway(tmp_path: Path, words: tuple[str, ...]) -> None:
    run(tmp_path, *words)
    left = decisions.left(tmp_path, "mine")
    assert left is not None
    assert left.asset == "fan"
    assert left.by
    assert [path.stat().st_mode & 0o077 for path in (tmp_path / "registry").iterdir()] == [0]


def test_a_device_without_a_word_on_its_type_has_none(tmp_path: Path) -> None:
    run(tmp_path, "device", "add", "mine")
    assert decisions.left(tmp_path, "mine") is None


def test_a_name_that_is_no_device_s_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be a device's id"):
        run(tmp_path, "device", "type", "fan", "../../etc")
    assert not (tmp_path / "registry").exists()


def test_a_type_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="Known types"):
        run(tmp_path, "device", "type", "toaster", "mine")
    with pytest.raises(NotFound, match="Known types"):
        run(tmp_path, "device", "add", "mine", "--asset", "toaster")
    assert not (tmp_path / "broker" / "passwords").exists()


def test_a_device_may_be_said_to_be_of_no_type_and_the_list_shows_types(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, "device", "add", "mine", "--asset", "generic")
    run(tmp_path, "device", "add", "fan-7", "--asset", "fan")
    run(tmp_path, "device", "add", "new")
    assert '{"values":{"humidity":41.2}}' in capsys.readouterr().out
    run(tmp_path, "device", "list")
    assert capsys.readouterr().out.split("\n")[:3] == ["fan-7  fan", "mine  generic", "new  -"]
