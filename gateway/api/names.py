"""What is said of a name that there is none of."""

from collections.abc import Collection

from contract.errors import Refused


def unknown(name: str, who: str, has: str, known: Collection[str]) -> Refused:
    """``who`` and ``has``: as "A fan has" and "it has"."""
    return Refused(f"{who} no channel {name[:40]!r}; {has} {', '.join(known)}.")
