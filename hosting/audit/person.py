"""What a user of this machine does by a command: who that is, from where, and an entry of it."""

import getpass
import os
import time
from pathlib import Path

from hosting.audit.events import Event, What
from hosting.audit.spool import Spool


def enter(data_dir: Path, *, source: str, what: What, detail: str) -> None:
    """Leave it for the gateway, which enters it now or when it is started."""
    now_ms = time.time_ns() // 1_000_000
    event = Event(time_ms=now_ms, who=user(), origin=origin(), what=what, detail=detail)
    Spool(data_dir, source).note(event)


def user() -> str:
    """The user's name; where they have none, as in a container, their number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def origin() -> str:
    """From where they speak: an address over SSH."""
    return os.environ.get("SSH_CONNECTION", "").partition(" ")[0] or "this machine"
