"""A minute that was computed anew in; out, the same with what was told of its device's health.

No reading tells that again: it is of what its limits, its alarms and the classifier said while the
device lived the minute.
"""

import msgspec

from contract.messages import Minute


def with_told(new: Minute, old: Minute | None) -> Minute:
    """``new`` in the place of ``old``: its readings are others, and what was told is the same."""
    return new if old is None else msgspec.structs.replace(new, health=old.health)


def with_more_told(folded: Minute, stored: Minute | None) -> Minute:
    """A minute that was folded again after a death: what was told before it counts."""
    if stored is None or folded.health is None:
        return folded
    before = stored.health
    if before is not None and before.told_ms <= folded.health.told_ms:
        return folded
    return msgspec.structs.replace(folded, health=before)  # None: nobody kept it then
