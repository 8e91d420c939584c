"""Who is let in over HTTP: everybody on this machine, else who brings the one token."""

import ipaddress
import itertools
import math
import string
from hmac import compare_digest
from typing import Final

ENOUGH_BITS: Final = 128
MAKE_ONE: Final = "make one with `openssl rand -hex 32`"

_DIGITS: Final = frozenset(string.digits)
_HEX: Final = frozenset(string.hexdigits)
_BASE36: Final = 36
_BASE64: Final = 64
_FEWEST_DISTINCT: Final = 8  # of 32 random hex digits some 14 differ


def is_bearer(authorization: str, *, token: bytes) -> bool:
    """Whether an ``Authorization`` header says ``Bearer`` and the token, told in constant time."""
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and compare_digest(given.strip().encode("latin-1"), token)


def check_open_host(host: str, *, api_token: str) -> None:
    """Raises ValueError when other machines reach ``host`` and no good token keeps them out."""
    if is_loopback(host):
        return
    if not api_token:
        raise ValueError(
            f"EDGETWIN_HOST={host} is not loopback: set EDGETWIN_API_TOKEN as well ({MAKE_ONE})"
        )
    if flaw := weakness(api_token):
        raise ValueError(
            f"EDGETWIN_HOST={host} is not loopback, and EDGETWIN_API_TOKEN {flaw}: {MAKE_ONE}"
        )


def weakness(token: str) -> str | None:
    """What makes a token easy to guess; None for one that may well be 128 random bits."""
    if len(token) * math.log2(_alphabet(token)) < ENOUGH_BITS:
        return f"is too short for {ENOUGH_BITS} bits"
    if len(set(token)) < _FEWEST_DISTINCT or token in (token + token)[1:-1]:
        return "repeats itself"
    steps = [ord(right) - ord(left) for left, right in itertools.pairwise(token)]
    if sum(-1 <= step <= 1 for step in steps) > len(steps) / 2:
        return "is a row of neighbouring letters"
    return None


def _alphabet(token: str) -> int:
    """How many letters the token was drawn from, as far as it shows; never more than base64's."""
    letters = set(token)
    if letters <= _HEX:
        return 10 if letters <= _DIGITS else 16
    return _BASE36 if token in {token.lower(), token.upper()} else _BASE64


def url_of(host: str, port: int) -> str:
    """Where a server answers; an address of IPv6 stands in brackets (RFC 3986, 3.2.2)."""
    name = host.strip("[]")
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is bound to ``host``."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
