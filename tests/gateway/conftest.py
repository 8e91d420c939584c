"""A gateway without sockets for tests of its parts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.die()
