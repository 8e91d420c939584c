"""Paths in; the files that are meant, and what their machines are called where nobody says, out."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from contract.errors import NotFound
from gateway.importing.tables import PARQUET, TEXT


class File(NamedTuple):
    """``name``: of its machine; by its place below a folder, None where it was named itself."""

    path: Path
    name: str | None = None

    @property
    def called(self) -> str:
        """What its machine is called where neither it nor a person says."""
        return self.path.stem if self.name is None else self.name

    @property
    def is_of_folder(self) -> bool:
        return self.name is not None


def found(paths: Iterable[str]) -> Iterator[File]:
    """Raises NotFound: a folder has none."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from _below(path)
        else:
            yield File(path)


def _below(folder: Path) -> Iterator[File]:
    known = (*TEXT, *PARQUET)
    every = sorted(path for path in folder.rglob("*") if path.suffix.lower() in known)
    places = [path.relative_to(folder) for path in every if path.is_file()]
    shown = [place for place in places if not any(part.startswith(".") for part in place.parts)]
    if not shown:
        raise NotFound(f"There is no file in {folder} that ends in {', '.join(known)}.")
    for place in shown:
        yield File(folder / place, "-".join(place.with_suffix("").parts))
