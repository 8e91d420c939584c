"""A device's own login at the broker: one line of a file beside its spool."""

from pathlib import Path

FILE = "credential"


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
