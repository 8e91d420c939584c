"""The servers that tests of the board's program run against, real and private."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.firmware.servers import Gateway
from tests.mosquitto import Mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    server = Mosquitto(tmp_path / "mosquitto", ["max_queued_messages 10000"])
    server.start()
    yield server
    server.kill()


@pytest.fixture
def gateway(broker: Mosquitto) -> Iterator[Gateway]:
    stand_in = Gateway(broker.port)
    yield stand_in
    stand_in.close()
    assert stand_in.wrong == []
