"""Since when something wears in; the times over which its sign is averaged out. Pure."""

from typing import Final, NamedTuple

_MINUTE_MS: Final = 60_000
# Lengths that sums are kept by, or that are made of these.
_STEPS_MS: Final = tuple(
    minutes * _MINUTE_MS
    for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080)
)
MOST_POINTS: Final = 96
# Wear may have begun long after its part was new: of all that time, of a quarter, of a sixteenth.
_PARTS: Final = (1, 4, 16)


class Window(NamedTuple):
    """Steps of one length that have ended; ``from_ms`` and ``to_ms`` are multiples of it."""

    from_ms: int
    to_ms: int
    step_ms: int


def windows(begun_ms: int, now_ms: int) -> list[Window]:
    """All the time since ``begun_ms``, and its last parts in finer steps; some may be empty."""
    return [_window(begun_ms, now_ms, (now_ms - begun_ms) // part) for part in _PARTS]


def _window(begun_ms: int, now_ms: int, span_ms: int) -> Window:
    step_ms = next((step for step in _STEPS_MS if span_ms <= step * MOST_POINTS), _STEPS_MS[-1])
    to_ms = now_ms // step_ms * step_ms
    first_ms = max(begun_ms, to_ms - min(span_ms, MOST_POINTS * step_ms))
    return Window(min(-(-first_ms // step_ms) * step_ms, to_ms), to_ms, step_ms)
