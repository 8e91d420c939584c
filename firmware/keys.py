"""The key that each board's updates are signed with: made when it is flashed, kept by both sides.

``$EDGETWIN_DATA_DIR/keys/<device>``, 32 random bytes in hex, readable by its owner alone. Who loses
the file flashes the board once more by cable.
"""

import os
import secrets
from pathlib import Path

from firmware.errors import UpdateError

_BYTES = 32
_PRIVATE = 0o600


def path_of(data_dir: Path, device: str) -> Path:
    return data_dir / "keys" / device


def made(data_dir: Path, device: str) -> bytes:
    """The key of ``device``, a new one if it has none yet.

    Raises:
        UpdateError: the file cannot be read or written, or holds no key.
    """
    path = path_of(data_dir, device)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE)
    except FileExistsError:
        return known(data_dir, device)
    except OSError as error:
        raise UpdateError(f"{path} cannot be written: {error.strerror}") from None
    key = secrets.token_bytes(_BYTES)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex() + "\n")
    return key


def known(data_dir: Path, device: str) -> bytes:
    """The key of a board that was flashed from here.

    Raises:
        UpdateError: there is none, or the file holds no key.
    """
    path = path_of(data_dir, device)
    try:
        key = bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        raise UpdateError(
            f"There is no update key for {device} ({path}): copy it from the machine that flashed "
            "the board, or flash the board from here."
        ) from None
    except OSError as error:
        raise UpdateError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise UpdateError(f"{path} holds no key: restore it, or remove it and flash the board.")
    return key
