"""Entries in, fewer out: what repeats within a minute is one entry with a count. Bounded."""

from collections.abc import Callable
from typing import Final

from hosting.audit.events import Event, Key

TOGETHER_S: Final = 60.0
MOST_KINDS: Final = 1_000  # at a time; what is beyond is entered without names


class Entry:
    """One kind of entry within one minute."""

    def __init__(self, event: Event, *, since_s: float) -> None:
        self.event = event
        self.since_s = since_s
        self.count = 0
        self.id: int | None = None  # of its row
        self.stored = 0  # of ``count``, how many the row says


class Counted:
    """The entries of the last minute by what they have in common."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._entries: dict[Key, Entry] = {}

    def note(self, event: Event) -> Entry:
        """Count one event; returns the entry that stands for it."""
        now_s = self._monotonic()
        event = event.bounded()
        if event.key not in self._entries and len(self._entries) >= MOST_KINDS:
            event = event.of_others()
        entry = self._entries.get(event.key)
        if entry is None or (now_s - entry.since_s >= TOGETHER_S and entry.stored == entry.count):
            entry = self._entries[event.key] = Entry(event, since_s=now_s)
        entry.count += event.count
        return entry

    def unstored(self) -> list[Entry]:
        """Entries that nobody has written down in full, oldest first."""
        return [entry for entry in self._entries.values() if entry.stored != entry.count]

    def take_ended(self) -> list[Entry]:
        """Entries that are over and written down, which are forgotten now."""
        now_s = self._monotonic()
        ended = [
            (key, entry)
            for key, entry in self._entries.items()
            if entry.stored == entry.count and now_s - entry.since_s >= TOGETHER_S
        ]
        for key, _ in ended:
            del self._entries[key]
        return [entry for _, entry in ended]
