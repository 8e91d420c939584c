"""Hours of twenty machines, with everything that goes wrong, in minutes; and what came of it."""

import asyncio
import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.clocks import clock_report
from gateway.ingest import pipeline
from gateway.mqtt import publisher
from tests.soak import torments, upheavals, virtual
from tests.soak.expectations import Told, Trouble
from tests.soak.truth import complaints
from tests.soak.virtual import VirtualLoop
from tests.soak.world import World

MEMORY = "/dev/shm"
REST_S = 1_500.0  # for the slowest board and the longest alarm to come to rest
# (how many, period, whether it says its period, whether its clock fails)
MACHINES = (
    (5, 1_000, True, False), (4, 1_000, True, True), (1, 1_000, False, False),
    (1, 1_000, False, True), (2, 200, True, False), (1, 200, True, True),
    (1, 5_000, True, False), (1, 5_000, True, True), (1, 5_000, False, False),
    (1, 5_000, False, True), (1, 60_000, True, False), (1, 60_000, True, True),
)  # fmt: skip


@dataclass
class Outcome:
    """What came of it. ``wrong`` is empty when all was as it should."""

    readings: int = 0
    lives: int = 0
    done: Counter[str] = field(default_factory=Counter)
    entered: Counter[str] = field(default_factory=Counter)
    demanded: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    alarms: int = 0
    false: int = 0
    wrong: list[str] = field(default_factory=list)


def soak(
    *,
    hours: float,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Torment twenty machines and their gateway for ``hours``, let them rest, and judge."""
    outcome = Outcome()
    # Nothing here loses power: a file system in memory takes the journal, where there is one.
    memory = MEMORY if Path(MEMORY).is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as directory, _a_second_apart():

        async def main(loop: VirtualLoop) -> None:
            world = World(loop=loop, directory=Path(directory), seed=seed)
            await _soak(world, hours * 3600, seed, outcome, progress)

        virtual.run(main)
    return outcome


@contextlib.contextmanager
def _a_second_apart() -> Iterator[None]:
    """Rounds that need not be quicker where boards speak once a second: a third of the cost."""
    paces = ((publisher, "ROUND_S"), (pipeline, "LATE_S"), (clock_report, "LOOK_S"))
    before = [(module, name, getattr(module, name)) for module, name in paces]
    for module, name in paces:
        setattr(module, name, 1.0)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


async def _soak(
    world: World,
    seconds: float,
    seed: int,
    outcome: Outcome,
    progress: Callable[[str], None],
) -> None:
    exact = _populate(world)
    world.site.begin()
    ticking = asyncio.ensure_future(world.run())
    for board in world.boards:
        board.power_on(0.0)
    until_s = max(300.0, seconds - REST_S)
    tasks = [asyncio.ensure_future(upheavals.upheave(world, seed=seed, until_s=until_s))]
    for board in list(world.boards):
        kinds = torments.OF_ANY
        if board.name not in exact:
            kinds = (*torments.OF_ANY, *torments.OF_CLOCKS)
        tasks.append(asyncio.ensure_future(torments.torment(world, board, kinds, until_s=until_s)))
    watched = asyncio.ensure_future(_report(world, progress, seconds))
    finished, done = asyncio.Event(), asyncio.gather(*tasks)
    done.add_done_callback(lambda _: finished.set())
    ticking.add_done_callback(lambda _: finished.set())  # it fails when the gateway does
    await finished.wait()
    await asyncio.sleep(REST_S)
    if ticking.done():
        ticking.result()
    done.result()
    watched.cancel()
    ticking.cancel()
    await asyncio.sleep(5.0)
    _judge(world, outcome, exact)
    await world.site.end(kill=False)


def _populate(world: World) -> set[str]:
    exact = set()
    for count, period_ms, announces, fails in MACHINES:
        for _ in range(count):
            name = f"fan-{len(world.boards) + 1:02}"
            most_held = 400 if len(world.boards) % 5 == 4 else 1_000_000
            world.board(name, period_ms=period_ms, announces=announces, most_held=most_held)
            if not fails:
                exact.add(name)
    return exact


async def _report(world: World, progress: Callable[[str], None], seconds: float) -> None:
    while True:
        await asyncio.sleep(600.0)
        readings = sum(len(board.taken) for board in world.boards)
        progress(
            f"{world.now_s / 3600:.2f} of {seconds / 3600:.2f} h: {readings} readings,"
            f" {len(world.ledger.troubles)} troubles, {len(world.ledger.told)} alarms"
        )


def _judge(world: World, outcome: Outcome, exact: set[str]) -> None:
    ledger, wrong = world.ledger, outcome.wrong
    verdict = ledger.verdict()
    outcome.readings = sum(len(board.taken) for board in world.boards)
    outcome.lives = next(world.site.lives) - 1
    outcome.done = world.done
    outcome.entered = Counter(trouble.kind for trouble in ledger.troubles)
    outcome.demanded, outcome.told = verdict.demanded, verdict.told
    outcome.alarms, outcome.false = len(ledger.told), len(verdict.false)
    wrong += [f"not told: {_missed(trouble)}" for trouble in verdict.missed]
    wrong += [f"told without a reason: {_false(told, world)}" for told in verdict.false]
    wrong += [f"still open: {_false(told, world)}" for told in ledger.still_open()]
    wrong += complaints(world, exact=exact, clock_faults=_clock_faults(world))
    wrong += _health(world)


def _clock_faults(world: World) -> dict[str, float]:
    """Seconds of each machine in which nobody could know its time: some periods a step."""
    seconds: Counter[str] = Counter()
    for board in world.boards:
        seconds[board.name] += round(world.now_s / 3600 * 60 * max(1.0, board.period_s))
    return dict(seconds)


def _health(world: World) -> list[str]:
    life = world.site.life
    assert life is not None
    wrong = []
    for name, status in (
        ("broker", life.broker.status()), ("journal", life.pipeline.status()),
        ("clock", life.clock_report.status()),
    ):  # fmt: skip
        if status.status != "ok":
            wrong.append(f"{name} is {status.status}: {status.detail}")
    if not life.is_idle():
        wrong.append(f"{life.broker.waiting} messages wait, {len(life.settlement.late)} minutes")
    return wrong


def _missed(trouble: Trouble) -> str:
    return (
        f"{trouble.kind} {trouble.detail} of {trouble.device},"
        f" {trouble.begin_s:.0f} to {trouble.end_s:.0f} s, {' or '.join(trouble.names)}"
        f" within {trouble.within_s:.0f} s"
    )


def _false(told: Told, world: World) -> str:
    near = [
        f"{entry.why} {entry.begin_s:.0f}-{entry.end_s:.0f}"
        for entry in world.ledger.interruptions
        if entry.begin_s - 120 < told.begin_s < entry.end_s + 120
    ]
    own = [
        f"{trouble.kind} {trouble.begin_s:.0f}-{trouble.end_s:.0f}"
        for trouble in world.ledger.troubles
        if trouble.device in (told.device, "gateway")
        and trouble.begin_s - 700 < told.begin_s < trouble.end_s + 900
    ]
    return (
        f"{told.name} of {told.device}, {told.begin_s:.0f} to {told.end_s:.0f} s: {told.text}"
        f" [{'; '.join(near + own)}]"
    )
