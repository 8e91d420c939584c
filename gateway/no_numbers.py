"""NaN and Infinity, which many a JSON library writes, though JSON has no such numbers. Pure.

A reading with one is refused, and none of those beside it in the same list. As its key can be read,
the board need not send it for ever.
"""

import json
import re
from typing import Final

from gateway.unique_keys import unique

_MARK: Final = "\N{NULL}no number: "  # no text of a board begins like that
_MARKED: Final = re.compile(rb'"\\u0000no number: (-?(?:NaN|Infinity))"')
_SIGN: Final = rb"\u0000no number: "
_NAMED: Final = re.compile(rb'"([^"]{1,40})": ' + _MARKED.pattern)


def marked(payload: bytes) -> bytes | None:
    """The payload with these words as texts; None where it has none, or is no JSON besides."""
    if b"NaN" not in payload and b"Infinity" not in payload:
        return None
    try:
        found = json.loads(payload, parse_constant=_MARK.__add__, object_pairs_hook=unique)
        text = json.dumps(found, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    return text if _MARKED.search(text) else None


def unmarked(payload: bytes) -> bytes:
    """The words as they came."""
    return _MARKED.sub(rb"\1", payload)


def complaint(payload: bytes) -> str | None:
    """What is wrong with a marked item, in a sentence; None with any other."""
    if _SIGN not in payload:
        return None
    if named := _NAMED.search(payload):
        what = f"{named[1].decode()} is {named[2].decode()}"
    elif found := _MARKED.search(payload):
        what = f"there is {found[1].decode()}"
    else:
        return None
    return f"{what}: JSON has no such number, send null"
