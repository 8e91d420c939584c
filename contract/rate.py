"""How a person writes a rate: ``5``, ``0.2`` or ``1/60`` readings a second in, a number out."""

from typing import Final

LOWEST_HZ: Final = 1 / 3600
HIGHEST_HZ: Final = 100.0  # as firmware/device/cadence.py has it
RANGE: Final = f"1/3600 (one an hour) to {HIGHEST_HZ:g}"


def parse(text: str | float) -> float:
    """Readings a second.

    Raises:
        ValueError: it is no number and no fraction, or no board reads so often or so rarely.
    """
    over, _slash, under = str(text).partition("/")
    try:
        rate_hz = float(over) / float(under or 1)
    except (ValueError, ZeroDivisionError):
        rate_hz = 0.0
    if not LOWEST_HZ * 0.9999 <= rate_hz <= HIGHEST_HZ:  # a rounded fraction is meant well
        raise ValueError(f"must be {RANGE} readings a second")
    return rate_hz


def optional(text: str | float | None) -> float | None:
    """As ``parse``; None where nobody says."""
    return None if text is None or text == "" else parse(text)
