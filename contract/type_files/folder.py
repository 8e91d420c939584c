"""A folder of types in, the catalogue with them out; looked at again whenever it is asked to.

A file that cannot be used costs itself alone: the type that was read of it before goes on, and the
sentence is there for who asks how this does.
"""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from contract import topics
from contract.assets import BUILT_IN, CATALOGUE, GENERIC, OF_FILES
from contract.assets.words import Asset
from contract.errors import WrongType, reason
from contract.type_files.reading import MOST_BYTES, parse

log = logging.getLogger(__name__)

NAME: Final = "assets"  # below the data directory
SUFFIX: Final = ".toml"
MOST_FILES: Final = 200

_Stamp = tuple[int, int, int]


class TypeFolder:
    """``EDGETWIN_DATA_DIR/assets``, of one process.

    Attributes:
        mistakes: what is wrong, a sentence a file.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / NAME
        self.mistakes: dict[str, str] = {}
        self._stamps: dict[str, _Stamp] = {}

    def follow(self) -> list[Asset]:
        """Take over what is new or another since the last look; those types as they are now."""
        stamps = dict(self._files())
        for name in self._stamps.keys() - stamps.keys():
            self._gone(name)
        changed = [name for name, stamp in stamps.items() if stamp != self._stamps.get(name)]
        self._stamps = stamps
        found = [self._taken(name) for name in changed]
        return [asset for asset in found if asset is not None]

    def path_of(self, name: str) -> Path:
        return self.path / f"{name}{SUFFIX}"

    def _files(self) -> Iterator[tuple[str, _Stamp]]:
        try:
            with os.scandir(self.path) as entries:
                files = sorted(entry.name for entry in entries if entry.name.endswith(SUFFIX))
        except OSError:  # no folder: no types of one's own
            return
        if len(files) > MOST_FILES:
            self._note(NAME, f"it has {len(files)} files; the first {MOST_FILES} are read")
        for file in files[:MOST_FILES]:
            try:
                status = (self.path / file).stat()
            except OSError:
                stamp = (0, 0, 0)
            else:
                stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            yield file.removesuffix(SUFFIX), stamp

    def _taken(self, name: str) -> Asset | None:
        try:
            asset = read(self.path_of(name))
        except WrongType as error:
            before = "; as it was read before it goes on" if name in CATALOGUE else ""
            self._note(name + SUFFIX, str(error) + before * (name not in BUILT_IN))
            return None
        self.mistakes.pop(name + SUFFIX, None)
        is_known = CATALOGUE.get(name) == asset
        if not is_known:
            CATALOGUE[name] = asset
            OF_FILES.add(name)
            log.info("the type %s: %d channels", name, len(asset.channels))
        return None if is_known else asset

    def _gone(self, name: str) -> None:
        self.mistakes.pop(name + SUFFIX, None)
        if name in CATALOGUE and name not in BUILT_IN:
            self._note(name + SUFFIX, "it is gone; its machines keep the type until a restart")

    def _note(self, file: str, sentence: str) -> None:
        self.mistakes[file] = f"{NAME}/{file}: {sentence}"
        log.warning("%s", self.mistakes[file])


def read(path: Path) -> Asset:
    """The type that a file describes; it is called what the file is.

    Raises:
        WrongType: it cannot be read, or is no type that can be used.
    """
    name = path.name.removesuffix(SUFFIX)
    if not topics.is_name(name) or name in {*BUILT_IN, GENERIC}:
        built_in = f": {', '.join(sorted({*BUILT_IN, GENERIC}))} are taken"
        raise WrongType(f"{name[:40]!r} cannot be the name of a type of your own{built_in}")
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise WrongType(f"it cannot be read: {reason(error)}") from None
    if len(content) > MOST_BYTES:
        raise WrongType(f"it has more than {MOST_BYTES // 1024} KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongType("it is not UTF-8 text") from None
    return parse(text, name=name)


def loaded(data_dir: Path) -> TypeFolder:
    """The folder, its types in the catalogue: for the start of a process."""
    folder = TypeFolder(data_dir)
    folder.follow()
    return folder
