"""A JSON object that has a key twice: parsers disagree on which one counts. Pure."""

from typing import Any


class TwiceError(ValueError):
    """The key that stands twice."""


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For ``json.loads(object_pairs_hook=...)``. Raises TwiceError."""
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise TwiceError(repr(key[:40]))
        seen[key] = value
    return seen
