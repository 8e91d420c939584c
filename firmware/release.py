"""A release of the boards' program: sources in, compiled files with their version and hashes out.

One release fits all chips: it holds bytecode, and mpy-cross writes the same for each.
"""

import hashlib
import json
import secrets
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware import models, program
from firmware.device import release as wire
from firmware.device.slots import MANIFEST
from firmware.errors import UpdateError

_ARCH = "xtensawin"  # of native code, which the program has none of
_MOST_MANIFEST_BYTES = 14_000  # a command may have 16 KiB: docs/architecture.md section 3
# What zipfile and json raise for a damaged file; RuntimeError: it claims to be encrypted, or packed
# in a way nobody knows.
_DAMAGED = (
    *(EOFError, KeyError, RuntimeError, TypeError, ValueError),
    *(struct.error, zipfile.BadZipFile, zlib.error),
)


@dataclass(frozen=True, kw_only=True)
class Release:
    """``files`` by their path below a slot; ``version`` ends in ``+`` and a hash of all of them.

    ``build`` is when it was made, in seconds since 1970: of one version the later is the newer.
    """

    version: str
    files: Mapping[str, bytes]
    build: int = 0

    @property
    def total(self) -> int:
        """Bytes in all files."""
        return sum(map(len, self.files.values()))

    def listed(self) -> list[tuple[str, int, str]]:
        """Path, size and SHA-256 of each file, in the order in which they are numbered."""
        return [
            (path, len(data), hashlib.sha256(data).hexdigest()) for path, data in self.files.items()
        ]

    def manifest(self, *, device: str, epoch: str, force: bool = False) -> str:
        """What is signed: good once, for this device, until its next start. No two are the same.

        Raises:
            UpdateError: it would not fit into a command.
        """
        content = {
            "format": wire.FORMAT,
            "device": device,
            "epoch": epoch,
            "version": self.version,
            "build": self.build,
            "force": force,
            "nonce": secrets.token_hex(8),
            "files": self.listed(),
        }
        text = json.dumps(content, separators=(",", ":"))
        if len(json.dumps(text)) > _MOST_MANIFEST_BYTES:
            raise UpdateError(f"{len(self.files)} files are more than a manifest can list.")
        return text

    def write(self, path: Path) -> None:
        """Keep it in a file, so that the same can be sent to many boards, and again later.

        Raises:
            UpdateError: the file cannot be written.
        """
        content = {"version": self.version, "build": self.build, "files": self.listed()}
        try:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(MANIFEST, json.dumps(content))
                for name, data in self.files.items():
                    archive.writestr(name, data)
        except OSError as error:
            raise UpdateError(f"{path} cannot be written: {error.strerror}") from None


def build(*, asset: str) -> Release:
    """What this checkout holds, compiled.

    Raises:
        UpdateError: there is no such type of machine.
        ToolError: mpy-cross is missing, or a file is no MicroPython.
    """
    try:
        models.module(asset)
    except ValueError as error:
        raise UpdateError(f"asset: {error}") from None
    files = program.slot(asset=asset, arch=_ARCH)
    content = json.loads(files.pop(MANIFEST))
    return Release(version=content["version"], build=content["build"], files=files)


def read(path: Path) -> Release:
    """The release that ``Release.write`` kept.

    Raises:
        UpdateError: there is no such file, or it is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            content = json.loads(archive.read(MANIFEST))
            names = [name for name, _size, _digest in content["files"]]
            release = Release(
                version=content["version"],
                build=content.get("build", 0),
                files={name: _member(archive, name) for name in names},
            )
    except OSError as error:
        raise UpdateError(f"{path}: {error.strerror}") from None
    except _DAMAGED as error:
        raise UpdateError(f"{path} is no release: {error}") from None
    _check(path, release, content)
    return release


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > wire.MOST_FILE_BYTES:
        raise ValueError(f"{name} is too large")
    return archive.read(name)


def _check(path: Path, release: Release, content: Any) -> None:
    if [list(entry) for entry in release.listed()] != content["files"]:
        raise UpdateError(f"{path} is damaged: its files are not those that its manifest lists.")
    try:
        wire.order(release.version)
    except (AttributeError, ValueError):
        raise UpdateError(f"{path} has no version: {release.version!r}") from None
    if type(release.build) is not int or not 0 <= release.build <= wire.MOST_BUILD:
        raise UpdateError(f"{path} has no build: {release.build!r}")
