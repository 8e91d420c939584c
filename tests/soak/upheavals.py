"""What is done to the gateway and the broker: deaths, stops, and clocks that are put wrong."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from tests.soak.expectations import Interruption, Trouble
from tests.soak.site import Killed
from tests.soak.world import World

Upheaval = Callable[[World, random.Random], Awaitable[None]]


async def broker_death(world: World, dice: random.Random) -> None:
    entry = world.interrupt("broker death")
    world.network.die(forgets=dice.random() < 0.5)
    for board in world.boards:
        board.disconnect(world.now_s)
    await asyncio.sleep(dice.uniform(3.0, 60.0))
    world.network.come_back()
    for board in world.boards:
        board.disconnect(world.now_s, again_in_s=dice.uniform(0.5, 15.0))
    await _settled(world, entry, 18.0)


async def _settled(world: World, entry: Interruption, seconds: float = 3.0) -> None:
    await asyncio.sleep(seconds)
    entry.end_s = world.now_s


async def stop(world: World, dice: random.Random) -> None:
    entry = world.interrupt("gateway stop")
    await world.site.end(kill=False)
    await asyncio.sleep(dice.uniform(2.0, 60.0))
    world.site.begin()
    await _settled(world, entry)


async def kill(world: World, dice: random.Random) -> None:
    """It dies between two steps of a batch: after the commit, before the fold, or before an ack."""
    assert world.site.life is not None
    part: Any
    life = world.site.life
    name, part = dice.choice(
        (("fold", life.settlement), ("write", life.settlement), ("acknowledge", life.broker),
         ("note", life.presence))
    )  # fmt: skip
    if name == "note":
        life.pipeline.witnesses.insert(0, _die)
    else:
        setattr(part, name, _die)
    await asyncio.sleep(2.0)
    entry = world.interrupt("gateway kill")
    entry.begin_s -= 2.0
    await world.site.end(kill=True)
    await asyncio.sleep(dice.uniform(1.0, 40.0))
    world.site.begin()
    await _settled(world, entry)


def _die(*_: Any, **__: Any) -> Any:
    raise Killed


async def stall(world: World, dice: random.Random) -> None:
    """The process is stopped for a while, and nothing of it runs."""
    entry = world.interrupt("gateway stall")
    for _ in range(dice.randrange(5, 40)):
        world.loop.leap(1.0)
        world.tick()
    await _settled(world, entry, 4.0)


async def clock_step(world: World, dice: random.Random) -> None:
    """The gateway's computer is put to another time, and back."""
    begin_s = world.now_s
    entry = world.interrupt("gateway's clock", is_of_clock=True)
    world.site.wall.off_ms = _step_ms(dice)
    await asyncio.sleep(dice.uniform(5.0, 500.0))
    world.site.wall.off_ms = 0
    await _settled(world, entry)
    _enter_doubt(world, "gateway's clock", begin_s, 3.0)


async def wrong_start(world: World, dice: random.Random) -> None:
    """It starts with a wrong clock, which is put right later."""
    entry = world.interrupt("gateway start with a wrong clock")
    await world.site.end(kill=dice.random() < 0.5)
    await asyncio.sleep(dice.uniform(2.0, 40.0))
    world.site.wall.off_ms = _step_ms(dice)
    begin_s = world.now_s
    world.site.begin()
    doubt = world.interrupt("gateway's clock", is_of_clock=True)
    await _settled(world, entry)
    await asyncio.sleep(dice.uniform(60.0, 500.0))
    world.site.wall.off_ms = 0
    await _settled(world, doubt)
    _enter_doubt(world, "gateway's start", begin_s, 30.0)


def _step_ms(dice: random.Random) -> int:
    """From some seconds to some days, and no whole quarters of an hour: those are time zones."""
    far_s = dice.choice((100.0, 300.0, 2_000.0, 200_000.0, 1_000_000.0))
    far_s *= dice.uniform(0.9, 1.1) * dice.choice((1, -1))
    off_quarter = abs(far_s) % 900.0
    if far_s > 0 and not 100.0 < off_quarter < 800.0 and abs(far_s) > 450.0:
        far_s += 250.0
    elif far_s < 0 and not 100.0 < off_quarter < 800.0 and abs(far_s) > 450.0:
        far_s -= 250.0
    return round(far_s * 1000)


def _enter_doubt(world: World, kind: str, begin_s: float, within_s: float) -> None:
    names = ("clock_in_doubt",)
    world.enter(
        Trouble(kind, "gateway", names, begin_s, world.now_s, within_s, within_s + 5.0, 10.0)
    )


ALL: tuple[Upheaval, ...] = (broker_death, stop, kill, stall, clock_step, wrong_start)


async def upheave(world: World, *, seed: int, until_s: float) -> None:
    """One after the other, with rests in between, until it is enough."""
    dice = random.Random(seed)
    while world.now_s < until_s:
        await asyncio.sleep(dice.uniform(150.0, 500.0))
        upheaval = dice.choice(ALL)
        world.done[upheaval.__name__] += 1
        await upheaval(world, dice)
