"""Where a list of readings goes on, as a text that its reader gives back and need not understand.

It names the last item that was looked at, by what items are ordered by: time and row. A row has its
number for good, in the journal and in the file it goes to, so a cursor holds while days move.
"""

import base64
import binascii
from typing import Annotated, Final, NamedTuple, Self

import msgspec

from contract.errors import Refused
from gateway.api.instants import LATEST_MS
from gateway.archive.rows import NEWEST

LONGEST: Final = 120  # characters

# SQLite has no greater numbers: it would take one of them for damage of the journal.
Ms = Annotated[int, msgspec.Meta(ge=0, le=LATEST_MS)]
Row = Annotated[int, msgspec.Meta(ge=-NEWEST, le=NEWEST)]


class Cursor(NamedTuple):
    """Of one device; ``to_ms``: where the list ends that it is of."""

    device_id: int
    time_ms: Ms
    row: Row
    to_ms: Ms

    @classmethod
    def at(cls, device_id: int, *, from_ms: int, to_ms: int) -> Self:
        """Before all of a range."""
        return cls(device_id, from_ms, -NEWEST, to_ms)

    def text(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def cursor_of(text: str, *, device_id: int, device: str) -> Cursor:
    """What ``Cursor.text`` gave.

    Raises:
        Refused: it is none, or one of another device.
    """
    try:
        padded = text.encode() + b"=" * (-len(text) % 4)
        found = msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=Cursor)
    except (binascii.Error, ValueError) as error:
        raise Refused(
            f"{text[:40]!r} is no cursor: give the one that the answer before had, as it was."
        ) from error
    if found.device_id != device_id:
        raise Refused(
            f"This cursor is of another machine than {device}: begin without one, from a time on."
        )
    return found
