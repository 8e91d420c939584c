"""What people note of machines and of the site: that a service was done, or a word at a time. Pure.

An entry is changed and taken back by its id; the ledger keeps what it said before.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from contract.assets.words import Asset
from contract.errors import Refused

KIND: Final = "log"  # of rows in the ledger
MOST_ENTRIES: Final = 10_000  # of one machine, or of the site
LONGEST_TEXT: Final = 500
_AHEAD_MS: Final = 60_000  # of a browser's clock before ours


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A word at a time, or from a time until another; ``event``: that a service was done."""

    time_ms: int
    until_ms: int | None = None
    text: str = ""
    event: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A note, who wrote it last and when; an empty device is the site."""

    id: str
    device: str
    note: Note
    changed_ms: int
    changed_by: str


class Logbook:
    """Every entry by device. Readers on other threads see one change or the next."""

    def __init__(self) -> None:
        self._by_device: dict[str, dict[str, Entry]] = {}

    def of(self, device: str) -> Mapping[str, Entry]:
        """By its id."""
        return self._by_device.get(device, {})

    def put(self, entry: Entry) -> None:
        self._by_device[entry.device] = {**self.of(entry.device), entry.id: entry}

    def drop(self, device: str, id_: str) -> None:
        kept = {name: entry for name, entry in self.of(device).items() if name != id_}
        self._by_device[device] = kept

    def forget(self, device: str) -> None:
        """Nothing is noted of it any more."""
        self._by_device.pop(device, None)

    def copy(self, device: str, *, to: str) -> None:
        """Of another the same is noted."""
        self._by_device[to] = {
            id_: msgspec.structs.replace(entry, device=to) for id_, entry in self.of(device).items()
        }

    def within(self, device: str, *, from_ms: int, to_ms: int) -> list[Entry]:
        """Those that reach into a time, the newest first."""
        found = [
            entry
            for entry in self.of(device).values()
            if entry.note.time_ms < to_ms and _end_ms(entry.note) >= from_ms
        ]
        return sorted(found, key=lambda entry: (entry.note.time_ms, entry.id), reverse=True)

    def last_done(self, device: str, event: str) -> Entry | None:
        """When somebody last entered that a service was done."""
        done = (entry for entry in self.of(device).values() if entry.note.event == event)
        return max(done, key=lambda entry: entry.note.time_ms, default=None)

    def check_room(self, device: str) -> None:
        """Raises Refused: there are too many entries."""
        if len(self.of(device)) >= MOST_ENTRIES:
            raise Refused(f"There are {MOST_ENTRIES} entries: take back some that are old.")


def checked(note: Note, *, now_ms: int, asset: Asset | None) -> Note:
    """As it is kept; ``asset`` of the machine, None of the site.

    Raises:
        Refused: a sentence that says what cannot be.
    """
    text = note.text.strip()
    if len(text) > LONGEST_TEXT:
        raise Refused(f"The note may have {LONGEST_TEXT} characters; this has {len(text)}.")
    if not text.replace("\n", "").isprintable():
        raise Refused("The note holds a character that cannot be shown: write it in words.")
    if note.until_ms is not None and note.until_ms <= note.time_ms:
        raise Refused("The end of a note must be later than its beginning.")
    if note.event is None and not text:
        raise Refused("The note is empty: write what is to be known of that time.")
    if note.event is not None:
        _check_done(note.event, note.time_ms, now_ms, asset)
    return msgspec.structs.replace(note, text=text)


def _check_done(event: str, time_ms: int, now_ms: int, asset: Asset | None) -> None:
    services, wears = ((), ()) if asset is None else (asset.services, asset.wears)
    known = {each.reset_by for each in services} | {each.reset_by for each in wears} - {""}
    if event not in known:
        said = f"it has {', '.join(sorted(known))}" if known else "its type has no services"
        raise Refused(f"{event[:40]!r} resets no service of this machine: {said}.")
    if time_ms > now_ms + _AHEAD_MS:
        raise Refused("What was done cannot have been done later than now.")


def _end_ms(note: Note) -> int:
    return note.time_ms if note.until_ms is None else note.until_ms


def shown(entry: Entry) -> dict[str, Any]:
    """As answers have it; the device of the site is null."""
    note: dict[str, Any] = msgspec.to_builtins(entry.note)
    who = {"changed_ms": entry.changed_ms, "changed_by": entry.changed_by}
    return {"id": entry.id, "device": entry.device or None, **note, **who}
