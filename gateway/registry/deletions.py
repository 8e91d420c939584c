"""A stretch of a machine's readings that somebody wants gone: a file until all of it is.

One a machine. What was asked for stands in it, so that a process that ended in between, or a
command line, leaves it to whoever comes next: each step may be done twice.
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

from gateway.registry.waiting import Waiting
from hosting.audit.events import Event, What

FOLDER: Final = "deletions"


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """By whose word, from where, when and why; ``from_ms <= time < to_ms`` goes.

    Attributes:
        readings, events: how many there were when it was asked for.
    """

    by: str
    origin: str
    time_ms: int
    from_ms: int
    to_ms: int
    readings: int
    events: int
    reason: str = ""

    def entry(self, name: str) -> Event:
        """For the audit trail: all of it is done."""
        why = f": {self.reason}" if self.reason else ""
        return self._event(What.READINGS_DELETED, f"{name}: {self._what}{why}")

    def waits(self, name: str, why: str) -> Event:
        """For the audit trail: some of it could not be done yet."""
        return self._event(What.DELETION_WAITS, f"{name}: {self._what} are not deleted yet: {why}")

    @property
    def _what(self) -> str:
        span = f"{_told(self.from_ms)} to {_told(self.to_ms)}"
        return f"{self.readings} readings and {self.events} events of {span}"

    def _event(self, what: What, detail: str) -> Event:
        return Event(
            time_ms=self.time_ms, who=self.by, origin=self.origin, what=what, detail=detail
        ).bounded()


_files: Final = Waiting(FOLDER, Deletion, about="readings to be deleted")
leave: Final = _files.leave
left: Final = _files.left
waiting: Final = _files.waiting
entered: Final = _files.entered
drop: Final = _files.drop


def _told(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
