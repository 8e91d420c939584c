"""A broker, a gateway and a board to update."""

from pathlib import Path

import pytest

from tests.firmware.servers import Gateway
from tests.firmware.update.boards import Bench
from tests.mosquitto import Mosquitto


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the broker has kept may take a busy machine longer than two seconds."""
    monkeypatch.setattr("firmware.transfer._RETAINED_S", 60.0)


@pytest.fixture
def bench(broker: Mosquitto, gateway: Gateway, tmp_path: Path) -> Bench:
    return Bench(broker=broker, gateway=gateway, flash=tmp_path / "flash")
