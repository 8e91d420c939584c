"""The site's own types in; machines that are of them out. Lives on the event loop.

A file that is new or another counts within seconds. Machines of it go on with what they were: sums
by name, alarms that the type still has.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from contract.assets.words import Asset
from contract.errors import Unavailable
from contract.type_files.folder import TypeFolder
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
    """

    def __init__(
        self,
        *,
        folder: TypeFolder,
        fleet: Fleet,
        write: Callable[[Work], Awaitable[None]],
        retype: Callable[[Device, Asset], Undo],
        changed: Callable[[Iterable[Device]], None],
    ) -> None:
        self.folder = folder
        self._fleet = fleet
        self._write = write
        self._retype = retype
        self._changed = changed
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

    async def _follow(self) -> None:
        moved: list[Device] = []
        undo: list[Undo] = []

        def work(_: Journal) -> None:
            for device in self._fleet:
                asset = self._untold.get(device.asset.name)
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
