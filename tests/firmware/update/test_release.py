"""Releases in files, and the keys they are signed with."""

import contextlib
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware import keys, release
from firmware.device import VERSION
from firmware.device.slots import MANIFEST
from firmware.errors import UpdateError
from firmware.release import Release
from tests.firmware.update.boards import compiled

SMALL = Release(version="1.0.0", files={"firmware/x.py": b"pass", "firmware/__init__.py": b""})


@pytest.mark.slow
def test_a_release_of_this_checkout_names_its_build_and_fits_into_a_command() -> None:
    made = compiled()
    assert made.version.startswith(f"{VERSION}+")
    assert {"firmware/__init__.mpy", "firmware/device/app.mpy"} <= set(made.files)
    assert MANIFEST not in made.files
    command = json.dumps(made.manifest(device="d" * 64, epoch="e" * 32))
    assert len(command) < 14_000


def test_a_release_too_large_for_a_command_is_refused() -> None:
    many = Release(version="1.0.0", files={f"firmware/{n}.py": b"" for n in range(200)})
    with pytest.raises(UpdateError, match="200 files are more"):
        many.manifest(device="fan-01", epoch="0-1")


def test_what_is_kept_in_a_file_comes_back(tmp_path: Path) -> None:
    SMALL.write(tmp_path / "release.zip")
    assert release.read(tmp_path / "release.zip") == SMALL


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_file_is_no_release_or_the_same(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "release.zip"
    SMALL.write(path)
    whole = path.read_bytes()
    kept = whole[: data.draw(st.integers(0, len(whole)))]
    at, mask = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 255))
    path.write_bytes(bytes(b ^ mask if i == at else b for i, b in enumerate(kept)))
    with contextlib.suppress(UpdateError):  # any other error fails the test
        assert release.read(path) == SMALL


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"version": "1.0.0", "files": [["firmware/x.py", 4, "00"]]}, "is damaged"),
        ({"version": "1.0.0", "files": [["firmware/y.py", 4, "00"]]}, "no release"),
        ({"version": 1, "files": []}, "no version"),
        ({"version": "new", "files": []}, "no version"),
        ({"files": []}, "no release"),
        ([], "no release"),
        ({"version": "1.0.0", "files": 7}, "no release"),
    ],
)
def test_a_file_with_another_manifest_is_refused(
    content: object, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "release.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MANIFEST, json.dumps(content))
        archive.writestr("firmware/x.py", b"pass")
    with pytest.raises(UpdateError, match=words):
        release.read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UpdateError, match=r"none\.zip: No such file"):
        release.read(tmp_path / "none.zip")


# ---------------------------------------------------------------- keys


def test_a_key_is_random_kept_and_its_owners_alone(tmp_path: Path) -> None:
    key = keys.made(tmp_path, "fan-01")
    assert len(key) == 32
    assert keys.made(tmp_path, "fan-01") == key == keys.known(tmp_path, "fan-01")
    assert keys.made(tmp_path, "fan-02") != key
    path = keys.path_of(tmp_path, "fan-01")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_board_that_was_flashed_elsewhere_has_no_key_here(tmp_path: Path) -> None:
    with pytest.raises(UpdateError, match="no update key for fan-01"):
        keys.known(tmp_path, "fan-01")


@pytest.mark.parametrize("text", ["", "00", "zz" * 32, "00" * 33])
def test_a_file_without_a_key_is_never_replaced(text: str, tmp_path: Path) -> None:
    path = keys.path_of(tmp_path, "fan-01")
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(UpdateError, match="holds no key"):
        keys.made(tmp_path, "fan-01")
    assert path.read_text() == text
