"""Transitions of the journal to people: noted in the journal for whom and when, then told.

What is to be told is a row of the journal before the cursor moves, and marked when it was told: a
restart between finds both. A process that dies after a server has taken a message and before that
is marked tells it again; nothing else is told twice.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import apsw

from contract.site_time import SiteTime
from gateway.journal import Journal
from gateway.journal.notices import Notice
from gateway.journal.streams import Row, Stream
from gateway.sinks.people.box import Box, Waiting
from gateway.sinks.people.courier import Courier
from gateway.sinks.people.message import Advice, Known, compose
from gateway.sinks.people.routing import Occasion, Way, due
from gateway.sinks.people.words import Plan
from gateway.sinks.sink import Difference, Refused

AT_ONCE: Final = 50  # what one message tells: more than a person reads
_END_WITHIN_S: Final = 4.0

log = logging.getLogger(__name__)

Write = Callable[[Callable[[Journal], None]], None]


@dataclass(frozen=True, kw_only=True)
class House:
    """What is known around it.

    Attributes:
        write: has the journal's one writer do something, and waits.
        machine, advice: what people call a device, and what to do about an alarm.
        keep_ms: how long something waits for a server before nobody is told any more.
    """

    write: Write
    machine: Known
    advice: Advice
    site: SiteTime
    now_ms: Callable[[], int]
    keep_ms: int


class PeopleDelivery:
    """For one thread. ``couriers`` outlive it: what is under way stays so."""

    target: ClassVar[int] = 1

    def __init__(
        self,
        *,
        journal: apsw.Connection,
        plan: Callable[[], Plan],
        mistake: Callable[[], str],
        couriers: Mapping[str, Courier],
        house: House,
    ) -> None:
        self._box = Box(journal)
        self._plan = plan
        self._mistake = mistake
        self._couriers = couriers
        self._house = house

    @property
    def detail(self) -> str:
        plan = self._plan()
        return f"{len(plan.routes)} routes to {len(plan.targets)} targets"

    @property
    def trouble(self) -> str:
        found = [self._mistake()] if self._mistake() else []
        said = {name: self._couriers[name].trouble for name in self._plan().targets}
        found += [f"{name}: {trouble}" for name, trouble in said.items() if trouble]
        return "; ".join(found)

    def deliver(self, stream: Stream, rows: Sequence[Row]) -> list[Refused]:  # noqa: ARG002
        """Note in the journal who is to be told of them, and when."""
        now_ms = self._house.now_ms()
        waiting = self._box.waiting(after_ms=now_ms)
        told: dict[int, set[Way]] = {}
        notices: list[Notice] = []
        for row in rows:
            notices += self._notices(self._box.occasion(row), told, waiting, now_ms)
        if notices:
            self._house.write(lambda journal: journal.notices.put(notices))
        return []

    def _notices(
        self, occasion: Occasion, told: dict[int, set[Way]], waiting: dict[Way, int], now_ms: int
    ) -> list[Notice]:
        ways = told.setdefault(occasion.alarm, self._box.told(occasion.alarm))
        found = due(
            self._plan(),
            occasion,
            self._house.machine(occasion.device),
            told=ways,
            waiting=waiting,
            now_ms=now_ms,
            site=self._house.site,
        )
        ways.update(each.way for each in found)
        waiting.update({each.way: each.due_ms for each in found if each.due_ms > now_ms})
        return [Notice(occasion.id, *each.way, each.due_ms) for each in found]

    def tend(self) -> bool:
        """Note what has arrived, and send what is due."""
        self._expire()
        plan = self._plan()
        noted = [self._noted(courier) for courier in list(self._couriers.values())]
        dropped = [self._advance(plan, waiting) for waiting in self._box.targets()]
        return any(noted) or any(dropped)

    def finish(self) -> None:
        """Wait a while for what is under way, so that it is not told again after a restart."""
        under_way = [courier for courier in self._couriers.values() if courier.under_way]
        for courier in under_way:
            courier.wait(_END_WITHIN_S / len(under_way))
            self._noted(courier)

    def _noted(self, courier: Courier) -> bool:
        arrived = courier.arrived()
        if arrived is None:
            return False
        if arrived:
            now_ms = self._house.now_ms()
            self._house.write(lambda journal: journal.notices.told(arrived, now_ms=now_ms))
        courier.rest()
        return bool(arrived)

    def _advance(self, plan: Plan, waiting: Waiting) -> bool:
        address = plan.targets.get(waiting.target)
        if address is None:
            self._forget(waiting)
            return True
        courier = self._couriers[waiting.target]
        now_ms = self._house.now_ms()
        if waiting.due_ms > now_ms or not courier.is_free:
            return False
        found = self._box.next(waiting.target, now_ms=now_ms, limit=AT_ONCE)
        message = compose(
            [occasion for _, occasion in found],
            machine=self._house.machine,
            advice=self._house.advice,
            site=self._house.site,
        )
        courier.begin(address, message, [id_ for id_, _ in found])
        return False

    def _forget(self, waiting: Waiting) -> None:
        log.warning("%d notices are dropped: there is no more target %s", *waiting[1::-1])
        ids = self._box.of_target(waiting.target)
        self._house.write(lambda journal: journal.notices.drop(ids))

    def _expire(self) -> None:
        ids = self._box.expired(before_ms=self._house.now_ms() - self._house.keep_ms)
        if ids:
            log.warning("%d notices could not be told in time and are dropped", len(ids))
            self._house.write(lambda journal: journal.notices.drop(ids))

    def compare(
        self,
        *,
        up_to: Mapping[str, int],  # noqa: ARG002
        from_ms: int,  # noqa: ARG002
        to_ms: int,  # noqa: ARG002
    ) -> list[Difference]:
        """People lose nothing that can be looked up."""
        return []
