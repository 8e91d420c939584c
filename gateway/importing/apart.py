"""Files in; a refusal out where two would be one machine, as ids tell less apart than names do."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from contract.errors import Refused
from gateway.importing import own_file, tables
from gateway.importing.files import File
from gateway.importing.job import device_of

_TOLD: Final = 5  # machines in one sentence


def check(files: Iterable[File], *, may_be_own: bool) -> None:
    """``may_be_own``: a file that a gateway has written says itself whose it is, and is no guess.

    What is no table is of no machine: it is refused in its turn.

    Raises:
        Refused: several files are called so that they would be one machine; the text names them.
    """
    found: list[str] = []
    for device, paths in _named(files).items():
        parts = [
            path for path in paths if len(paths) > 1 and _is_called_so(path, may_be_own=may_be_own)
        ]
        if len(parts) > 1:
            found.append(f"{' and '.join(map(str, parts))} would be one machine, {device}.")
    if found:
        more = len(found) - _TOLD
        shown = " ".join(found[:_TOLD]) + f" And {more} more." * (more > 0)
        raise Refused(
            f"{shown} Nothing was imported. Rename a file, or import it by itself with another"
            " --device ID; where they are parts of one machine, --device ID takes them all as it."
        )


def _named(files: Iterable[File]) -> dict[str, list[Path]]:
    """By machine; a file that is named twice is there once."""
    found: dict[str, dict[Path, Path]] = defaultdict(dict)
    for file in files:
        with suppress(Refused):  # it can be no id: refused in its turn
            found[device_of(file.called)].setdefault(file.path.resolve(), file.path)
    return {device: [*paths.values()] for device, paths in found.items()}


def _is_called_so(path: Path, *, may_be_own: bool) -> bool:
    """Whether it is a table whose machine is called like the file."""
    try:
        if may_be_own and own_file.is_one(path):
            return False
        tables.opened(path)
    except (OSError, Refused):
        return False
    return True
