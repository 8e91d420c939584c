"""A portion of one device's past, as somebody imports it: what is stored of it in one transaction.

It is no news: nothing of it is live, raises an alarm or is judged. Its readings are rows like any
other, and what they add up to are minutes like any other.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from contract.errors import Reason
from contract.messages import Minute, Reading
from gateway.journal import Journal, Quarantined, Row
from gateway.journal.formers import IMPORTED, Why
from gateway.twin.fleet import Device

_NOTHING: Final[Callable[[Journal], None]] = lambda _: None  # noqa: E731


@dataclass(kw_only=True)
class Past:
    """Attributes.

    items: readings that the journal does not have, each with the JSON of its values.
    minutes: those of them that are complete.
    late_ms: times whose minutes are to be computed anew from the journal's rows.
    why: minutes are others because of it.
    quarantined: what of it cannot be used, and is kept to be looked at.
    refusals: how much more of it cannot, by reason, and is only counted.
    first_ms: when all of it began, said once.
    note: what else belongs into the transaction, once the items are in it.
    """

    device: Device
    epoch_id: int
    why: Why = IMPORTED
    items: list[tuple[Reading, bytes]] = field(default_factory=list)
    minutes: list[Minute] = field(default_factory=list)
    late_ms: list[int] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    refusals: Counter[Reason] = field(default_factory=Counter)
    first_ms: int | None = None
    note: Callable[[Journal], None] = _NOTHING

    def stage(self, journal: Journal) -> None:
        """Write rows and refusals, in an open transaction; ``journal.next_id`` goes on."""
        first = journal.next_id
        journal.add_items(
            [
                Row(first + at, self.epoch_id, self.device.id, reading, body)
                for at, (reading, body) in enumerate(self.items)
            ]
        )
        journal.next_id = first + len(self.items)
        if self.items:
            last = self.items[-1][0].seq
            journal.put_watermarks([(self.epoch_id, last, [])])
        journal.add_quarantined(self.quarantined)
        name = self.device.name
        journal.count_refused({(name, why): count for why, count in self.refusals.items()})
        self.note(journal)


def body_of(reading: Reading) -> bytes:
    """The JSON of its values, as it is stored."""
    return msgspec.json.encode(reading.values)
