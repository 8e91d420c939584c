"""People as a sink of the journal: the file that says who is told, and how each target does."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

import apsw
import msgspec

from contract.errors import Misconfigured, NotFound, Reason
from gateway.journal.streams import TRANSITIONS, Stream
from gateway.sinks.people import box, post, unmatched
from gateway.sinks.people.courier import Courier, Pause, Send
from gateway.sinks.people.delivery import PeopleDelivery
from gateway.sinks.people.file import PeopleFile
from gateway.sinks.people.house import House
from gateway.sinks.people.message import Message
from gateway.sinks.people.words import Plan
from gateway.sinks.sink import Delivery

NAME: Final = "people"
_TEST: Final = Message(
    "Test: alarms reach you",
    "Somebody has pressed the test button of edgetwin. Nothing is wrong with any machine.",
)


class People:
    """Whoever ``people.toml`` in the data directory names, if there is one."""

    name: ClassVar[str] = NAME
    absent: ClassVar[str] = "no people.toml: nobody is told of alarms"
    refused: ClassVar[Reason] = "internal_error"  # it refuses nothing
    streams: ClassVar[Sequence[Stream]] = (TRANSITIONS,)

    def __init__(
        self, data_dir: Path, house: House, *, pause: Pause, send: Send = post.send
    ) -> None:
        self._file = PeopleFile(data_dir, check=post.check)
        self._house = house
        self._send = send
        self._couriers = defaultdict[str, Courier](lambda: Courier(send, pause))

    def beginning(self, journal: apsw.Connection) -> dict[str, int]:
        """From now on: nobody wants to be told of what was before."""
        return box.newest(journal)

    def behind(self, journal: apsw.Connection, cursor: Mapping[str, int]) -> int:
        """What somebody is still to be told."""
        newest = box.newest(journal)[TRANSITIONS.name]
        return box.behind(journal, after=cursor.get(TRANSITIONS.name, newest))

    def find(self) -> Callable[[apsw.Connection], AbstractContextManager[Delivery]] | None:
        """How to tell them; None without a file. Raises Misconfigured."""
        self._file.follow()
        if self._file.plan is not None:
            return self._connected
        if self._file.mistake:
            raise Misconfigured(self._file.mistake)
        return None

    @contextmanager
    def _connected(self, journal: apsw.Connection) -> Iterator[Delivery]:
        delivery = PeopleDelivery(
            journal=journal,
            plan=self._plan,
            mistake=lambda: self._file.mistake,
            couriers=self._couriers,
            house=self._house,
        )
        try:
            yield delivery
        finally:
            delivery.finish()

    def _plan(self) -> Plan:
        self._file.follow()
        if self._file.plan is None:
            raise Misconfigured("people.toml is gone: nobody is told of alarms")
        return self._file.plan

    # ------------------------------------------------------------------ for who asks, any thread

    @property
    def mistake(self) -> str:
        return self._file.mistake

    def routes_told(self, devices: Iterable[str]) -> list[dict[str, Any]]:
        """As the file has them, each with a ``doubt`` where none of the devices is meant."""
        machines = {name: self._house.machine(name) for name in devices}
        return [
            msgspec.to_builtins(route) | {"doubt": unmatched.doubt(route, machines)}
            for route in (self._file.plan or _NOBODY).routes
        ]

    def targets_told(self) -> list[dict[str, Any]]:
        """As far as they may be shown."""
        plan = self._file.plan or _NOBODY
        return [
            {"name": name, "address": post.masked(address), "failure": self._failure(name)}
            for name, address in plan.targets.items()
        ]

    def _failure(self, target: str) -> str | None:
        courier = self._couriers.get(target)
        return (courier.trouble or None) if courier else None

    def test(self, target: str) -> None:
        """Tell a target that this is a test, and wait for it.

        Raises:
            NotFound: there is no such target. Unavailable: it did not arrive; the text says why.
        """
        address = (self._file.plan or _NOBODY).targets.get(target)
        if address is None:
            raise NotFound(f"There is no target {target[:64]!r} in people.toml.")
        self._send(address, _TEST, uuid.uuid4().hex)


_NOBODY: Final = Plan({}, ())
