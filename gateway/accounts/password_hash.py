"""Passwords in, hashes out as Mosquitto 2 keeps them; and whether the two belong together."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

_SALT_BYTES: Final = 12
# Mosquitto's own default. More would cost the broker, which has one thread, at each connection,
# and would add nothing: 128 random bits are not guessed.
_ITERATIONS: Final = 101
# A name and a hash of 64 bytes, salted; Mosquitto itself makes these, and $6$ in older versions.
_LINE: Final = re.compile(r"[^:\s]+:\$(7\$[0-9]+|6)\$[A-Za-z0-9+/]+=*\$[A-Za-z0-9+/]{86}==")


def hashed(password: str, *, salt: bytes | None = None) -> str:
    """``password`` as Mosquitto 2 keeps it: ``$7$iterations$salt$PBKDF2-HMAC-SHA512``, base64."""
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"$7${_ITERATIONS}${_base64(salt)}${_base64(digest)}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def matches(password: str, kept: str) -> bool:
    """Whether ``kept`` is the hash of ``password``, as ``hashed`` makes them."""
    parts = kept.split("$")
    salt = base64.b64decode(parts[3]) if len(parts) == 5 else b""  # noqa: PLR2004 - as above
    return hmac.compare_digest(hashed(password, salt=salt), kept)


def is_whole(text: str) -> bool:
    """Whether a file of names and hashes, ``text``, is as somebody would have written it."""
    *lines, rest = text.split("\n")
    return bool(lines) and not rest and all(map(_LINE.fullmatch, lines))
