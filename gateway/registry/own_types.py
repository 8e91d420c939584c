"""The site's own types in; machines that are of them out. Lives on the event loop.

A file that is new or another counts within seconds. Machines of it go on with what they were: sums
by name, alarms that the type still has.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from contract import topics
from contract.assets import CATALOGUE, GENERIC
from contract.assets.words import Asset
from contract.errors import Conflict, Refused, Unavailable, WrongType, reason
from contract.type_files.folder import TypeFolder, read
from contract.type_files.writing import written
from gateway.journal import Journal
from gateway.twin.fleet import Device, Fleet

log = logging.getLogger(__name__)

ROUND_S: Final = 2.0

Work = Callable[[Journal], None]
Undo = Callable[[], None]


class OwnTypes:
    """Keeps the catalogue as the folder has it, and machines as the catalogue has them.

    Args:
        folder: the files.
        fleet: whose devices follow.
        write: does work in a transaction of its own, between two batches.
        retype: makes a device one of a type, within a transaction; gives what undoes that.
        changed: told of devices whose state is another now.
        decided: the type that a person has decided a device is of, by its name.
    """

    def __init__(
        self,
        *,
        folder: TypeFolder,
        fleet: Fleet,
        write: Callable[[Work], Awaitable[None]],
        retype: Callable[[Device, Asset], Undo],
        changed: Callable[[Iterable[Device]], None],
        decided: Callable[[str], Asset | None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self._fleet = fleet
        self._write = write
        self._retype = retype
        self._changed = changed
        self._decided = decided
        self._untold: dict[str, Asset] = {}  # types that machines do not follow yet

    def mistakes(self) -> list[str]:
        """What is wrong with the files, a sentence each."""
        return list(self.folder.mistakes.values())

    async def run(self) -> None:
        """Follow the folder, for ever."""
        while True:
            await asyncio.sleep(ROUND_S)
            await self.look()

    async def look(self) -> None:
        """One round of ``run``."""
        self._untold |= {asset.name: asset for asset in self.folder.follow()}
        if not self._untold:
            return
        try:
            await self._follow()
        except Unavailable as error:
            log.warning("machines of %s wait for it: %s", ", ".join(self._untold), error)

    def _come_back(self, device: Device) -> Asset | None:
        """The type that a device was decided to be of, and that was not there until now."""
        decided = None if device.description is None else self._decided(device.name)
        return decided if decided in self._untold.values() else None

    def make(self, device: str, name: str, title: str) -> None:
        """Write the file of a type of what describes this device, and take it over.

        Raises:
            NotFound: no such device. Conflict: it has a type, or there is one of that name.
            Refused: it makes no type; the text says why.
        """
        found = self._fleet.get(device)
        if found.description is None:
            raise Conflict(f"{device} is of a type already: it is a {found.asset.name}.")
        if not topics.is_name(name) or name == GENERIC:
            raise Refused(f"{name[:40]!r} cannot be the name of a type of your own.")
        if name in CATALOGUE:
            raise Conflict(f"There is a type {name!r} already: choose another name.")
        period_ms, state = found.twin.period_ms, found.twin.newest_values()
        text = written(
            found.description,
            device=device,
            title=title,
            rate_hz=1000 / period_ms if period_ms else 1.0,
            always=state,
        )
        try:
            _keep(self.folder.path_of(name), text)
        except WrongType as error:
            raise Refused(f"No type can be made of {device}: {error}.") from None
        except FileExistsError:
            raise Conflict(f"There is a file {name}.toml already: choose another name.") from None
        except OSError as error:
            raise Unavailable(f"{name}.toml cannot be written: {reason(error)}.") from error
        self._untold |= {asset.name: asset for asset in self.folder.follow()}

    async def _follow(self) -> None:
        moved: list[Device] = []
        undo: list[Undo] = []

        def work(_: Journal) -> None:
            for device in self._fleet:
                asset = self._untold.get(device.asset.name) or self._come_back(device)
                if asset is not None and asset is not device.asset:
                    undo.append(self._retype(device, asset))
                    moved.append(device)

        try:
            await self._write(work)
        except BaseException:
            for step in reversed(undo):
                step()
            raise
        self._untold.clear()
        self._changed(moved)


def _keep(path: Path, text: str) -> None:
    """Write a file that is whole and good, or none; none that is there is written over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = path.parent / f".{path.name}.{os.getpid()}"
    folder.mkdir(exist_ok=True)
    made = folder / path.name
    try:
        made.write_text(text, encoding="utf-8")
        read(made)
        os.link(made, path)
    finally:
        made.unlink(missing_ok=True)
        folder.rmdir()
