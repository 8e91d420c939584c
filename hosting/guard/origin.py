"""Where a request comes from: its peer, or whom our own dashboard names as its peer."""

import ipaddress
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import Scope

from contract.access import is_loopback

FORWARDED = "x-forwarded-for"


class Origin(NamedTuple):
    who: str  # through what it came: ``dashboard`` or ``api``
    address: str


def peer_of(scope: Scope) -> str:
    """The address at the other end of the connection."""
    client = scope.get("client")
    return str(client[0]) if client else "local"


def origin_of(scope: Scope) -> Origin:
    """Who asks. Only this machine, where the dashboard runs, is believed about somebody else."""
    peer = peer_of(scope)
    named = Headers(scope=scope).get(FORWARDED, "")
    if named and _is_this_machine(peer, scope):
        return Origin("dashboard", _address(named) or peer)
    return Origin("api", peer)


def _is_this_machine(peer: str, scope: Scope) -> bool:
    server = scope.get("server")
    return is_loopback(peer) or bool(server and server[0] == peer)


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None
