"""What outlasts a cut of power."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Let a file, or which files there are in a folder, be on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
