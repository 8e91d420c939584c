"""Who is let in over HTTP: everybody on this machine, else who brings the one token."""

import ipaddress
from hmac import compare_digest


def is_bearer(authorization: str, *, token: bytes) -> bool:
    """Whether an ``Authorization`` header says ``Bearer`` and the token, told in constant time."""
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and compare_digest(given.strip().encode("latin-1"), token)


def check_open_host(host: str, *, api_token: str) -> None:
    """Raises ValueError when other machines reach ``host`` and there is no token."""
    if not api_token and not is_loopback(host):
        raise ValueError(f"EDGETWIN_HOST={host} is not loopback: set EDGETWIN_API_TOKEN as well")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is bound to ``host``."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
