"""What waits for an acknowledgement, kept in the journal, and told to others once it is overdue."""

from collections.abc import Callable

from gateway.journal import Journal
from gateway.sinks.people.box import Box
from gateway.sinks.people.escalating import Waits, waits
from gateway.sinks.people.house import House
from gateway.sinks.people.routing import Occasion
from gateway.sinks.people.words import Plan


class Escalation:
    """For one thread."""

    def __init__(self, *, box: Box, plan: Callable[[], Plan], house: House) -> None:
        self._box = box
        self._plan = plan
        self._house = house

    def note(self, occasion: Occasion, *, now_ms: int, is_quiet: bool) -> None:
        """Somebody else may be to be told of it, later. What is noted twice waits once."""
        found = waits(
            self._plan(),
            occasion,
            self._house.machine(occasion.device),
            now_ms=now_ms,
            site=self._house.site,
            is_quiet=is_quiet,
        )
        if any(found):
            self._house.write(lambda journal: _write(journal, found))

    def tell(self, *, now_ms: int) -> bool:
        """What is overdue happens to its alarm as a transition; returns whether there was any."""
        overdue = self._box.overdue(now_ms=now_ms)
        if overdue:
            names = {route.name for route in self._plan().routes if route.escalate_to}
            self._house.write(lambda journal: _escalate(journal, overdue, names, now_ms))
        return bool(overdue)


def _write(journal: Journal, found: Waits) -> None:
    journal.escalations.forget(found.forget)
    journal.escalations.put(found.put)
    journal.escalations.restart(found.restart)
    journal.escalations.hasten(found.hasten)


def _escalate(
    journal: Journal, overdue: list[tuple[int, str]], names: set[str], now_ms: int
) -> None:
    for alarm, route in overdue:
        if route in names:
            journal.escalations.escalate(alarm, route, now_ms=now_ms)
        else:  # it is gone from the file, or tells nobody else any more
            journal.escalations.end(alarm, route, now_ms=now_ms)
