"""Waiting for a birth over TLS: at the broker that the authority vouches for, and at no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.address import Address
from firmware.errors import NoBirth, UpdateError
from firmware.flash.birth import Watch
from firmware.line import Line
from tests.certificates import authority, certify
from tests.mosquitto import Mosquitto, free_port

pytestmark = pytest.mark.broker
TOPIC = "edgetwin/v1/workshop/fan-11/birth"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """An encrypted port of a broker on localhost that ``ours`` has certified."""
    authority(tmp_path, "ours")
    authority(tmp_path, "others")
    certify(tmp_path, by="ours", host="localhost")
    encrypted = free_port()
    lines = (
        f"listener {encrypted} 127.0.0.1",
        f"certfile {tmp_path / 'server.pem'}",
        f"keyfile {tmp_path / 'server.key'}",
    )
    broker = Mosquitto(tmp_path / "broker", lines=lines)
    broker.start()
    yield encrypted
    broker.kill()


# paho lets go of the socket that it found untrue, and does not close it.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket")
def test_a_broker_that_nobody_vouches_for_is_no_silent_one(port: int, tmp_path: Path) -> None:
    def address(name: str) -> Address:
        return Address(host="localhost", port=port, ca=str(tmp_path / f"{name}.pem"))

    with Watch(address("ours"), topic=TOPIC), Line(address("ours"), site="x", device="y"):
        pass
    with pytest.raises(NoBirth, match=r"not the one that broker\.ca vouches for"):
        Watch(address("others"), topic=TOPIC).__enter__()
    with pytest.raises(UpdateError, match="cannot be trusted"):
        Line(address("others"), site="x", device="y").__enter__()
