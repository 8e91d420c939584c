"""Who is let in over HTTP: everybody on this machine, else who brings the one token."""

import ipaddress
from hmac import compare_digest


def is_bearer(authorization: str, *, token: bytes) -> bool:
    """Whether an ``Authorization`` header says ``Bearer`` and the token, told in constant time."""
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and compare_digest(given.strip().encode("latin-1"), token)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is bound to ``host``."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
