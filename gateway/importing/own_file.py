"""A path in; the export of ours, or the file of the archive, that is there, out."""

from pathlib import Path

from gateway.importing import own_parquet
from gateway.importing.own import OwnTable
from gateway.importing.own_text import OwnText, separator_of
from gateway.importing.tables import PARQUET
from gateway.importing.texts import TextFile


def is_one(path: Path) -> bool:
    """Whether a gateway has written it. Raises Refused, OSError: it is not whole, or not there."""
    if path.suffix.lower() in PARQUET:
        return own_parquet.opened(path) is not None
    return separator_of(TextFile(path).head(1)) is not None


def opened(path: Path) -> OwnTable | None:
    """None: another has written it, or nobody knows who. Raises Refused: it is not whole."""
    if path.suffix.lower() in PARQUET:
        return own_parquet.opened(path)
    text = TextFile(path)
    separator = separator_of(text.head(1))
    return None if separator is None else OwnText(text, separator)
