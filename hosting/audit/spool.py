"""How other processes hand their entries over: lines in a file that the gateway takes away.

A writer opens the file, appends whole lines and closes it again. The gateway renames it, and reads
it a round later, when no writer can have it open any more: so nobody waits for anybody, and what
happens while no gateway runs is entered when one does. A file has a limit; what is beyond is lost.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from hosting.audit.counted import Counted, Entry
from hosting.audit.events import Event

log = logging.getLogger(__name__)

FOLDER: Final = "audit"
MOST_BYTES: Final = 1024 * 1024
FLUSH_S: Final = 1.0

_decode: Final = msgspec.json.Decoder(Event).decode


class Spool:
    """Where one process, ``source``, leaves its entries. Safe for several threads."""

    def __init__(
        self, data_dir: Path, source: str, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = data_dir / FOLDER / f"{source}.jsonl"
        self._counted = Counted(monotonic)
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def note(self, event: Event) -> None:
        """Enter it at once, and repeats within a second together."""
        with self._lock:
            entry = self._counted.note(event)
            if entry.stored == 0:
                self._write([entry])
            elif self._timer is None:
                self._timer = threading.Timer(FLUSH_S, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write down what was only counted."""
        with self._lock:
            self._timer = None
            self._write(self._counted.unstored())
            self._counted.take_ended()

    def _write(self, entries: Sequence[Entry]) -> None:
        """What cannot be written (a full disk) stays counted, and is tried with the next one."""
        events = [
            msgspec.structs.replace(entry.event, count=entry.count - entry.stored)
            for entry in entries
        ]
        try:
            _append(self._path, b"".join(msgspec.json.encode(event) + b"\n" for event in events))
        except OSError:
            return
        for entry in entries:
            entry.stored = entry.count


def _append(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        if os.fstat(descriptor).st_size < MOST_BYTES:
            os.write(descriptor, data)
    finally:
        os.close(descriptor)


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        log.warning("entries for the audit trail are lost, as %s cannot be read: %s", path, error)
        return []


class Collector:
    """Takes what others have left: read with ``events``, gone with ``done``."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def events(self) -> Iterator[Event]:
        """What was set aside by an earlier round; unreadable lines are a writer's, half made.

        A file of another user (root's, whose command made it) ends nobody: it is passed over.
        """
        for path in sorted(self._folder.glob("*.taken")):
            for line in _lines(path):
                try:
                    yield _decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue

    def done(self) -> None:
        """All of ``events`` is stored; set aside what has come since."""
        for path in self._folder.glob("*.taken"):
            path.unlink()
        for path in self._folder.glob("*.jsonl"):
            path.rename(path.with_suffix(".taken"))
