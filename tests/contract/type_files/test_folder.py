"""The files of a folder are in the catalogue; one that is no good costs itself alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract import assets
from contract.assets.__main__ import main
from contract.type_files.folder import TypeFolder, loaded
from tests.own_types import LEAST, put_back, write


@pytest.fixture(autouse=True)
def catalogue() -> Iterator[None]:
    with put_back():
        yield


def test_without_a_folder_there_are_no_types_of_one_s_own(tmp_path: Path) -> None:
    assert loaded(tmp_path).mistakes == {}


def test_a_file_is_a_type_called_what_it_is(tmp_path: Path) -> None:
    write(tmp_path, "greenhouse")
    loaded(tmp_path)
    assert assets.get("greenhouse").title == "Greenhouse"


def test_a_bad_file_costs_itself_alone_and_is_named(tmp_path: Path) -> None:
    write(tmp_path, "greenhouse")
    write(tmp_path, "barn", LEAST.replace("unit", "unti"))
    folder = loaded(tmp_path)
    assert "greenhouse" in assets.CATALOGUE
    assert "barn" not in assets.CATALOGUE
    [sentence] = folder.mistakes.values()
    assert sentence.startswith("assets/barn.toml: [[channels]] 'humidity': 'unti' is no word here")


@pytest.mark.parametrize("name", ["fan", "generic", "a b", "dispenser"])
def test_a_name_that_is_taken_or_is_none_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    [sentence] = loaded(tmp_path).mistakes.values()
    assert "cannot be the name of a type of your own" in sentence
    assert assets.get("fan").title == "Cooling fan"


def test_a_changed_file_counts_at_the_next_look_and_a_mistake_in_it_changes_nothing(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "greenhouse")
    folder = loaded(tmp_path)
    assert folder.follow() == []
    write(tmp_path, "greenhouse", LEAST.replace("Greenhouse", "Glasshouse"))
    assert [asset.title for asset in folder.follow()] == ["Glasshouse"]
    write(tmp_path, "greenhouse", "[asset")
    assert folder.follow() == []
    assert assets.get("greenhouse").title == "Glasshouse"
    assert "as it was read before it goes on" in folder.mistakes[path.name]
    write(tmp_path, "greenhouse", LEAST)
    assert [asset.title for asset in folder.follow()] == ["Greenhouse"]
    assert folder.mistakes == {}


def test_a_file_that_is_gone_leaves_its_machines_what_they_are(tmp_path: Path) -> None:
    path = write(tmp_path, "greenhouse")
    folder = loaded(tmp_path)
    path.unlink()
    assert folder.follow() == []
    assert "greenhouse" in assets.CATALOGUE
    assert "it is gone" in folder.mistakes[path.name]


def test_what_is_no_text_too_large_or_no_file_is_said(tmp_path: Path) -> None:
    write(tmp_path, "large", "# " + "x" * 70_000)
    write(tmp_path, "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "assets" / "folder.toml").mkdir()
    (tmp_path / "assets" / "dangling.toml").symlink_to(tmp_path / "nothing")
    said = TypeFolder(tmp_path)
    said.follow()
    assert "more than 64 KiB" in said.mistakes["large.toml"]
    assert "not UTF-8" in said.mistakes["binary.toml"]
    assert "it cannot be read: Is a directory" in said.mistakes["folder.toml"]
    assert "it cannot be read: No such file" in said.mistakes["dangling.toml"]


def test_a_type_of_one_s_own_is_guessed_only_where_it_knows_all_that_is_sent(
    tmp_path: Path,
) -> None:
    write(tmp_path, "greenhouse")
    loaded(tmp_path)
    assert assets.matching(frozenset({"humidity"})) is assets.get("greenhouse")
    assert assets.matching(frozenset({"humidity", "soil"})) is None


def test_a_file_is_checked_before_it_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = write(tmp_path, "greenhouse"), write(tmp_path, "barn", "[asset]")
    assert main(["check", str(good)]) == 0
    assert "good. Greenhouse (greenhouse): 1 channels" in capsys.readouterr().out
    assert main(["check", str(bad), str(good)]) == 1
    assert "barn.toml: [asset] lacks title" in capsys.readouterr().err
