"""Lists of sums in, one out: merged in any order, stored, and read back by what each is of."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from contract.language.layout import Layout, Merge

Sums = list[float]  # in the order of ``Layout.slots``; what is counted is whole
Known = Sequence[float | None]  # the same; None: it was not kept yet

_EMPTY: Final[Mapping[Merge, float]] = {"add": 0, "least": math.inf, "greatest": -math.inf}


def zero(layout: Layout) -> Sums:
    """The sums of nothing."""
    return [_EMPTY[slot.merge] for slot in layout.slots]


def merged(layout: Layout, lists: Iterable[Known]) -> list[float | None]:
    """The sums of all of them; what one does not know (None or NaN), the whole does not."""
    columns = list(zip(*lists, strict=True)) or [()] * len(layout.slots)
    return [
        None if None in column else _all(slot.merge, cast("Sequence[float]", column))
        for slot, column in zip(layout.slots, columns, strict=True)
    ]


def _all(merge: Merge, column: Sequence[float]) -> float | None:
    total = sum(column)
    if math.isnan(total):  # no slot can be infinite either way
        return None
    if merge == "add":
        return total
    return (min if merge == "least" else max)(column, default=_EMPTY[merge])


def _one(merge: Merge, one: float, other: float) -> float:
    if merge == "add":
        return one + other
    return min(one, other) if merge == "least" else max(one, other)


def exchanged(layout: Layout, whole: Sums, *, new: Sums, old: Sums) -> Sums:
    """``whole`` with ``new`` in the place of ``old``.

    A least or greatest stays as it was seen: readings come late, they do not go.
    """
    return [
        one + more - less if slot.merge == "add" else _one(slot.merge, one, more)
        for slot, one, more, less in zip(layout.slots, whole, new, old, strict=True)
    ]


def stored(sums: Known) -> list[float | None]:
    """To be written down: what nothing was seen of is None, as JSON knows no infinity."""
    return [None if one is None or math.isinf(one) else one for one in sums]


def restored(layout: Layout, keys: Sequence[str], values: Known) -> list[float | None]:
    """Sums that were stored under ``keys``, perhaps by a program that kept others."""
    held = dict(zip(keys, values, strict=True))
    return [
        None if slot.key not in held else _or_empty(held[slot.key], slot.merge)
        for slot in layout.slots
    ]


def _or_empty(value: float | None, merge: Merge) -> float:
    return _EMPTY[merge] if value is None else value
