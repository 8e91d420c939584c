"""What is done to boards: each kind of trouble is done, waited out and entered with what it asks.

Delays are from docs/architecture.md section 4 (Presence) and from the catalogue (limits), plus two
seconds: boards and presence are looked at once a second each.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from tests.soak.board import Board
from tests.soak.expectations import Trouble
from tests.soak.world import World

LOOKS_S = 3.0
MINUTE_S = 60.0
JUMP_FOR_S = 600.0
STARTS_WITHIN_S = 600.0
CHATTER_S = 60.0
LIMIT_DELAY_S = 3.0

Torment = Callable[[World, Board], Awaitable[None]]


def _silent_s(board: Board) -> float:
    return max(10.0, 3 * board.period_s) + LOOKS_S


def _again_s(board: Board) -> float:
    """As long after a return: boards have half a minute to come, or three of their periods."""
    return max(_silent_s(board), min(max(30.0, 3 * board.period_s), 60.0) + LOOKS_S) + 2.0


def _late_s(board: Board) -> float:
    """As long may what waited on a board keep coming in after an interruption."""
    return 35.0 + 2 * board.period_s


async def hang(world: World, board: Board) -> None:
    begin_s = world.now_s
    board.hangs = True
    await asyncio.sleep(_silent_s(board) + board.dice.uniform(5.0, 120.0))
    board.hangs = False
    world.enter(
        Trouble(
            "hang", board.name, ("silent",), begin_s, world.now_s,
            _silent_s(board), _again_s(board), board.period_s + LOOKS_S + 20.0,
        )
    )  # fmt: skip


async def outage(world: World, board: Board) -> None:
    """Its network is away: it measures on, and sends all of it afterwards."""
    begin_s, will_s = world.now_s, board.dice.uniform(0.0, 40.0)
    board.is_cut = True
    board.disconnect(begin_s)
    await asyncio.sleep(will_s)
    board.will()
    await asyncio.sleep(25.0 + board.dice.uniform(0.0, 500.0))
    board.is_cut = False
    board.disconnect(world.now_s, again_in_s=0.5)
    end_s, names = world.now_s, ("offline", "silent")
    told_s = will_s + 10.0 + LOOKS_S
    world.enter(
        Trouble("outage", board.name, names, begin_s, end_s, told_s, _again_s(board), 6.0 + 20.0)
    )


async def reboot(world: World, board: Board) -> None:
    """One start is nobody's trouble."""
    board.power_off()
    if board.dice.random() < 0.5:
        board.will()
    await asyncio.sleep(board.dice.uniform(2.0, 6.0))
    board.power_on(world.now_s)
    _enter_start(world, board)
    world.done["reboot"] += 1


def _enter_start(world: World, board: Board) -> None:
    """A board that restarted before does so until ten minutes after this."""
    now_s, clears_s = world.now_s, STARTS_WITHIN_S + board.period_s + 20.0
    names = ("restarting",)
    world.enter(
        Trouble("start", board.name, names, now_s, now_s, None, 0.0, clears_s, prolongs=True)
    )


async def restarts(world: World, board: Board) -> None:
    """Its power fails again and again."""
    starts: list[float] = []
    for _ in range(board.dice.randrange(3, 6)):
        board.power_off()
        await asyncio.sleep(board.dice.uniform(2.0, 6.0))
        board.power_on(world.now_s)
        starts.append(world.now_s)
        await asyncio.sleep(board.dice.uniform(20.0, 60.0))
    told_s = starts[2] - starts[0] + 5.0 + (0.0 if board.announces else board.period_s + 2.0)
    world.enter(
        Trouble(
            "restarts", board.name, ("restarting",), starts[0], starts[-1] + 200.0, told_s,
            told_s, STARTS_WITHIN_S + board.period_s + 20.0, remembers=True,
        )
    )  # fmt: skip


async def bad_channel(world: World, board: Board) -> None:
    """A sensor answers what cannot be."""
    name, value = board.dice.choice(
        (("temperature", -127.0), ("rpm", 65535.0), ("current", -3.2), ("vibration", 1e6))
    )

    def spoil(reading: dict[str, Any]) -> bool:
        reading["values"][name] = value
        return True

    await _refused(world, board, "bad channel", spoil)


async def bad_readings(world: World, board: Board) -> None:
    """Whole readings are no good; their keys can be read, so that they are settled."""

    def spoil(reading: dict[str, Any]) -> bool:
        reading["values"] = {"pressure": 1.0}
        return False

    await _refused(world, board, "bad readings", spoil)


async def _refused(
    world: World, board: Board, kind: str, spoil: Callable[[dict[str, Any]], bool]
) -> None:
    begin_s, window_s = world.now_s, max(MINUTE_S, 5 * board.period_s)
    told_s = window_s / 2 + 2 * board.period_s + LOOKS_S + 4.0
    board.spoil = spoil
    await asyncio.sleep(told_s * board.dice.uniform(1.1, 3.0))
    board.spoil = None
    world.enter(
        Trouble(
            kind, board.name, ("refused",), begin_s, world.now_s, told_s,
            told_s + _late_s(board), window_s * 1.1 + 2 * board.period_s + 10.0,
        )
    )  # fmt: skip


async def rubbish(world: World, board: Board) -> None:
    """A message now and then that is none: too few to be told."""
    for _ in range(board.dice.randrange(1, 8)):
        junk = board.dice.choice((b"", b"{", b"[]", b"\xff\xfe", b'{"values":{}}', b"null", b'"x"'))
        if world.network.publish(board.name, "telemetry", junk):
            world.done["rubbish"] += 1
        await asyncio.sleep(board.dice.uniform(30.0, 60.0) + 3 * board.period_s)


async def overheat(world: World, board: Board) -> None:
    """The machine is too hot."""
    begin_s, told_s = world.now_s, 2 * board.period_s + LIMIT_DELAY_S + LOOKS_S

    def spoil(reading: dict[str, Any]) -> bool:
        reading["values"]["temperature"] += 50.0
        return True

    board.spoil = spoil
    await asyncio.sleep(told_s + board.dice.uniform(5.0, 90.0))
    board.spoil = None
    world.enter(
        Trouble(
            "overheat", board.name, ("temperature_high",), begin_s, world.now_s, told_s,
            told_s + _late_s(board), told_s + 5.0 + _late_s(board),
        )
    )  # fmt: skip


async def clone(world: World, board: Board) -> None:
    """A second board uses its name."""
    if board.period_s > 5.0:
        return
    begin_s = world.now_s
    other = world.board(board.name, period_ms=board.period_ms, announces=False)
    other.power_on(world.now_s)
    _enter_start(world, other)
    await asyncio.sleep(4 * board.period_s + 10.0 + board.dice.uniform(5.0, 60.0))
    other.measures = False  # what it holds goes out all the same
    world.enter(
        Trouble(
            "clone", board.name, ("two_boards",), begin_s, world.now_s,
            4 * board.period_s + LOOKS_S + 4.0, 4 * board.period_s + LOOKS_S + _late_s(board),
            180.0 + 60.0 + _late_s(board),
        )
    )  # fmt: skip


# ---------------------------------------------------------------- clocks of boards


async def clock_step(world: World, board: Board) -> None:
    """Its clock is put wrong, and right again."""
    away_s = board.dice.choice((40.0, 90.0, 600.0, 3600.0, 18_000.0)) * board.dice.choice((1, -1))
    await _clock_off(world, board, "clock step", away_s * board.dice.uniform(0.8, 1.2))


async def clock_jump(world: World, board: Board) -> None:
    """A step that is told as a jump alone."""
    away_s = board.dice.uniform(15.0, 25.0) * board.dice.choice((1, -1))
    await _clock_off(world, board, "clock jump", away_s)


async def clock_trifle(world: World, board: Board) -> None:
    """A step that is not worth a word."""
    board.off_ms = board.dice.uniform(-6_000.0, 6_000.0)
    await asyncio.sleep(board.dice.uniform(60.0, 300.0))
    board.off_ms = 0.0
    world.done["clock trifle"] += 1


async def clock_drift(world: World, board: Board) -> None:
    """It runs wrong by a few seconds, until a time server puts it right."""
    board.drift = board.dice.uniform(-8.0, 8.0)
    await asyncio.sleep(board.dice.uniform(300.0, 900.0))
    board.drift = board.off_ms = 0.0
    world.done["clock drift"] += 1


async def no_clock(world: World, board: Board) -> None:
    """It starts and does not know the time for a while."""
    board.power_off()
    await asyncio.sleep(board.dice.uniform(2.0, 6.0))
    board.has_clock = False
    board.power_on(world.now_s)
    _enter_start(world, board)
    await asyncio.sleep(board.dice.uniform(10.0, 120.0))
    board.has_clock = True
    world.done["no clock"] += 1


async def hot_in_the_past(world: World, board: Board) -> None:
    """Its clock steps back, and the machine is too hot at that very moment."""
    hot = asyncio.ensure_future(overheat(world, board))
    await _clock_off(world, board, "clock step while hot", -board.dice.uniform(50.0, 7200.0))
    await hot


async def _clock_off(world: World, board: Board, kind: str, away_s: float) -> None:
    begin_s, step_s = world.now_s, max(board.period_s, 1.0)
    told_s = 7 * step_s + 5.0 + LOOKS_S
    board.off_ms = away_s * 1000.0
    await asyncio.sleep(told_s + board.dice.uniform(10.0, 600.0))
    board.off_ms = 0.0
    world.enter(
        Trouble(
            kind, board.name, ("clock_off",), begin_s, world.now_s, told_s,
            told_s + _late_s(board), JUMP_FOR_S + CHATTER_S + told_s + _late_s(board),
            needs_clock=True, detail=f"by {away_s:+.1f} s",
        )
    )  # fmt: skip


OF_ANY: tuple[Torment, ...] = (
    hang, hang, outage, outage, reboot, restarts, bad_channel, bad_readings, rubbish, overheat,
    overheat, clone,
)  # fmt: skip
OF_CLOCKS: tuple[Torment, ...] = (
    clock_step, clock_step, clock_step, clock_jump, clock_trifle, clock_drift, no_clock,
    hot_in_the_past, hot_in_the_past,
)  # fmt: skip


async def torment(
    world: World, board: Board, kinds: tuple[Torment, ...], *, until_s: float
) -> None:
    """One after the other, with a rest in between, until it is enough."""
    dice = random.Random(board.dice.getrandbits(64))
    await asyncio.sleep(200.0 + 5 * board.period_s + dice.uniform(0.0, 400.0))
    while world.now_s < until_s:
        await dice.choice(kinds)(world, board)
        await asyncio.sleep(dice.uniform(240.0, 700.0) + 6 * board.period_s)
