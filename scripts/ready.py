"""Whether each process really answers, not merely runs."""

import json
import socket
from base64 import b64encode
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Final

from gateway.audit.broker_log import PROBE
from scripts.settings import Settings

_TIMEOUT_S: Final = 2.0
# MQTT 3.1.1 sections 3.1 and 3.2: a clean session without a name, and "not authorized".
_CONNECT: Final = (
    bytes([0x10, 12 + len(PROBE), 0])
    + b"\x04MQTT\x04\x02\x00\x0a"
    + bytes([0, len(PROBE)])
    + PROBE.encode()
)
_DISCONNECT: Final = b"\xe0\x00"
_CONNACK_NOT_AUTHORIZED: Final = b"\x20\x02\x00\x05"


class NotReady(Exception):
    """A process does not serve yet; the text says what it answered."""


class Silent(NotReady):
    """It did not answer at all."""


def probes(settings: Settings) -> dict[str, Callable[[], object]]:
    """Process name -> a function that raises NotReady until the process serves."""
    host, ports = settings.host, settings.ports
    return {
        "broker": lambda: broker(settings),
        "influxdb": lambda: http(host, ports["influxdb"], "/health"),
        "inference": lambda: http(host, ports["inference"], "/health"),
        "gateway": lambda: http(host, ports["gateway"], "/health"),
        "dashboard": lambda: http(host, ports["dashboard"], "/dashboard", login=basic(settings)),
        "devices": lambda: devices(settings),
    }


def broker(settings: Settings) -> None:
    """Raises NotReady unless the broker answers in MQTT: a stranger is turned away, politely."""
    address = (settings.host, settings.broker_port)
    try:
        with socket.create_connection(address, timeout=_TIMEOUT_S) as stream:
            stream.sendall(_CONNECT)
            answer = stream.recv(4)
    except OSError as error:
        raise Silent(f"no answer on port {settings.broker_port}: {error}") from None
    if answer != _CONNACK_NOT_AUTHORIZED:
        raise NotReady(f"the broker on port {settings.broker_port} answers {answer.hex()}")


def broker_locally(settings: Settings) -> None:
    """Raises Silent unless the broker answers on its Unix socket, where nobody needs a login."""
    path = settings.data_dir / "broker" / "local.sock"
    try:
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(_TIMEOUT_S)
            stream.connect(str(path))
            stream.sendall(_CONNECT)
            answer = stream.recv(4)
            stream.sendall(_DISCONNECT)
    except OSError as error:
        raise Silent(f"no answer on {path}: {error}") from None
    if not answer:
        raise Silent(f"the broker hangs up on {path}")


def http(host: str, port: int, path: str, *, login: str = "") -> bytes:
    """The body of a GET that succeeds; raises NotReady otherwise."""
    connection = HTTPConnection(host, port, timeout=_TIMEOUT_S)
    headers = {"Authorization": login} if login else {}
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
    except (OSError, HTTPException) as error:
        raise Silent(f"no answer on port {port}: {error}") from None
    finally:
        connection.close()
    if response.status >= 400:  # noqa: PLR2004 - the first status of an HTTP error
        raise NotReady(f"{path} on port {port} answers {response.status} {response.reason}")
    return body


def basic(settings: Settings) -> str:
    """The dashboard's login: its password is the API token, its user name does not matter."""
    return "Basic " + b64encode(f"edgetwin:{settings.api_token}".encode()).decode()


def devices(settings: Settings) -> None:
    """Raises NotReady until the gateway has heard from one device."""
    login = f"Bearer {settings.api_token}" if settings.api_token else ""
    body = http(settings.host, settings.gateway_port, "/devices", login=login)
    online = [entry for entry in json.loads(body) if entry["status"] == "online"]
    if not online:
        raise NotReady("no device is online yet")
