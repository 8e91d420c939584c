"""Photos of machines: a private file each below the data directory, named as its machine.

A new one is written aside, synced and renamed: it is whole or the old one is still there. What
kind of picture it is, its bytes say.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from contract import topics
from contract.errors import NotFound, Unavailable, reason
from gateway.registry import picture
from hosting.durable import sync
from hosting.private import write_new

log = logging.getLogger(__name__)

FOLDER: Final = "photos"
_ASIDE: Final = ".new"  # no machine is called so


class Photo(NamedTuple):
    revision: str
    body: bytes


def revision(data_dir: Path, device: str) -> str | None:
    """Another with each photo of a device; None: it has none."""
    try:
        return _revision(_path(data_dir, device).stat())
    except OSError:
        return None


def drop(data_dir: Path, device: str) -> bool:
    """Let a device have none; whether it had one. Raises OSError."""
    try:
        _path(data_dir, device).unlink()
    except FileNotFoundError:
        return False
    return True


def move(data_dir: Path, device: str, *, to: str) -> None:
    """It is the photo of a machine that is called otherwise from now on."""
    try:
        _path(data_dir, device).replace(_path(data_dir, to))
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("the photo of %s stays, it is that of %s: %s", device, to, error)


class Photos:
    """Takes photos in, and gives them out. Lives on the event loop; files are read beside it.

    Args:
        check_known: raises NotFound where there is no such device.
    """

    def __init__(self, data_dir: Path, *, check_known: Callable[[str], object]) -> None:
        self._data_dir = data_dir
        self._check_known = check_known
        self._one_at_a_time = asyncio.Lock()  # a picture takes memory while it is decoded
        with contextlib.suppress(OSError):  # not there, as it should be
            (data_dir / FOLDER / _ASIDE).unlink()

    def revision(self, device: str) -> str | None:
        return revision(self._data_dir, device)

    async def get(self, device: str) -> Photo:
        """Raises NotFound: there is no such device, or no photo of it; Unavailable."""
        self._check_known(device)
        try:
            return await asyncio.to_thread(_read, self._data_dir, device)
        except FileNotFoundError:
            raise _none(device) from None
        except OSError as error:
            raise Unavailable(
                f"The photo of {device} cannot be read now: {reason(error)}."
            ) from error

    async def small(self, photo: Photo) -> bytes:
        """Of ``picture.SMALL_TYPE``. Raises Refused: the file was put there by another hand."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(picture.small, photo.body)

    async def put(self, device: str, body: bytes) -> None:
        """Let this be its photo, without what a camera wrote into it.

        Raises:
            NotFound: there is no such device (any more). Refused: it is no picture, or too large.
            Unavailable: it cannot be stored.
        """
        self._check_known(device)
        async with self._one_at_a_time:
            await asyncio.to_thread(picture.small, body)  # it will be asked for
            bare = await asyncio.to_thread(picture.bare, body)
            try:
                made = await asyncio.to_thread(_write_aside, self._data_dir, bare)
                self._put_in_place(device, made)
                await asyncio.to_thread(sync, self._data_dir / FOLDER)
            except OSError as error:
                raise Unavailable(
                    f"The photo of {device} cannot be stored: {reason(error)}."
                ) from error

    def _put_in_place(self, device: str, made: Path) -> None:
        """At once with the question whether the device is still there: it may be removed."""
        try:
            self._check_known(device)
        except NotFound:
            made.unlink(missing_ok=True)
            raise
        made.replace(_path(self._data_dir, device))

    def take(self, device: str) -> None:
        """Let it have none. Raises NotFound: there is no such device, or no photo; Unavailable."""
        self._check_known(device)
        try:
            had_one = drop(self._data_dir, device)
        except OSError as error:
            raise Unavailable(
                f"The photo of {device} cannot be removed now: {reason(error)}."
            ) from error
        if not had_one:
            raise _none(device)


def _none(device: str) -> NotFound:
    return NotFound(f"There is no photo of {device}: PUT /devices/{device}/photo brings one.")


def _path(data_dir: Path, device: str) -> Path:
    if not topics.is_name(device):
        raise FileNotFoundError(device)
    return data_dir / FOLDER / device


def _revision(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns:x}-{found.st_ino:x}"


def _read(data_dir: Path, device: str) -> Photo:
    with _path(data_dir, device).open("rb") as file:
        return Photo(_revision(os.fstat(file.fileno())), file.read())


def _write_aside(data_dir: Path, body: bytes) -> Path:
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = folder / _ASIDE
    write_new(made, body)
    return made
