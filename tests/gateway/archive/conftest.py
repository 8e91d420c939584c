"""A journal with closed days, filled once, and copies of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.archive.archives import DAY0, archivist, begin, come_late, fill, work
from tests.gateway.rig import Rig


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is; not to be altered."""
    directory = tmp_path_factory.mktemp("before")
    with Rig(directory, now_ms=DAY0) as rig:
        fill(rig)
    return directory


@pytest.fixture(scope="session")
def late(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The days are in files, and a reading of the first came after that; not to be altered."""
    directory = tmp_path_factory.mktemp("late")
    shutil.copytree(before, directory, dirs_exist_ok=True)
    with begin(directory) as rig:
        work(archivist(rig))
        come_late(rig)
    return directory


@pytest.fixture
def rig(before: Path, tmp_path: Path) -> Iterator[Rig]:
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)
    with begin(tmp_path) as made:
        yield made
