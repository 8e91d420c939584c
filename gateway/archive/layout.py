"""Where a day's file is: ``archive/<site>/<device>/<yyyy>/<mm-dd>.parquet``. Pure.

Days are of UTC. A file that is closed must stay what it is: a site's own days are 23, 24 or 25
hours long, and another time zone in the settings would cut all of them anew.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import apsw

from gateway.journal.archived import DAY_MS

ARCHIVE: Final = "archive"  # below the data directory
ENDING: Final = ".parquet"
PART: Final = ".part"  # of one that is being written
_LEVELS: Final = 5  # from the archive's own folder on


def root_beside(journal: Path) -> Path:
    """The archive that belongs to a journal."""
    return journal.parent / ARCHIVE


def root_of(connection: apsw.Connection) -> Path:
    """The archive that belongs to the journal of a connection."""
    return root_beside(Path(connection.filename))


def folder_of(site: str, device: str) -> str:
    """A device's folder, below the archive's own."""
    return f"{site}/{device}"


def path_of(root: Path, folder: str, day_ms: int) -> Path:
    """The file of a day that begins at ``day_ms``."""
    day = datetime.fromtimestamp(day_ms / 1000, UTC)
    return root / folder / f"{day:%Y}" / f"{day:%m-%d}{ENDING}"


def shown(path: Path) -> str:
    """A file as people are told of it, wherever on the server the archive is."""
    return str(Path(*path.parts[-_LEVELS:]))


def day_of_file(path: Path) -> int | None:
    """Where the day begins that a file's name tells; None where it is no such name."""
    try:
        told_ = f"{path.parent.name}-{path.name}"
        begins = datetime.strptime(told_, f"%Y-%m-%d{ENDING}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(begins.timestamp()) * 1000


def day_at(time_ms: int) -> int:
    """Where the UTC day of a time begins."""
    return time_ms - time_ms % DAY_MS


def told(day_ms: int) -> str:
    """A day as people write it."""
    return f"{datetime.fromtimestamp(day_ms / 1000, UTC):%Y-%m-%d}"
