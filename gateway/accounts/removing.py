"""``device remove``: all of a machine goes, by the gateway that runs, or here where none does."""

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from contract.errors import GatewayError, Misconfigured, NotFound, Unavailable
from contract.settings import Settings
from gateway.accounts.logins import Logins
from gateway.journal import Journal, JournalReader
from gateway.registry import decisions, deletions, removals
from gateway.registry.removals import Removal

DONE_WITHIN_S: Final = 60.0
_LOOK_S: Final = 0.1
_ROWS: Final = 50_000  # a transaction: nobody waits meanwhile


def check_known(settings: Settings, name: str) -> None:
    """Raises NotFound: nobody knows a device of this name, and none has a login."""
    if Logins(settings.data_dir, site=settings.site).has(name):
        return
    with contextlib.suppress(GatewayError), _reader(settings) as reader:
        if any(stored.name == name for stored in reader.devices()):
            return
    raise NotFound(f"There is no device {name!r}: none has reported, and none has a login.")


def remove(settings: Settings, name: str, removal: Removal) -> str:
    """Remove a machine; returns what is left to do, for a person.

    Raises:
        Unavailable: it is begun, and goes on when a gateway runs; the text says what is in the way.
    """
    removals.leave(settings.data_dir, name, removal)
    try:
        _remove_here(settings, name, removal)
    except Misconfigured as error:  # a gateway has the journal
        left = partial(removals.left, settings.data_dir, name)
        until_gone(left, f"{name} is removed as soon as the gateway can: {error}")
        return ""
    return "; what the broker keeps of it goes when the gateway is next connected"


def _remove_here(settings: Settings, name: str, removal: Removal) -> None:
    with _journal(settings) as journal:
        Logins(settings.data_dir, site=settings.site).take(name)
        journal.begin()
        journal.removals.begin(removal.stone(name))
        journal.audits.add(removal.entry(name), count=1)
        journal.commit()
        has_more = True
        while has_more:
            journal.begin()
            has_more = journal.removals.purge(limit=_ROWS)
            journal.commit()
    decisions.drop(settings.data_dir, name)
    deletions.drop(settings.data_dir, name)
    (settings.data_dir / "keys" / name).unlink(missing_ok=True)
    removals.entered(settings.data_dir, name, removal)


def until_gone(
    left: Callable[[], object], later: str, obstacle: Callable[[], str] = lambda: ""
) -> None:
    """Wait until nothing is left for the gateway to do.

    ``obstacle``: what the gateway says is in its way; empty: nothing.

    Raises Unavailable: as ``later`` says, or for what is in the way.
    """
    until_s = time.monotonic() + DONE_WITHIN_S
    while left() is not None:
        if why := obstacle():
            raise Unavailable(why)
        if time.monotonic() > until_s:
            raise Unavailable(later)
        time.sleep(_LOOK_S)


@contextlib.contextmanager
def _journal(settings: Settings) -> Iterator[Journal]:
    journal = Journal(settings.journal_path)
    try:
        yield journal
    except BaseException:
        journal.rollback()
        raise
    finally:
        journal.close()


@contextlib.contextmanager
def _reader(settings: Settings) -> Iterator[JournalReader]:
    reader = JournalReader(settings.journal_path)
    try:
        yield reader
    finally:
        reader.close()
