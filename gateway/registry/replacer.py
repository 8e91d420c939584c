"""A machine whose name goes on with another one in; two lives out, each with a history of its own.

What it was and did is called ``fan-01.life1`` from then on: a machine that can be read, and sends
nothing. Under its name begins one that has measured nothing, with what was said of it (name, place,
parameters) and a login of its own. Both in one commit.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from contract.errors import Conflict, Refused, Rejected
from gateway.journal import Change, Journal
from gateway.registry import photos
from gateway.registry.enrolment import Enrolment
from gateway.registry.register import Register
from gateway.registry.stages import (
    COMMISSIONING,
    LIFE,
    REPLACED,
    STAGE,
    Life,
    name_of_earlier,
)
from gateway.twin.fleet import Device, Fleet

Undo = Callable[[], None]
Work = Callable[[Journal], None]
Alter = Callable[[Work, Callable[[None], None]], Awaitable[None]]

_encode: Final = msgspec.json.encode


class Replacer:
    """Lets lives end and begin. Lives on the event loop.

    Args:
        alter: changes at once what is stored and what is held (``Pipeline.alter``).
        succeed: lets another device have a name, within a transaction (``Registry.succeed``).
        enrol: a new login for a name and its type; blocks.
        ended: told of the machine whose name was taken, and by whom.
        begun: told of the one that has it now.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        fleet: Fleet,
        register: Register,
        alter: Alter,
        succeed: Callable[[Device, str, int], tuple[Device, Undo]],
        enrol: Callable[[str, str], Enrolment],
        ended: Callable[[Device, str], Awaitable[None]],
        begun: Callable[[Device], Awaitable[None]],
        now_ms: Callable[[], int],
    ) -> None:
        self._data_dir = data_dir
        self._fleet = fleet
        self._register = register
        self._alter = alter
        self._succeed = succeed
        self._enrol = enrol
        self._ended = ended
        self._begun = begun
        self._now_ms = now_ms

    async def replace(self, name: str, *, by: str, note: str, commissioning: bool) -> Enrolment:
        """Let a new machine go on under this name; whoever had its login is cut off.

        Raises:
            NotFound: there is no such device. Conflict: it is an earlier life itself. Refused:
            there are too many devices. Unavailable: it cannot be stored; its login is new already.
        """
        device = self._fleet.get(name)
        if self._register.stage(name).name == REPLACED:
            raise Conflict(
                f"{name} is a life that has ended: replace {self._register.life(name).of}."
            )
        enrolled = await asyncio.to_thread(self._enrol, name, device.asset.name)
        other = await self._end(device, by=by, note=note, commissioning=commissioning)
        await self._ended(device, by)
        await self._begun(other)
        return enrolled

    async def _end(self, device: Device, *, by: str, note: str, commissioning: bool) -> Device:
        name, now_ms = device.name, self._now_ms()
        earlier = self._free(self._register.life(name))
        changes = self._changes(name, earlier, by=by, note=note, commissioning=commissioning)
        made: list[tuple[Device, Undo]] = []

        def work(journal: Journal) -> None:
            journal.removals.rename(device.id, before=name, after=earlier)
            for change in changes:
                journal.ledger.add(change)
            made.append(self._succeed(device, earlier, now_ms))

        def then(_: None) -> None:
            self._register.copy(name, to=earlier)
            photos.move(self._data_dir, name, to=earlier)  # it shows the machine that was
            for change in changes:
                self._register.take(change)
            for each in (device, made[0][0]):
                each.enter(self._register.stage(each.name).name)

        try:
            await self._alter(work, then)
        except Rejected as error:
            raise Refused(error.detail) from error
        except BaseException:
            for _, undo in made:
                undo()
            raise
        return made[0][0]

    def _free(self, life: Life) -> str:
        """What the life that ends is called: a name that nobody has."""
        while True:
            name = name_of_earlier(life)
            if self._fleet.find(name) is None and name not in self._register:
                return name
            life = msgspec.structs.replace(life, number=life.number + 1)

    def _changes(
        self, name: str, earlier: str, *, by: str, note: str, commissioning: bool
    ) -> list[Change]:
        now_ms, life = self._now_ms(), self._register.life(name)
        ended = msgspec.structs.replace(life, ended_ms=now_ms)
        begun = Life(of=life.of, number=life.number + 1, began_ms=now_ms)
        said: list[tuple[str, str, Any]] = [
            (earlier, LIFE, ended),
            (earlier, STAGE, {"stage": REPLACED, "note": note}),
            (name, LIFE, begun),
        ]
        if commissioning:
            said.append((name, STAGE, {"stage": COMMISSIONING, "note": note}))
        return [
            Change(
                device=device,
                kind=kind,
                name=kind,
                value=_encode(value),
                changed_ms=now_ms,
                changed_by=by,
            )
            for device, kind, value in said
        ]


def know_lives(fleet: Fleet, register: Register) -> None:
    """At a start: let each device know who had its name before."""
    for device in fleet:
        lives = register.lives(device.name)
        before = lives[lives.index(device.name) + 1 :] if device.name in lives else ()
        found = (fleet.find(name) for name in before)
        device.earlier_ids = tuple(each.id for each in found if each is not None)
