"""Ways in which a journal is damaged: each takes the path of ``journal.db``."""

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

PAGE = 2048
Damage = Callable[[Path], None]


def flip(path: Path, *, first: int, every: int) -> None:
    """Other bytes into places all over a file, which stays the same file."""
    with path.open("r+b") as file:
        for at in range(first, path.stat().st_size - 64, every):
            file.seek(at)
            file.write(os.urandom(64))


def flip_pages(journal: Path) -> None:
    flip(journal, first=2 * PAGE + 500, every=3 * PAGE)


def flip_log(journal: Path) -> None:
    flip(journal.with_name("journal.db-wal"), first=32 + 24 + 200, every=2 * (PAGE + 24))


def scribble_log(journal: Path) -> None:
    """Few bytes in many places: in texts and types of rows above all, which no reader expects."""
    log = journal.with_name("journal.db-wal")
    with log.open("r+b") as file:
        size = log.stat().st_size
        for _ in range(max(200, size // (4 * PAGE))):  # most frames are ones nobody reads any more
            file.seek(random.randrange(32, size - 16))
            file.write(os.urandom(16))


def spoil_texts(journal: Path) -> None:
    """A byte that no UTF-8 has, into readings of the log: of the last page's worth of each."""
    log = journal.with_name("journal.db-wal")
    content = log.read_bytes()
    with log.open("r+b") as file:
        for found in re.finditer(rb'"temperature":', content):
            file.seek(found.start() + 1)
            file.write(b"\xff")


def flip_letters(journal: Path, *, place: int = 1) -> None:
    """In texts of readings: no page and no index of SQLite's is the worse for it."""
    content = journal.read_bytes()
    places = [found.start() for found in re.finditer(rb'"temperature":', content)]
    with journal.open("r+b") as file:
        for at in places[::10]:
            file.seek(at + place)
            file.write(bytes([content[at + place] ^ 0x80]))


def cut(journal: Path) -> None:
    os.truncate(journal, journal.stat().st_size // 2 // PAGE * PAGE)


def empty(journal: Path) -> None:
    os.truncate(journal, 0)


def spoil_header(journal: Path) -> None:
    with journal.open("r+b") as file:
        file.write(os.urandom(100))


def delete(journal: Path) -> None:
    journal.unlink()


def delete_folder(journal: Path) -> None:
    shutil.rmtree(journal.parent)


def replace(journal: Path) -> None:
    beside = journal.with_name("other")
    beside.write_bytes(journal.read_bytes())
    beside.replace(journal)
