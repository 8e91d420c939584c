"""NaN, inf and their like, which many a JSON library writes, though JSON has no such numbers. Pure.

A payload with one is no JSON. Told apart as a text that no board sends, the word costs its own
channel alone, and the key beside it can be read.
"""

import re
from typing import Final

SIGN: Final = rb"\u0000"  # no text of a board begins like that

_MARKED: Final = re.compile(rb'"\\u0000([^"]{1,40})"')
_MOST: Final = 640  # as many as a message of 20 readings may have channels set aside
_BEGINNINGS: Final = (b"nan", b"inf", b"undefined", b"none")
_WORD: Final = (
    rb"(?<![\w.])[+-]?(?:nan(?:\([a-z0-9_]{0,20}\))?|inf(?:inity)?|undefined|none)(?![\w.(])"
)
_TEXT: Final = rb'"(?:[^"\\]|\\.?)*+(?:"|\Z)'  # whole, also without an end: none is walked twice
_OTHER: Final = rb'[^"inu+-]++|' + _TEXT + rb"|[+-]++(?![inu])|(?!" + _WORD + rb")[inu+-]"
_NEXT: Final = re.compile(b"((?:" + _OTHER + b")*+)(" + _WORD + b")", re.IGNORECASE | re.DOTALL)


def marked(payload: bytes) -> bytes | None:
    """The payload with these words as texts; None where it has none, or more than anybody sends."""
    lower = payload.lower()
    if not any(begin in lower for begin in _BEGINNINGS):
        return None
    parts: list[bytes] = []
    at = 0
    while (found := _NEXT.match(payload, at)) is not None:
        if len(parts) == _MOST:
            return None
        parts.append(b'%b"%b%b"' % (found[1], SIGN, found[2]))
        at = found.end()
    return b"".join([*parts, payload[at:]]) if parts else None


def unmarked(payload: bytes) -> bytes:
    """The words as they came."""
    return _MARKED.sub(rb"\1", payload)


def word_of(raw: bytes) -> str | None:
    """The word behind a marked value; None of any other."""
    found = _MARKED.fullmatch(raw)
    return None if found is None else found[1].decode()
