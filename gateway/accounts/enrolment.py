"""A login in; the lines a person, a shell and a board's site.toml want out."""

import ipaddress
import json
import shlex
import socket

from contract import assets, topics
from contract.assets import CATALOGUE
from contract.settings import Settings
from gateway.accounts.credentials import Credential
from gateway.registry.enrolment import Enrolment

# As README.md and docs/boards.md have them; a test holds them together.
FLASH = (
    "make boards",
    "cp site.example.toml site.toml",
    ".venv/bin/python -m firmware ports",
    ".venv/bin/python -m firmware flash --port /dev/ttyUSB0 --image ESP32_GENERIC.bin",
)


def enrolment(credential: Credential, settings: Settings, *, asset: str | None) -> Enrolment:
    """How to connect a board of that type; None: nobody has said which."""
    return Enrolment(
        device=credential.username,
        username=credential.username,
        password=credential.password,
        site_toml="\n".join(site_toml(credential, settings, asset=asset)),
        flash="\n".join(FLASH),
        publish=publish_line(credential, settings, asset=asset),
        is_reachable=not settings.is_loopback,
    )


def site_toml(credential: Credential, settings: Settings, *, asset: str | None) -> list[str]:
    """The lines of a board's file that the login decides."""
    unreachable = "   # no board can reach it: see EDGETWIN_HOST in .env.example"
    host = f'host = "{address(settings.host)}"' + (unreachable if settings.is_loopback else "")
    return [
        f'site = "{settings.site}"',
        "[device]",
        f'id = "{credential.username}"',
        *([f'asset = "{asset}"'] if asset else []),
        "[broker]",
        host,
        f"port = {settings.broker_port}",
        f'username = "{credential.username}"',
        f'password = "{credential.password}"',
    ]


def publish_line(credential: Credential, settings: Settings, *, asset: str | None) -> str:
    """A command that sends a reading."""
    topic = topics.build(site=settings.site, device=credential.username, kind=topics.TELEMETRY)
    publish = [*client("mosquitto_pub", credential, settings), "-q", "1", "-t", topic]
    return shlex.join([*publish, "-m", _example_reading(asset)])


def client(program: str, credential: Credential, settings: Settings) -> list[str]:
    """The beginning of a command of Mosquitto's clients."""
    where = ["-h", address(settings.host), "-p", str(settings.broker_port)]
    return [program, *where, "-u", credential.username, "-P", credential.password]


def _example_reading(name: str | None) -> str:
    """A reading in the middle of every normal band of that type.

    Where nobody has said which, one that no type has: its channels would decide what it is.
    """
    if name is None or name not in CATALOGUE:
        return '{"values":{"humidity":41.2}}'
    asset = assets.get(name)
    middle = {c.name: round(sum(c.normal) / 2, c.decimals) for c in asset.required}
    return json.dumps({"values": middle}, separators=(",", ":"))


def address(host: str) -> str:
    """Where others reach a server on ``host``: of "all addresses" the one that leads outside."""
    try:
        everywhere = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host
    return _outward() if everywhere else host


def _outward() -> str:
    """This machine's address on its default route; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 of RFC 5737
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
