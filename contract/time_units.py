"""A board's number in; the unit it would be a time of our years in, out. Pure."""

from typing import Final

_OUR_YEARS: Final = (-3.0, 1.0)  # around now


def unit_of(board_ms: int, now_ms: int) -> str | None:
    """What the number would be a time of our years in, if not milliseconds."""
    for unit, per_ms in (("seconds", 0.001), ("microseconds", 1e3), ("nanoseconds", 1e6)):
        years = (board_ms / per_ms - now_ms) / 31_557_600_000
        if _OUR_YEARS[0] < years < _OUR_YEARS[1]:
            return unit
    return None
