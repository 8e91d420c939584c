"""What befalls a workshop: deaths, stops, wrong clocks, damage and bad neighbours.

``plan`` draws them by dice; ``carry_out`` does one to a running workshop and lets it go on.
"""

import itertools
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.clocks.wall import DAY_MS, MINUTE_MS, YEAR_MS
from tests.end_to_end import damage
from tests.end_to_end.hostile import HOSTILITIES, HostileBoard
from tests.end_to_end.points import POINTS
from tests.end_to_end.workshop import SITE, Workshop

_LOAD_S = (0.2, 1.2)  # work in between two faults
_AWAY_S = (0.0, 0.8)  # how long the victim stays dead
_HOSTILE_S = (1.0, 3.0)
_RANDOM = "at random"

CLOCKS = {
    "10 min ahead": 10 * MINUTE_MS,
    "right": 0,
    "3 days behind": -3 * DAY_MS,
    "10 years ahead": 10 * YEAR_MS,
    "40 s behind": -40_000,
    "2 s ahead": 1_900,  # as NTP leaves many
    "30 days ahead": 30 * DAY_MS,
    "1 year behind": -YEAR_MS,
}
WHILE_IT_WORKS = {
    each.__name__: each for each in (damage.cut, damage.spoil_header, damage.delete, damage.replace)
}
WHILE_IT_IS_STOPPED = {
    each.__name__: each for each in (damage.flip_pages, damage.empty, damage.flip_letters)
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One of them: what is done, to whom or what, and where that meets the gateway."""

    kind: str  # "kill", "stop", "clock", "damage" or "hostile"
    what: str
    moment: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.what} {self.moment}".strip()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How bad it may get."""

    stop_s: tuple[float, float] = (5.0, 40.0)


# ---------------------------------------------------------------- what happens


def plan(kills: int, troubles: int, dice: random.Random) -> list[Fault]:
    """``kills`` deaths, half of them of the gateway, and ``troubles`` of every other kind in turn.

    In random order, but for the clock's: each setting follows on another one.
    """
    faults = [*_kills(kills), *itertools.islice(_troubles(), troubles)]
    dice.shuffle(faults)
    clocks = itertools.cycle(CLOCKS)
    moments = itertools.cycle(("at work", "across a kill"))
    return [
        Fault(kind="clock", what=next(clocks), moment=next(moments))
        if fault.kind == "clock"
        else fault
        for fault in faults
    ]


def _kills(count: int) -> Iterator[Fault]:
    moments = itertools.cycle((*POINTS, _RANDOM))
    victims = itertools.cycle(("gateway", "broker", "gateway", "devices"))
    for victim in itertools.islice(victims, count):
        moment = next(moments) if victim == "gateway" else _RANDOM
        yield Fault(kind="kill", what=victim, moment=moment)


def _troubles() -> Iterator[Fault]:
    victims = itertools.cycle(("gateway", "broker", "devices"))
    ways = itertools.cycle(
        [(way, "at work") for way in WHILE_IT_WORKS]
        + [(way, "while it is away") for way in WHILE_IT_IS_STOPPED]
    )
    neighbours = itertools.cycle(HOSTILITIES)
    while True:
        yield Fault(kind="clock", what="")
        yield Fault(kind="hostile", what=next(neighbours))
        yield Fault(kind="stop", what=next(victims))
        yield Fault(kind="clock", what="")
        way, moment = next(ways)
        yield Fault(kind="damage", what=way, moment=moment)


# ---------------------------------------------------------------- how it happens


def carry_out(workshop: Workshop, fault: Fault, dice: random.Random, limits: Limits) -> None:
    """Let everything work for a moment, do it, and let all who should work go on."""
    time.sleep(dice.uniform(*_LOAD_S))
    _DEEDS[fault.kind](workshop, fault, dice, limits)


def _kill(workshop: Workshop, fault: Fault, dice: random.Random, _limits: Limits) -> None:
    if fault.what == "broker":
        workshop.broker.kill()
        time.sleep(dice.uniform(*_AWAY_S))
        workshop.broker.start()
    elif fault.what == "devices":
        workshop.kill_devices()
        time.sleep(dice.uniform(*_AWAY_S))
        workshop.start_devices()
    else:
        _kill_gateway(workshop, fault.moment)
        time.sleep(dice.uniform(*_AWAY_S))
        workshop.start_gateway(wait=dice.random() < 0.5)


def _kill_gateway(workshop: Workshop, moment: str) -> None:
    if moment == _RANDOM:
        workshop.kill_gateway()
    else:
        workshop.orders.kill_at(moment)
        workshop.await_gateway_dead()


def _stop(workshop: Workshop, fault: Fault, dice: random.Random, limits: Limits) -> None:
    workshop.signal(fault.what, signal.SIGSTOP)
    time.sleep(dice.uniform(*limits.stop_s))
    workshop.signal(fault.what, signal.SIGCONT)


def _clock(workshop: Workshop, fault: Fault, dice: random.Random, _limits: Limits) -> None:
    """The gateway's wall clock, to be wrong until it is set again."""
    if fault.moment == "at work":
        workshop.clock.set(CLOCKS[fault.what])
        return
    workshop.kill_gateway()
    workshop.clock.set(CLOCKS[fault.what])
    workshop.start_gateway(wait=dice.random() < 0.5)


def _damage(workshop: Workshop, fault: Fault, _dice: random.Random, _limits: Limits) -> None:
    workshop.await_gateway()
    workshop.await_progress(1)
    known = workshop.journals_set_aside()
    if fault.what in WHILE_IT_WORKS:
        WHILE_IT_WORKS[fault.what](workshop.journal)
    else:
        assert workshop.stop_gateway() == 0  # so that the pages are in the file, not in its log
        WHILE_IT_IS_STOPPED[fault.what](workshop.journal)
        workshop.start_gateway(wait=False)
    workshop.await_a_new_journal(after=known)


def _hostile(workshop: Workshop, fault: Fault, dice: random.Random, _limits: Limits) -> None:
    """A bad neighbour, with a death of the gateway in the middle of it."""
    with HostileBoard(fault.what, site=SITE, port=workshop.broker.port):
        time.sleep(dice.uniform(*_HOSTILE_S))
        workshop.kill_gateway()
        workshop.start_gateway()
        time.sleep(dice.uniform(*_HOSTILE_S))


Deed = Callable[[Workshop, Fault, random.Random, Limits], None]
_DEEDS: dict[str, Deed] = {
    "kill": _kill, "stop": _stop, "clock": _clock, "damage": _damage, "hostile": _hostile,
}  # fmt: skip
