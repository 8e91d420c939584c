"""How much SQLite does for something: in steps, which are as many on a slow machine."""

from collections.abc import Callable
from typing import Final, TypeVar

import apsw

T = TypeVar("T")

_EVERY: Final = 10  # instructions


def steps_of(connection: apsw.Connection, work: Callable[[], T]) -> tuple[int, T]:
    """The instructions that are carried out on a connection meanwhile, and what comes of it."""
    steps = 0

    def step() -> bool:
        nonlocal steps
        steps += _EVERY
        return False

    connection.set_progress_handler(step, _EVERY)
    told = work()
    connection.set_progress_handler(None)
    return steps, told
