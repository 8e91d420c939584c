"""An asset type in; out, in which channels the cause of each of its alarms shows. Pure.

A limit is of a channel, a fault says its channels, and what is unknown may be of any.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from contract.assets.words import TYPES_REMEMBERED, UNKNOWN, Asset

FAULT_PREFIX: Final = "fault_"

Causes = Mapping[str, frozenset[str]]  # channels by the name of an alarm


@lru_cache(maxsize=TYPES_REMEMBERED)
def causes_of(asset: Asset) -> Causes:
    """Of each alarm that readings and diagnoses of this type can raise."""
    of_limits = {
        limit_name(channel, side): frozenset({channel})
        for channel in asset.by_name
        for side in ("high", "low")  # a machine may have limits of its own
    }
    of_faults = {FAULT_PREFIX + fault.name: frozenset(fault.channels) for fault in asset.faults}
    every = frozenset[str]().union(asset.by_name, *of_faults.values())
    return of_limits | of_faults | {FAULT_PREFIX + UNKNOWN: every}


def limit_name(channel: str, side: str) -> str:
    """The alarm's name, such as ``temperature_high``."""
    return f"{channel}_{side}"
