"""What of the archive cannot be read: told before an export begins, or left out of it by name."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import apsw

from contract.errors import Unreadable
from gateway.api.instants import iso
from gateway.archive.files import trouble_of
from gateway.archive.layout import path_of, root_of
from gateway.journal.archived import days_within

_TOLD: Final = 5  # files in one sentence
PUT_BACK: Final = "Put it back from a backup; or"


class LeftOut:
    """Stretches of machines that cannot be read, each told once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int], str] = {}

    def of(self, device: str) -> Callable[[int, int, str], None]:
        """Takes the stretches of one machine: from, to, why."""
        return partial(self._note, device)

    def _note(self, device: str, from_ms: int, to_ms: int, why: str) -> None:
        self._found[device, from_ms, to_ms] = why

    @property
    def sentences(self) -> list[str]:
        """In the order in which they were met."""
        return [
            f"{device} from {iso(from_ms)} to {iso(to_ms)}: {why}"
            for (device, from_ms, to_ms), why in self._found.items()
        ]


def check(
    connection: apsw.Connection,
    devices: Sequence[tuple[int, str]],
    *,
    from_ms: int,
    to_ms: int,
    or_else: str,
) -> None:
    """Whether the files of a range are there, before anything of it is written.

    Args:
        connection: to the journal, within one snapshot.
        devices: (id, name) of each.
        from_ms: where the range begins.
        to_ms: where it ends.
        or_else: what asks for the rest.

    Raises:
        Unreadable: some are not, or are damaged; the text names them.
    """
    root = root_of(connection)
    found = []
    for device_id, name in devices:
        for day in days_within(connection, device_id=device_id, from_ms=from_ms, to_ms=to_ms):
            path = path_of(root, day.folder, day.day_ms)
            why = day.damage or trouble_of(path, size=day.size, sha256=day.sha256)
            if why is not None:
                found.append(f"{name}: {why}")
    if found:
        more = len(found) - _TOLD
        shown = " ".join(found[:_TOLD]) + (f" And {more} more." if more > 0 else "")
        raise Unreadable(f"Of this range some days cannot be read. {shown} {PUT_BACK} {or_else}")
