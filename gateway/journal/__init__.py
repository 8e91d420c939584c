"""The embedded store: everything that was accepted, refused, computed and alarmed, durably."""

from gateway.journal.reader import JournalReader
from gateway.journal.removals import GONE, Tombstone
from gateway.journal.rows import Cause, Change, Device, Gap, Quarantined, Row, StoredEpoch
from gateway.journal.writer import Journal

__all__ = [
    "GONE",
    "Cause",
    "Change",
    "Device",
    "Gap",
    "Journal",
    "JournalReader",
    "Quarantined",
    "Row",
    "StoredEpoch",
    "Tombstone",
]
