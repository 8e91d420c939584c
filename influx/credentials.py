"""Credentials in files that only their owner may read, written whole or not at all."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

_PRIVATE = 0o600
_Content = TypeVar("_Content", bound=msgspec.Struct)


class Admin(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do everything on the server that ``make influx`` built; only the set-up reads it."""

    username: str
    password: str
    token: str


def write_private(path: Path, content: msgspec.Struct) -> None:
    """Replace ``path`` by ``content`` as JSON, mode 0600, in one step."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    with os.fdopen(descriptor, "wb") as sink:
        sink.write(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
        sink.flush()
        os.fsync(sink.fileno())
    fresh.replace(path)


def read(path: Path, kind: type[_Content]) -> _Content | None:
    """The content of ``path``, or None when there is no such file or it is not of that ``kind``."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
