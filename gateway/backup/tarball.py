"""A backup as one file: made of a folder, and opened as one."""

import contextlib
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from contract.errors import Refused, reason
from gateway.backup import durable
from gateway.backup.manifest import NAME
from hosting.durable import sync

SUFFIXES: Final = (".tar", ".tar.gz", ".tgz")


def is_one(path: Path) -> bool:
    return path.name.endswith(SUFFIXES)


def pack(folder: Path, path: Path) -> None:
    """Write ``path``, which is there only once it is whole. Raises OSError."""
    beside = path.with_name(f"{path.name}.part")
    with _opened(beside, is_plain=path.suffix == ".tar") as tar:
        tar.add(folder, arcname=".")
    beside.chmod(0o600)
    sync(beside)
    durable.move(beside, path)


def _opened(path: Path, *, is_plain: bool) -> tarfile.TarFile:
    return tarfile.open(path, "w") if is_plain else tarfile.open(path, "w:gz", compresslevel=1)


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A backup as a folder: itself, or what a file holds, unpacked for the while.

    Beside it, where there is room for it; of a disk that is only read, where temporary files go.

    Raises:
        Refused: it cannot be unpacked.
    """
    if not path.is_file():
        yield path
        return
    beside = path.parent if os.access(path.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=".unpacked-", dir=beside) as name:
        try:
            with tarfile.open(path) as tar:
                tar.extractall(name, filter="data")
        except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
            raise Refused(f"{path} cannot be unpacked: {reason(error)}.") from error
        if not (Path(name) / NAME).is_file():
            raise Refused(f"{path} holds no {NAME}: it is no backup of edgetwin's, or is damaged.")
        yield Path(name)
