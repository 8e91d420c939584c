"""A backup in; whether all of it is there, and as it was written."""

from collections.abc import Callable
from pathlib import Path

from contract.errors import Damaged
from gateway.backup import journal_copy
from gateway.backup.contents import JOURNAL
from gateway.backup.manifest import Manifest, described, load


def checked(folder: Path, *, told: Callable[[str], None] = lambda _: None) -> Manifest:
    """The manifest of a backup that is sound; ``told`` hears of each file.

    Raises:
        NotFound, Refused: it is no backup. Damaged: something lacks, or is another.
    """
    manifest = load(folder)
    for each in manifest.files:
        told(each.path)
        try:
            found = described(folder, Path(each.path))
        except OSError as error:
            raise Damaged(f"{each.path} of {folder} cannot be read: {error.strerror}.") from error
        if found != each:
            raise Damaged(
                f"{each.path} of {folder} is not as it was backed up: {found.bytes} bytes with the"
                f" hash {found.sha256[:12]}, not {each.bytes} with {each.sha256[:12]}."
            )
    if any(each.path == JOURNAL for each in manifest.files):
        check_journal(folder / JOURNAL, manifest)
    return manifest


def check_journal(path: Path, manifest: Manifest) -> None:
    """Raises Damaged: the journal is not sound, or has other rows."""
    journal_copy.check(path)
    schema, rows = journal_copy.counts(path)
    if (schema, rows) != (manifest.schema, manifest.rows):
        raise Damaged(f"{path} has other rows than its manifest says.")
