"""What was decided about a device at the command line, on its way into the registry: one file each.

Whoever has the journal open is the only one who writes it, so ``device add --asset`` leaves its
word here. It holds from that moment on, and is entered when a gateway runs.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from contract import topics

log = logging.getLogger(__name__)

FOLDER: Final = "registry"
_SUFFIX: Final = ".json"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The asset type of a device, by whose word."""

    asset: str
    by: str
    time_ms: int


_decode: Final = msgspec.json.Decoder(Decision).decode


def leave(data_dir: Path, device: str, decision: Decision) -> None:
    """Leave a decision for the gateway; it is whole or not there. Raises OSError."""
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = folder / f".{device}.{os.getpid()}"
    made.write_bytes(msgspec.json.encode(decision))
    made.chmod(0o600)
    made.replace(_path(data_dir, device))


def left(data_dir: Path, device: str) -> Decision | None:
    """What waits for ``device``; None also where it cannot be read, which the log then says."""
    path = _path(data_dir, device)
    try:
        return _decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("%s says nothing of a device's type: %s", path, error)
        return None


def waiting(data_dir: Path) -> Iterator[tuple[str, Decision]]:
    """Every device of which something waits."""
    for path in sorted((data_dir / FOLDER).glob(f"*{_SUFFIX}")):
        device = path.name.removesuffix(_SUFFIX)
        decision = left(data_dir, device) if topics.is_name(device) else None
        if decision is None:
            with contextlib.suppress(OSError):
                path.replace(path.with_suffix(".unread"))
            continue
        yield device, decision


def entered(data_dir: Path, device: str, decision: Decision) -> None:
    """It is in the registry; one that has come since stays."""
    if left(data_dir, device) == decision:
        with contextlib.suppress(FileNotFoundError):
            _path(data_dir, device).unlink()


def _path(data_dir: Path, device: str) -> Path:
    return data_dir / FOLDER / (device + _SUFFIX)
