"""What the journal knows of imports, asked by whoever is not the gateway."""

import contextlib
from collections.abc import Iterator
from typing import Any

import apsw

from contract.errors import Conflict, Refused
from contract.settings import Settings
from gateway.journal.formers import Why, still_waiting
from gateway.journal.imports import Import, ImportSource
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import translated


def find(settings: Settings, device: str, epoch: str) -> Import | None:
    """How far a file of a device has come, as it was read."""
    with _source(settings, device) as (source, device_id):
        return None if source is None else source.find(device_id, epoch)


def unsummed(settings: Settings, device: str, why: Why) -> int:
    """How many minutes of a device are to be computed anew for that reason yet."""
    with _journal(settings) as journal:
        if journal is None:
            return 0
        found: Any = journal.execute("SELECT id FROM device WHERE name = ?", (device,)).get
        return 0 if found is None else still_waiting(journal, int(found), why)


def check_not_otherwise(settings: Settings, device: str, content: str, *, epoch: str) -> None:
    """Raises Conflict: the same file was imported before, and read otherwise."""
    with _source(settings, device) as (source, device_id):
        if source is None:
            return
        before = source.of_same_content(device_id, content, epoch=epoch)
    if before is not None:
        raise Conflict(
            f"{before.source} was imported already, read otherwise (other columns, units, zone or"
            " gaps): its rows would count twice. Say --again if that is meant, or another"
            " --device."
        )


def check_type(settings: Settings, device: str, asset: str) -> None:
    """Raises Refused: the journal knows it as a machine of another type."""
    with _journal(settings) as journal:
        found: Any = (
            journal
            and journal.execute("SELECT asset FROM device WHERE name = ?", (device,)).fetchone()
        )
    if found and found[0] != asset:
        raise other_type(device, found[0], asset)


def other_type(device: str, its: str, asset: str) -> Refused:
    return Refused(f"{device} is a {its}, and no {asset}: say --asset {its}, or another --device.")


@contextlib.contextmanager
def _source(settings: Settings, device: str) -> Iterator[tuple[ImportSource | None, int]]:
    """None where the journal knows no such device, or knows of no imports yet."""
    with _journal(settings) as journal:
        if journal is None:
            yield None, 0
            return
        found: Any = journal.execute("SELECT id FROM device WHERE name = ?", (device,)).get
        has_table = journal.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'import'").get
        yield (ImportSource(journal) if found and has_table else None), int(found or 0)


@contextlib.contextmanager
def _journal(settings: Settings) -> Iterator[apsw.Connection | None]:
    """None where there is none yet."""
    path = settings.journal_path
    if not path.exists():
        yield None
        return
    with translated(path), contextlib.closing(open_read_only(path)) as journal:
        yield journal
