"""An event in, the same out with only the fields that can be. Pure.

An event that its asset type does not know is as good as one it knows: it is kept and told.
"""

import re
from typing import Final

from contract.assets.words import Event as Known
from contract.errors import Reason, Rejected
from contract.messages import Aside, Event, Item, Value
from contract.topics import NAME_PATTERN, is_name
from gateway.twin.kinds import SHORT, no_number, no_text, too_long

MOST_FIELDS: Final = 32
_FIELD: Final = re.compile(NAME_PATTERN)
_SHOWN: Final = 40


def check(event: Event, known: Known | None) -> None:
    """Set aside the fields that cannot be.

    Args:
        event: as it came.
        known: what its asset type says of it; None where it says nothing.

    Raises:
        Rejected: ``bad_event``, ``too_many``: with its key.
    """
    if not is_name(event.event):
        shown = event.event[:_SHOWN]
        raise reject(event, "bad_event", f"event is {shown!r}; its name must match {NAME_PATTERN}")
    count = len(event.values) + len(event.aside or {})
    if count > MOST_FIELDS:
        raise reject(event, "too_many", f"{count} fields; an event may have {MOST_FIELDS}")
    kept: dict[str, Value] = {}
    aside = dict(event.aside or {})
    numbers = {name for name, _ in known.fields} if known else set()
    words = set(known.words) if known else set()
    for name, value in event.values.items():
        why = _why_not(name, value, numbers=numbers, words=words)
        if why is None:
            kept[name] = value
        else:
            aside[name[:_SHOWN]] = why
    event.values, event.aside = kept, aside or None


def _why_not(name: str, value: Value, *, numbers: set[str], words: set[str]) -> Aside | None:
    if _FIELD.fullmatch(name) is None:
        detail = f"a field is called {name[:_SHOWN]!r}; its name must match {NAME_PATTERN}"
        return Aside(value if isinstance(value, float) else None, "bad_event", detail)
    if isinstance(value, str):
        if name in numbers:
            return no_number(name, value)
        return None if value in SHORT else too_long(name, value)
    return no_text(name, value) if name in words else None


def reject(item: Item, reason: Reason, detail: str) -> Rejected:
    """The refusal of an item, with its key."""
    return Rejected(reason, detail, epoch=item.epoch or None, seq=item.seq or None)
