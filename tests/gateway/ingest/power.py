"""A disk that keeps, in a power cut, what was synced, and of the rest what chance wants."""

import random
import shutil
from io import FileIO
from pathlib import Path

import msgspec
import pytest

from gateway.journal import Journal, ending, wal

_SECTOR = 512  # bytes that a disk writes whole


class Power:
    """Watches the journal in ``directory`` being synced, and can cut the power."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._path = directory / "journal.db"
        self._durable: dict[str, bytes] = {}
        self.syncs = 0
        sync, commit = wal.sync, Journal.commit

        def watched_sync(log: FileIO) -> None:
            sync(log)
            self.syncs += 1
            self._note()

        def watched_commit(journal: Journal) -> None:
            before = self._files()
            commit(journal)
            if not journal._is_lazy and self._files() != before:  # else SQLite syncs nothing
                self._note()

        monkeypatch.setattr(wal, "sync", watched_sync)
        monkeypatch.setattr(Journal, "commit", watched_commit)

    def _files(self) -> dict[str, bytes]:
        names = (self._path.name, f"{self._path.name}-wal")
        files = (self._path.with_name(name) for name in names)
        return {file.name: file.read_bytes() for file in files if file.exists()}

    def _note(self) -> None:
        self._durable = self._files()

    def cut(self, into: Path, dice: random.Random) -> None:
        """Leave in ``into`` what a start after a power cut would find."""
        into.mkdir()
        for name, now in self._files().items():
            safe = self._durable.get(name, b"")
            (into / name).write_bytes(now if name == self._path.name else _torn(safe, now, dice))
        state = self._path.with_suffix(".state")
        shutil.copy(state, into)
        (into / state.name).write_bytes(
            msgspec.json.encode(
                msgspec.structs.replace(ending.load(self._path), boot="another boot")  # type: ignore[type-var]
            )
        )


def _torn(safe: bytes, now: bytes, dice: random.Random) -> bytes:
    """Of what was written since, any sectors may have come to the disk, and any end of the file."""
    found = bytearray(safe)
    for at in range(0, len(now), _SECTOR):
        old, new = safe[at : at + _SECTOR], now[at : at + _SECTOR]
        if old != new and dice.random() < 0.5:
            found.extend(bytes(max(0, at + len(new) - len(found))))
            found[at : at + len(new)] = new
    return bytes(found)
