"""Which models judged a type of machine, since when, and why: ``history.json``, newest last."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

HISTORY: Final = "history.json"
_MOST: Final = 200  # entries

How = Literal["trained", "taken", "put back"]


class Entry(msgspec.Struct, kw_only=True, frozen=True):
    """One model began to judge.

    Attributes:
        model: its name.
        since: ISO 8601, UTC.
        how: trained where there was none, taken in place of another, or put back.
        before: the model whose place it took; None where there was none.
        because: the reason that a person gave, or what the backtest said.
        against: what the backtest found worse, where it was taken all the same.
    """

    model: str
    since: str
    how: How
    before: str | None = None
    because: str = ""
    against: tuple[str, ...] = ()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def entries(directory: Path) -> list[Entry]:
    """All there are; none where the file is not there or is no history."""
    try:
        return msgspec.json.decode((directory / HISTORY).read_bytes(), type=list[Entry])
    except (OSError, msgspec.MsgspecError):
        return []


def enter(directory: Path, entry: Entry) -> None:
    found = [*entries(directory), entry][-_MOST:]
    replace(directory / HISTORY, msgspec.json.format(msgspec.json.encode(found), indent=2))


def replace(path: Path, content: bytes) -> None:
    """Write ``path`` so that a reader, or a crash, sees the old bytes or the new ones."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
