"""``update`` and ``release`` with options that cannot be: a sentence that names them, no file."""

from pathlib import Path

import pytest

from tests.firmware.servers import ROOT
from tests.firmware.update.boards import DEVICE
from tests.firmware.update.test_command import firmware, run, with_key


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", "../../x", "fan/11", "fan\n", "+", "f" * 65])
def test_a_name_that_is_none_becomes_no_path(name: str, tmp_path: Path) -> None:
    done = run("--device", name, "--data-dir", tmp_path)
    assert done.returncode == 1
    assert "--device is" in done.stderr
    assert "must be letters" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--port", "99999"), "99999: ports are 1 to 65535"),
        (("--port", "0"), "0: ports are 1 to 65535"),
        (("--site", "a/+"), "--site or EDGETWIN_SITE is 'a/+'"),
        (("--ca", "/nope.pem"), "--ca /nope.pem: No such file"),
        (("--ca", ROOT / "README.md"), "README.md: the file holds no certificate"),
        (("--host", "x" * 70), "No broker answers at xxx"),
    ],
)
def test_an_option_that_cannot_be_is_named(
    options: tuple[object, ...], words: str, tmp_path: Path
) -> None:
    done = run("--device", DEVICE, "--data-dir", with_key(tmp_path), *options)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (with_key(tmp_path) / "keys.lock").mkdir()
    done = run("--device", DEVICE, "--data-dir", tmp_path)
    assert done.returncode == 1
    assert "keys.lock cannot be written" in done.stderr


@pytest.mark.slow
def test_a_release_that_cannot_be_kept_is_named(tmp_path: Path) -> None:
    done = firmware("release", tmp_path / "none" / "x.zip", "--asset", "fan")
    assert done.returncode == 1
    assert "x.zip cannot be written: No such file" in done.stderr


@pytest.mark.parametrize(
    ("fleet", "words"),
    [
        ("fan:3,dispenser:2", "say --asset fan or --asset dispenser"),
        ("none", "say --asset TYPE"),
        ("fan:many", "EDGETWIN_FLEET"),
    ],
)
def test_a_release_is_of_the_one_type_of_the_fleet_or_of_the_one_that_is_said(
    fleet: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGETWIN_FLEET", fleet)
    done = firmware("release", tmp_path / "x.zip")
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("asset", ["noise", "dragon", "../device/app"])
def test_a_release_for_no_type_of_machine_is_not_made(asset: str, tmp_path: Path) -> None:
    done = firmware("release", tmp_path / "x.zip", "--asset", asset)
    assert done.returncode == 1
    assert "asset: " in done.stderr
    assert list(tmp_path.iterdir()) == []
