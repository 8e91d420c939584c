"""Whether disk and budget have room for what is to be imported, before any of it is stored.

All of an import is in the journal before the first of its days goes to the archive.
"""

import shutil
from pathlib import Path
from typing import Final

from contract.errors import Refused
from contract.settings import Settings
from gateway.archive.layout import root_beside
from gateway.importing.parcel import SUFFIX

_SIZES: Final = 2.0  # of its parcel that rows take in the journal, with their sums


def check(settings: Settings, parcel: Path) -> None:
    """Raises Refused: with ``parcel`` the disk would be full, or the budget spent."""
    waiting = sum(map(_size, parcel.parent.glob(f"*{SUFFIX}")))
    needed = int(_SIZES * (parcel.stat().st_size + waiting))
    free, limit = shutil.disk_usage(parcel.parent).free, settings.disk_budget_bytes
    if needed > free:
        raise Refused(
            f"What is imported needs about {_gb(needed)} GB in {settings.data_dir} until the"
            f" archive has taken it, and {_gb(free)} GB are free there. It is not stored: make"
            " room, or import less at once."
        )
    taken = _taken(settings)
    if limit is not None and taken + needed > limit:
        raise Refused(
            f"What is imported needs about {_gb(needed)} GB until the archive has taken it. Journal"
            f" and archive take {_gb(taken)} of the {_gb(limit)} GB that they may"
            " (EDGETWIN_DISK_BUDGET_GB), so that archived days would have to go. It is not stored:"
            " let them have more, or import less at once."
        )


def _taken(settings: Settings) -> int:
    journal = settings.journal_path
    files = [journal, journal.with_name(f"{journal.name}-wal")]
    return sum(map(_size, [*files, *root_beside(journal).rglob("*.parquet")]))


def _size(path: Path) -> int:
    """0 of what is gone: a gateway that works takes parcels and files away meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f}"
