"""A parcel in; until the gateway has it, or who does so where none works."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw

from contract.errors import Refused, Unavailable
from contract.settings import Settings
from gateway.importing import known, parcel
from gateway.importing.parcel import Header
from gateway.importing.report import progress
from gateway.journal.imports import Counts
from gateway.journal.lock import is_held

Offline = Callable[[], None]  # a gateway that does nothing but take what lies there
_LOOK_S: Final = 0.2


def until_stored(target: Path, header: Header, settings: Settings, offline: Offline) -> Counts:
    """What became of its rows.

    Raises:
        Refused: the gateway could not take it. Unavailable: not now, as of a full disk.
    """
    with progress("stored", total=header.rows) as told:
        while True:
            _check_taken(target)
            counts, is_done = _standing(header, settings)
            told(counts.rows)
            if is_done and not target.exists():
                return counts
            if is_held(settings.journal_path):
                time.sleep(_LOOK_S)
            else:
                offline()
                _check_left(target)


def _check_taken(target: Path) -> None:
    refused = target.with_suffix(parcel.REFUSED)
    if refused.exists():
        why = refused.read_text(encoding="utf-8")
        refused.unlink()
        raise Refused(why)


def _check_left(target: Path) -> None:
    """Raises Unavailable: it waits there though somebody was to take it."""
    if target.exists() and not target.with_suffix(parcel.REFUSED).exists():
        raise Unavailable(
            f"{target.name} is not stored whole yet: the gateway's next start goes on with it, and"
            " so does the same command."
        )


def _standing(header: Header, settings: Settings) -> tuple[Counts, bool]:
    with contextlib.suppress(apsw.Error):
        found = known.find(settings, header.device, header.epoch)
        if found is not None:
            return found.counts, found.done_ms is not None
    return Counts(), False
