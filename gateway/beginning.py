"""How the gateway comes by its journal and its fleet, and what happens when they are no good."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from contract.errors import Damaged, GatewayError, StorageFull
from gateway.ingest.restore import Restorer
from gateway.journal import Journal, JournalReader
from gateway.journal.ballast import Ballast
from gateway.journal.integrity import examine
from gateway.journal.trouble import ILLEGIBLE, illegible


def made_ms() -> int:
    """When the newest file of this program was written: no clock can be before that."""
    files = Path(__file__).parent.rglob("*.py")
    return max(file.stat().st_mtime_ns for file in files) // 1_000_000


def opened(path: Path, ballast: Ballast) -> tuple[Journal, JournalReader]:
    """The journal at ``path``, to write and to read. Raises what ``Journal`` does."""
    try:
        journal = Journal(path)
    except StorageFull:  # the supervisor tries again
        ballast.drop()
        raise
    try:
        return journal, JournalReader(path)
    except GatewayError:
        journal.abandon()
        raise


def restored(restorer: Restorer, path: Path) -> None:
    """Bring the fleet back. Raises Damaged: what fails for what is stored, fails each time."""
    try:
        restorer.restore()
    except ILLEGIBLE as error:
        examine(path, give_up=lambda: False)  # it may know better
        raise illegible(error, path) from error


@contextlib.contextmanager
def let_go_if_damaged(journal: Journal, reader: JournalReader) -> Iterator[None]:
    """Close a journal that turns out damaged, so that it can be set aside."""
    try:
        yield
    except Damaged:
        reader.close()
        journal.abandon()
        raise


def size_bytes(journal: Path) -> int:
    """Of the database and its WAL, which holds what no checkpoint has moved yet."""
    wal = journal.with_name(journal.name + "-wal")
    return sum(path.stat().st_size for path in (journal, wal) if path.exists())
