"""A broker, a gateway and a board to update."""

from pathlib import Path

import pytest

from tests.firmware.servers import Gateway
from tests.firmware.update.boards import Bench
from tests.mosquitto import Mosquitto


@pytest.fixture
def bench(broker: Mosquitto, gateway: Gateway, tmp_path: Path) -> Bench:
    return Bench(broker=broker, gateway=gateway, flash=tmp_path / "flash")
