"""How far back the classifier looks at a device, by how often that device measures. Pure.

The one rule for the gateway, which cuts windows, and for inference, which trains on such windows
and cuts what others send it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from contract.assets.words import Asset
from contract.diagnosing import MAX_WINDOW_ROWS
from contract.messages import Prediction

ROWS_A_WINDOW: Final = 15  # readings: fewer show neither a trend nor what is usual of a channel
# One reading in 10 s, and no board's clockwork is exact. A fault that grows over seconds has come
# and gone between readings that are rarer.
SLOWEST_PERIOD_MS: Final = 11_000
# A type with a longer window than this is looked at twice, the whole of it and its newest part, and
# its rows lie further apart: what was long ago need not be known to the second.
LONG_S: Final = 10.0
RECENT_SHARE: Final = 1 / 6

if TYPE_CHECKING:  # half of who imports this does without numpy
    import numpy as np
    import numpy.typing as npt

Times = TypeVar("Times", int, "npt.NDArray[np.int64]")  # one, or one of each window

NOT_JUDGED: Final = "not_judged"


class Unjudged(NamedTuple):
    """That a device cannot be judged, in a few words, and why, in a sentence for a person."""

    label: str
    why: str


TOO_SLOW: Final = Unjudged(
    "Too slow to judge",
    "Its readings come too rarely, it is too slow to judge: at least one every "
    f"{SLOWEST_PERIOD_MS // 1000} s is needed. Limits and their alarms work all the same.",
)


NO_FAULTS: Final = Unjudged(
    "Not judged",
    "Nobody has described what can be wrong with a machine of its type. Limits and their alarms "
    "work all the same.",
)


STOPPED: Final = Unjudged(
    "Stopped",
    "It is stopped: what is wrong with it is told again when it runs.",
)


def lacking(channels: Iterable[str]) -> Unjudged:
    """The classifier needs ``channels``, and they are not there."""
    return Unjudged(
        "Not judged",
        f"What is wrong cannot be told without {', '.join(channels)}. The limits of the other "
        "channels and their alarms work all the same.",
    )


def window_span_ms(asset: Asset, period_ms: int) -> int | None:
    """How many milliseconds of readings are judged; None where they come too rarely to judge.

    Args:
        asset: the device's type, whose ``window_s`` is the least.
        period_ms: how long from one reading of the device to its next.
    """
    if period_ms > SLOWEST_PERIOD_MS:
        return None
    return max(round(asset.window_s * 1000), ROWS_A_WINDOW * period_ms)


def is_long(asset: Asset) -> bool:
    """Whether it takes a coarse look far back to judge a machine of this type."""
    return asset.window_s > LONG_S


def recent_ms(asset: Asset) -> int | None:
    """The newest part of a long window, which is looked at by itself as well."""
    return round(1000 * asset.window_s * RECENT_SHARE) if is_long(asset) else None


def spacing_ms(asset: Asset) -> int | None:
    """So far apart at least are the rows of a long window, but for the newest; None: as they come.

    A row that comes sooner takes the place of the one before it, as long as that is the newest.
    """
    if not is_long(asset):
        return None
    return -(-round(1000 * asset.window_s) // (MAX_WINDOW_ROWS - 1))


def begins_ms(newest_ms: Times, span_ms: Times | int) -> Times:
    """The earliest time in a window of ``span_ms``: a reading just that old is no longer in it."""
    return newest_ms - span_ms + 1


def stride(count: int) -> int:
    """Of how many of ``count`` readings one is judged, the newest always, so that all fit in."""
    return max(1, -(-count // MAX_WINDOW_ROWS))


def not_judged(unjudged: Unjudged, *, model: str = "") -> Prediction:
    """The answer about a device that cannot be judged: no class, and why."""
    return Prediction(
        fault_code=-2,
        fault_label=unjudged.label,
        fault=NOT_JUDGED,
        confidence=0.0,
        severity="None",
        advice=unjudged.why,
        reasons=[],
        anomaly_score=0.0,
        model=model,
    )
