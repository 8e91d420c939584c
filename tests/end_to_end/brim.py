"""A disk that can be filled to the brim: a small tmpfs, or a limit on the journal's own pages."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from gateway.journal import Journal
from tests.end_to_end.points import Orders

SIZE: Final = "24m"
_ORDER: Final = "full_disk"
_UNLIMITED: Final = 2**32 - 2


class Disk(Protocol):
    """Where the gateway's data goes, and how full it is."""

    @property
    def directory(self) -> Path: ...
    def fill(self) -> None: ...
    def free(self) -> None: ...


class Tmpfs:
    """A real file system with an end."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._filler = directory / "filler"

    def fill(self) -> None:
        """Take every byte there is."""
        with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def free(self) -> None:
        self._filler.unlink()


class PageLimit:
    """Where nothing can be mounted: SQLite itself says that the disk is full."""

    def __init__(self, directory: Path, orders: Orders) -> None:
        self.directory = directory
        self._orders = orders

    def fill(self) -> None:
        self._orders.hold_at(_ORDER)

    def free(self) -> None:
        self._orders.release(_ORDER)


def limit_pages(orders: Orders) -> None:
    """Let this process's gateway obey ``PageLimit``."""
    begin = Journal.begin

    def begin_within_limit(self: Journal, *, lazily: bool = False) -> None:
        connection = self._connection
        pages = connection.pragma("page_count") if orders.is_ordered(_ORDER) else _UNLIMITED
        connection.pragma("max_page_count", pages)
        begin(self, lazily=lazily)

    Journal.begin = begin_within_limit  # type: ignore[method-assign]


@contextlib.contextmanager
def small_disk(directory: Path, orders: Orders, *, mount: bool) -> Iterator[Disk]:
    """A disk of ``SIZE`` if this user may mount one and ``mount`` says so."""
    directory.mkdir(parents=True)
    if not mount or not _mounted(directory):
        yield PageLimit(directory, orders)
        return
    try:
        yield Tmpfs(directory)
    finally:
        subprocess.run(["umount", str(directory)], check=True)


def _mounted(directory: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "edgetwin-test", str(directory)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
