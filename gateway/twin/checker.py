"""Readings in, the same readings out with only what their asset type can have said. Pure.

A reading carries any part of its type's channels, counters, states and labels. One bad value costs
itself alone: it is set aside by name, and the others of its reading count. A reading is refused
where nothing is left of it.
"""

from collections.abc import Container, Mapping
from functools import lru_cache
from typing import Final, NoReturn, get_args

import msgspec

from contract.assets import GENERIC
from contract.assets.words import NORMAL, TYPES_REMEMBERED, Asset
from contract.errors import Reason
from contract.messages import LONGEST_TEXT, Aside, Event, Item, Reading, Value
from contract.type_files.generic import MOST_CHANNELS, why_not
from gateway.twin import events
from gateway.twin.kinds import Counted, Measured, Named, Told, kinds_of

MOST_ASIDE: Final = 32  # channels of one reading; a payload that invents more means no harm alone
LONGEST_NAME: Final = 64
_NO_NUMBER: Final = ", not a number"
_REASONS: Final[dict[str, Reason]] = {reason: reason for reason in get_args(Reason)}


class Checker:
    """The rules of one asset type, made ready once. Immutable."""

    __slots__ = (
        "_asset",
        "_bounds",
        "_events",
        "_is_plain",
        "_kinds",
        "_texts",
        "_truths",
        "_types",
    )

    def __init__(self, asset: Asset) -> None:
        self._asset = asset
        self._kinds = kinds_of(asset)
        self._bounds: dict[str, tuple[float, float]] = {}
        self._texts: dict[str, Container[str]] = {}
        self._types: dict[str, type] = {}
        for name, kind in self._kinds.items():
            if isinstance(kind, Measured | Counted):
                self._bounds[name], self._types[name] = kind.bounds, float
            elif isinstance(kind, Named | Told):
                self._texts[name], self._types[name] = kind.texts, str
        self._events = {event.name: event for event in asset.events}
        self._is_plain = self._has_plain_values if self._texts else self._has_plain_numbers
        self._truths = frozenset({None, NORMAL, *(fault.name for fault in asset.faults)})

    def fits(self, values: Mapping[str, Value]) -> bool:
        """Whether the asset type has these, each a number or a text, whatever it says."""
        types = self._types
        return all(type(value) is types.get(name) for name, value in values.items())

    def fits_item(self, item: Item) -> bool:
        """The same of a reading; any event is of any type."""
        return isinstance(item, Event) or self.fits(item.values)

    def check(self, reading: Reading) -> None:
        """Set aside what the asset type cannot have said.

        Raises:
            Rejected: with the reading's key, where nothing is left.
        """
        if reading.aside is not None or not self._is_plain(reading.values):
            self._sift(reading)
        if reading.truth not in self._truths:
            self._refuse_truth(reading)

    def check_event(self, event: Event) -> None:
        """Set aside those fields of an event that cannot be; one that the type has not is as good.

        Raises:
            Rejected: with the event's key, where it has no name, or too many fields.
        """
        events.check(event, self._events.get(event.event))
        if event.truth not in self._truths:
            self._refuse_truth(event)

    def _refuse_truth(self, item: Item) -> NoReturn:
        raise events.reject(item, "wrong_shape", f"unknown truth {item.truth!r:.60}")

    def _has_plain_numbers(self, values: Mapping[str, Value]) -> bool:
        """Whether all of it can be, as of nearly every reading of a type that knows no texts."""
        bounds = self._bounds
        try:
            for name, value in values.items():
                low, high = bounds[name]
                if not low <= value <= high:  # type: ignore[operator]  # of a text: TypeError
                    return False
        except (KeyError, TypeError):
            return False
        return bool(values)

    def _has_plain_values(self, values: Mapping[str, Value]) -> bool:
        """The same of any type."""
        bounds = self._bounds
        try:
            for name, value in values.items():
                if type(value) is float:
                    low, high = bounds[name]
                    if not low <= value <= high:
                        return False
                elif value not in self._texts[name]:
                    return False
        except KeyError:
            return False
        return bool(values)

    def _sift(self, reading: Reading) -> None:
        kept: dict[str, Value] = {}
        aside = {name: self._known(name, why) for name, why in (reading.aside or {}).items()}
        for name, value in reading.values.items():
            kind = self._kinds.get(name)
            found = self._surplus(name, value) if kind is None else kind.judge(value)
            if isinstance(found, Aside):
                aside[name] = found
            else:
                kept[name] = found
        self._insist(reading, kept, aside)
        reading.values = kept
        reading.aside = {name[:LONGEST_NAME]: why for name, why in aside.items()} or None

    def _known(self, name: str, why: Aside) -> Aside:
        """What is neither number nor text, by what it should have been."""
        if name not in self._kinds:
            return self._surplus(name, why.value)
        if name in self._texts:
            detail = why.detail.removesuffix(_NO_NUMBER) + ", not a text"
            return Aside(None, "not_a_text", detail)
        return why

    def _insist(self, reading: Reading, kept: Mapping[str, Value], aside: dict[str, Aside]) -> None:
        """Refuse a reading of which nothing is left."""
        if len(aside) > MOST_ASIDE:
            detail = f"{len(aside)} channels that cannot be; a reading may have {MOST_ASIDE}"
            raise events.reject(reading, "too_many", detail)
        if kept:
            return
        bad = [why for name, why in aside.items() if name in self._kinds]
        if not bad:
            raise events.reject(reading, "missing_channel", self._nothing(aside))
        reasons = {why.reason for why in bad}
        reason = reasons.pop() if len(reasons) == 1 else "out_of_range"
        raise events.reject(reading, _REASONS[reason], "; ".join(why.detail for why in bad))

    def _nothing(self, aside: Mapping[str, Aside]) -> str:
        surplus = ", ".join(f"{name[:40]!r}" for name in aside)
        unknown = f"; it has no {surplus}" if surplus else ""
        return f"no channel of a {self._asset.name} is in it{unknown}"

    def _surplus(self, name: str, value: Value | None) -> Aside:
        detail = f"{self._asset.name} has no channel {name[:40]!r}"
        shown = value[:LONGEST_TEXT] if isinstance(value, str) else value
        return Aside(shown, "unknown_channel", detail)


class OpenChecker(Checker):
    """The rules of a device of no type: what it has not is one too many, or has no good name.

    Whatever can be a channel is one by now (``generic.Description``); nobody is refused for what
    is more.
    """

    __slots__ = ()

    def _known(self, name: str, why: Aside) -> Aside:
        is_new = name not in self._kinds and why_not(name) is None
        return why if is_new else super()._known(name, why)

    def _insist(self, reading: Reading, kept: Mapping[str, Value], aside: dict[str, Aside]) -> None:
        surplus = list(aside)[MOST_ASIDE:]
        for name in surplus:
            del aside[name]
        if surplus:
            last, more = next(reversed(aside)), len(surplus)
            aside[last] = msgspec.structs.replace(
                aside[last], detail=f"{aside[last].detail}; and {more} more that cannot be"
            )
        super()._insist(reading, kept, aside)

    def _surplus(self, name: str, value: Value | None) -> Aside:
        shown = value[:LONGEST_TEXT] if isinstance(value, str) else value
        detail = why_not(name) or (
            f"{name!r} is one more than the {MOST_CHANNELS} channels that a machine of no type has"
        )
        return Aside(shown, "unknown_channel", detail)


@lru_cache(maxsize=TYPES_REMEMBERED)
def checker_of(asset: Asset) -> Checker:
    """The rules of an asset type, made once."""
    return OpenChecker(asset) if asset.name == GENERIC else Checker(asset)
