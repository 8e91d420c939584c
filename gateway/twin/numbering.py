"""A device's items in, in whatever order they come; how many numbers lack before each out. Pure.

What lacks between an item and the one before it, by number and of one epoch, belongs to the minute
of the later one. So a minute's share of what never came (or is not here yet) is told by the stored
items alone, whatever order they came in.
"""

from typing import Final

import msgspec

from contract.messages import Item

MOST_EPOCHS: Final = 20
UNKNOWN: Final = -1  # only who has all items can tell


class Numbering(msgspec.Struct):
    """How far the sequence of each of a device's epochs has come."""

    epoch: str = ""  # of the newest item to come
    next: int = 0  # number in it; 0: it has none yet
    others: dict[str, int] = {}  # the same of epochs before
    is_whole: bool = True  # no epoch was forgotten

    def step(self, item: Item) -> int:
        """One more: how many numbers lack before it, or ``UNKNOWN``."""
        is_known = item.epoch == self.epoch or self._switch(item.epoch)
        seq, expected = item.seq, self.next
        if seq < expected:  # it fills a hole: less lacks before the one behind it
            return UNKNOWN
        self.next = seq + 1
        if not is_known:
            return UNKNOWN
        return seq - expected if expected else 0

    def _switch(self, epoch: str) -> bool:
        """Another epoch; whether it is known what came of it before."""
        if self.epoch:
            self.others[self.epoch] = self.next
        expected = self.others.pop(epoch, None)
        self.epoch, self.next = epoch, expected or 0
        if len(self.others) > MOST_EPOCHS:
            del self.others[next(iter(self.others))]
            self.is_whole = False
        return expected is not None or self.is_whole
