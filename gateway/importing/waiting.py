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
BACK_WITHIN_S: Final = 60.0  # a supervisor begins a gateway again sooner than that
STUCK_S: Final = 30.0  # no minute was done for so long: something is in the way
_LOOK_S: Final = 0.2


class Turn:
    """Lets the gateway work that has the journal, or one of the command's own where none has.

    One that had it and is gone has a while to come back, as its supervisor begins it anew: with the
    journal taken meanwhile it could not, and boards would wait until the last row is stored.
    """

    def __init__(self, journal: Path, offline: Offline) -> None:
        self._journal = journal
        self._offline = offline
        self._seen_s: float | None = None  # when another had the journal

    def pass_(self) -> bool:
        """A moment later; whether the command's own has done what there was."""
        if is_held(self._journal):
            self._seen_s = time.monotonic()
        elif self._seen_s is None or time.monotonic() - self._seen_s > BACK_WITHIN_S:
            self._offline()
            return True
        time.sleep(_LOOK_S)
        return False


def until_stored(target: Path, header: Header, settings: Settings, turn: Turn) -> Counts:
    """What became of its rows.

    Raises:
        Refused: the gateway could not take it. Unavailable: not now, as of a full disk.
    """
    with progress("rows stored", total=header.rows) as told:
        while True:
            _check_taken(target)
            counts, is_done = _standing(header, settings)
            told(counts.rows)
            if is_done and not target.exists():
                return counts
            if turn.pass_():
                _check_left(target)


def until_summed(header: Header, settings: Settings, turn: Turn) -> int:
    """Wait until minutes that it touches are computed anew; how many are not, if it is stuck."""
    first = left = known.unsummed(settings, header.device, header.why)
    since_s = time.monotonic()
    with progress("minutes summed up", total=first) as told:
        while left and time.monotonic() - since_s < STUCK_S:
            told(first - left)
            is_over = turn.pass_()
            before, left = left, known.unsummed(settings, header.device, header.why)
            if is_over:
                break
            if left < before:
                since_s = time.monotonic()
    return left


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
