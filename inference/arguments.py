"""Numbers and ids of command lines: each refused in a sentence where it cannot be."""

import math
from argparse import ArgumentTypeError
from typing import Final

from contract.topics import is_name

_MOST_SEED: Final = 2**31 - 1


def seed(text: str) -> int:
    return _whole(text, most=_MOST_SEED)


def count(text: str) -> int:
    return _whole(text)


def positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.0 < number < math.inf:
        raise ArgumentTypeError(f"it must be a number above 0, not {text[:40]!r}")
    return number


def device_id(text: str) -> str:
    if not is_name(text):
        said = f"letters, digits, _ . and -, at most 64 in all, not {text[:80]!r}"
        raise ArgumentTypeError(f"it must be {said}")
    return text


def _whole(text: str, *, most: int | None = None) -> int:
    bounds = "of 0 or more" if most is None else f"from 0 to {most:,}"
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0 or (most is not None and number > most):
        raise ArgumentTypeError(f"it must be a whole number {bounds}, not {text[:40]!r}")
    return number
