"""TLS to a real Mosquitto: the board's own connection, and what it does not believe."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.device import packets
from firmware.device.board import Board, trusting
from firmware.device.mqtt import Client
from tests.certificates import authority, certify
from tests.mosquitto import Mosquitto, free_port

pytestmark = pytest.mark.broker
HOST = "localhost"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    authority(tmp_path, "ours")
    return tmp_path


@pytest.fixture
def port(directory: Path, request: pytest.FixtureRequest) -> Iterator[int]:
    """A broker's encrypted port; its certificate is for the host the test names."""
    certify(directory, by="ours", host=request.param)
    encrypted = free_port()
    broker = Mosquitto(
        directory / "broker",
        lines=(
            f"listener {encrypted} 127.0.0.1",
            f"certfile {directory / 'server.pem'}",
            f"keyfile {directory / 'server.key'}",
        ),
    )
    broker.start()
    yield encrypted
    broker.kill()


def connect(port: int, trusted: bytes | None) -> None:
    """Connect as the board does and take the broker's consent.

    Raises:
        OSError: there was none.
    """

    async def main() -> None:
        tls = trusting(trusted) if trusted is not None else None
        client = Client(
            board=Board(name="x", directory=".", tls=tls),
            host=HOST,
            port=port,
            hello=packets.connect(
                client_id="x",
                keepalive_s=15,
                username="",
                password="",
                will_topic="will",
                will_payload=b"",
            ),
            keepalive_s=15,
            on_message=lambda _topic, _payload: None,
            on_puback=lambda _packet_id: None,
        )
        try:
            await client.connect()
        finally:
            await client.close(politely=True)

    asyncio.run(main())


@pytest.mark.parametrize("port", [HOST], indirect=True)
def test_it_talks_to_the_broker_its_authority_vouches_for_and_no_other(
    port: int, directory: Path
) -> None:
    connect(port, ssl.PEM_cert_to_DER_cert((directory / "ours.pem").read_text()))
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        connect(port, authority(directory, "others"))
    with pytest.raises(OSError, match=r"closed|reset"):
        connect(port, None)


@pytest.mark.parametrize("port", ["elsewhere"], indirect=True)
def test_a_certificate_for_another_host_is_refused(port: int, directory: Path) -> None:
    with pytest.raises(OSError, match=r"[Hh]ostname mismatch"):
        connect(port, ssl.PEM_cert_to_DER_cert((directory / "ours.pem").read_text()))
