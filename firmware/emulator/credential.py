"""A device's own login at the broker: one line of a file beside its spool."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FILE = "credential"
_LOGINS = "broker/passwords"  # below the data directory, where `make up` has run


def ask_for(names: Sequence[str], data_dir: Path) -> str:
    """Have logins made for those of ``names`` that have none; a sentence where that failed.

    The gateway's own command makes them: it alone keeps the broker's files. Where `make up` never
    ran there is no broker of ours, and nothing is done.
    """
    missing = [name for name in names if not (data_dir / "devices" / name / FILE).exists()]
    if not missing or not (data_dir / _LOGINS).exists():
        return ""
    command = [sys.executable, "-m", "gateway", "device", "add", *missing, "--for-emulator"]
    done = subprocess.run(  # noqa: S603 - our own interpreter, names that were checked
        command,
        env=os.environ | {"EDGETWIN_DATA_DIR": str(data_dir)},
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stderr.strip() if done.returncode else ""


class Unusable(OSError):
    """The file holds no login."""


def read(directory: Path) -> tuple[str, str] | None:
    """User name and password, or None when the device has no login of its own.

    Raises:
        Unusable: the file is damaged; the text says what to do.
        OSError: it cannot be read.
    """
    path = directory / FILE
    if not path.exists():
        return None
    username, colon, password = path.read_text().strip().partition(":")
    if not (username and colon and password):
        raise Unusable(
            f"{path} is damaged: `python -m gateway device add {directory.name} --renew "
            "--for-emulator` writes it anew."
        )
    return username, password
