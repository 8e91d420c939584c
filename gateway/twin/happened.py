"""One device's events in, any order; how often each has happened and how last out. Pure."""

from collections.abc import Container
from typing import Final

import msgspec

from contract.messages import Event, EventSeen, Value
from gateway.twin.minutes import key_of

MOST_NAMES: Final = 64
OTHERS: Final = "(others)"  # no event is called so: what comes beyond so many names, together

_When = tuple[int, str, int]


class Tally(msgspec.Struct):
    """One name: how often it happened, and the last by time, epoch and number."""

    count: int = 0
    when: _When = (-1, "", 0)
    values: dict[str, Value] = {}


class Happened(msgspec.Struct):
    """What has happened to one device since its twin began."""

    tallies: dict[str, Tally] = {}

    def note(self, event: Event) -> None:
        """One more, however late it comes."""
        name = event.event
        if name not in self.tallies and len(self.tallies) >= MOST_NAMES:
            name = OTHERS
        tally = self.tallies.setdefault(name, Tally())
        tally.count += 1
        when = key_of(event)
        if when > tally.when:
            tally.when, tally.values = when, dict(event.values)

    def seen(self, known: Container[str]) -> dict[str, EventSeen]:
        """Each name as it is shown; ``known`` are those of the asset type."""
        return {
            name: EventSeen(tally.count, tally.when[0], tally.values, name in known)
            for name, tally in self.tallies.items()
        }
