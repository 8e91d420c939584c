"""Transitions of the journal to people: noted in the journal for whom and when, then told.

What is to be told is a row of the journal before the cursor moves, and marked when it was told: a
restart between finds both. Before a message goes its notices are bound to its key, by one commit. A
process that dies after a server has taken it and before that is marked sends the same message
again, under the same key (a mail's Message-ID), so that whoever looks at keys shows it once.
"""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

import apsw

from gateway.journal.notices import Notice, Notices
from gateway.journal.streams import Row, Stream
from gateway.sinks.people.box import Box, Waiting
from gateway.sinks.people.courier import Courier
from gateway.sinks.people.escalation import Escalation
from gateway.sinks.people.house import House
from gateway.sinks.people.message import compose
from gateway.sinks.people.routing import Occasion, Way, due
from gateway.sinks.people.words import Plan
from gateway.sinks.sink import Difference, Refused

AT_ONCE: Final = 50  # what one message tells: more than a person reads
_END_WITHIN_S: Final = 4.0

log = logging.getLogger(__name__)


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
        self._escalation = Escalation(box=self._box, plan=plan, house=house)
        for name, failure in self._box.failing().items():
            couriers[name].failure = couriers[name].failure or failure

    @property
    def marks(self) -> Mapping[str, int]:
        """None: what was told is noted row by row."""
        return {}

    @property
    def detail(self) -> str:
        plan = self._plan()
        return f"{len(plan.routes)} routes to {len(plan.targets)} targets"

    @property
    def trouble(self) -> str:
        mistake = self._mistake()
        found = [f"{mistake} What was read before still counts."] if mistake else []
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
            occasion = self._box.occasion(row)
            is_quiet = self._box.is_quiet(occasion.alarm, now_ms=now_ms)
            notices += self._notices(occasion, told, waiting, now_ms, is_quiet=is_quiet)
            self._escalation.note(occasion, now_ms=now_ms, is_quiet=is_quiet)
        if notices:
            self._house.write(lambda journal: journal.notices.put(notices))
        return []

    def _notices(
        self,
        occasion: Occasion,
        told: dict[int, set[Way]],
        waiting: dict[Way, int],
        now_ms: int,
        *,
        is_quiet: bool,
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
            is_quiet=is_quiet,
        )
        ways.update(each.way for each in found)
        waiting.update({each.way: each.due_ms for each in found if each.due_ms > now_ms})
        return [Notice(occasion.id, *each.way, each.due_ms) for each in found]

    def tend(self) -> bool:
        """Note what has arrived, and send what is due."""
        self._expire()
        self._drop_pointless()
        plan = self._plan()
        escalated = self._escalation.tell(now_ms=self._house.now_ms())
        noted = [self._noted(name, courier) for name, courier in list(self._couriers.items())]
        dropped = [self._advance(plan, waiting) for waiting in self._box.targets()]
        return escalated or any(noted) or any(dropped)

    def finish(self) -> None:
        """Wait a while for what is under way, so that it is not told again after a restart."""
        under_way = [(name, each) for name, each in self._couriers.items() if each.under_way]
        for name, courier in under_way:
            courier.wait(_END_WITHIN_S / len(under_way))
            self._noted(name, courier)

    def _noted(self, target: str, courier: Courier) -> bool:
        arrived = courier.arrived()
        if arrived is None:
            return False
        self._house.write(lambda journal: self._note(journal.notices, target, courier))
        courier.rest()
        return bool(arrived)

    def _note(self, notices: Notices, target: str, courier: Courier) -> None:
        now_ms = self._house.now_ms()
        if courier.failed:
            notices.unbind(courier.under_way)
            notices.failed(target, courier.failed, now_ms=now_ms)
        else:
            notices.told(courier.under_way, now_ms=now_ms)
            notices.arrived(target)

    def _advance(self, plan: Plan, waiting: Waiting) -> bool:
        address = plan.targets.get(waiting.target)
        if address is None:
            self._forget(waiting)
            return True
        courier = self._couriers[waiting.target]
        now_ms = self._house.now_ms()
        if waiting.due_ms <= now_ms and courier.is_free:
            self._begin(courier, address, waiting.target, now_ms)
        return False

    def _begin(self, courier: Courier, address: str, target: str, now_ms: int) -> None:
        key = self._box.message(target)
        if key is None:
            key = uuid.uuid4().hex
            ids = [id_ for id_, _ in self._box.next(target, now_ms=now_ms, limit=AT_ONCE)]
            self._house.write(lambda journal: journal.notices.bind(ids, key))
        found = self._box.bound(target, key)
        message = compose(
            [occasion for _, occasion in found],
            machine=self._house.machine,
            title=self._house.title,
            advice=self._house.advice,
            site=self._house.site,
        )
        courier.begin(address, message, [id_ for id_, _ in found], key=key)

    def _forget(self, waiting: Waiting) -> None:
        log.warning("%d notices are dropped: there is no more target %s", *waiting[1::-1])
        ids = self._box.of_target(waiting.target)
        self._house.write(lambda journal: journal.notices.drop(ids))

    def _expire(self) -> None:
        now_ms = self._house.now_ms()
        found = self._box.expired(before_ms=now_ms - self._house.keep_ms)
        sent = {id_ for courier in self._couriers.values() for id_ in courier.under_way}
        ids = [id_ for id_ in found if id_ not in sent]  # what is under way may arrive yet
        if ids:
            log.warning("%d notices could not be told in time and are dropped", len(ids))
            self._house.write(lambda journal: journal.notices.expire(ids, now_ms=now_ms))

    def _drop_pointless(self) -> None:
        ids = self._box.pointless(now_ms=self._house.now_ms())
        if ids:
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
