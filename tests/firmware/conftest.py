"""The servers that tests of the board's program run against, real and private."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.firmware.servers import Gateway, Mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    server = Mosquitto(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def gateway(broker: Mosquitto) -> Iterator[Gateway]:
    stand_in = Gateway(broker.port)
    yield stand_in
    stand_in.close()
    assert stand_in.wrong == []
