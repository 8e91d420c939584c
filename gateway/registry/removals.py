"""A machine that is to be removed: a file each until all of it is gone, whatever ends the process.

The login goes first, then the rows, then what the broker keeps. What was done shows in the journal
(``Tombstone``), so that a removal that was begun twice takes no login that was made in between.
"""

from typing import Final

import msgspec

from gateway.journal import Tombstone
from gateway.registry.waiting import Waiting
from hosting.audit.events import Event, What

FOLDER: Final = "removals"


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """By whose word, from where, and when."""

    by: str
    origin: str
    time_ms: int

    def stone(self, name: str) -> Tombstone:
        return Tombstone(name=name, removed_by=self.by, removed_ms=self.time_ms)

    def entry(self, name: str) -> Event:
        """For the audit trail."""
        return Event(
            time_ms=self.time_ms,
            who=self.by,
            origin=self.origin,
            what=What.DEVICE_REMOVED,
            detail=name,
        )


_files: Final = Waiting(FOLDER, Removal, about="a removal")
leave: Final = _files.leave
left: Final = _files.left
waiting: Final = _files.waiting
entered: Final = _files.entered
