"""NaN, inf and their like, which many a JSON library writes, though JSON has no such numbers. Pure.

A payload with one is no JSON. Told apart as a text that no board sends, the word costs its own
channel alone, and the key beside it can be read.
"""

import re
from typing import Final

SIGN: Final = rb"\u0000"  # no text of a board begins like that

_MARKED: Final = re.compile(rb'"\\u0000([^"]{1,40})"')
_WORD: Final = rb"[+-]?(?:nan(?:\([a-z0-9_]{0,20}\))?|inf(?:inity)?|undefined|none)"
# A text is taken whole, and so is one without an end: nothing is walked over twice.
_TEXT_OR_WORD: Final = re.compile(
    rb'"(?:[^"\\]|\\.?)*+(?:"|\Z)|(?<![\w.])(' + _WORD + rb")(?![\w.(])", re.IGNORECASE | re.DOTALL
)


def marked(payload: bytes) -> bytes | None:
    """The payload with these words as texts; None where it has none."""
    text = _TEXT_OR_WORD.sub(_mark, payload)
    return None if text == payload else text


def _mark(found: re.Match[bytes]) -> bytes:
    return found[0] if found[1] is None else b'"%b%b"' % (SIGN, found[1])


def unmarked(payload: bytes) -> bytes:
    """The words as they came."""
    return _MARKED.sub(rb"\1", payload)


def word_of(raw: bytes) -> str | None:
    """The word behind a marked value; None of any other."""
    found = _MARKED.fullmatch(raw)
    return None if found is None else found[1].decode()
