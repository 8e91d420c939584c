"""``python -m tests.end_to_end.kills``: kills broker, gateway and devices, and looks what is lost.

Everything is decided by the seed but for what the machine's timing adds.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from tests.end_to_end.points import POINTS
from tests.end_to_end.workshop import Workshop

_LOAD_S = (0.2, 1.2)  # work in between two kills
_AWAY_S = (0.0, 0.8)  # how long the victim stays dead
_RANDOM = "at random"


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One death: whose, and where it meets the gateway."""

    victim: str
    moment: str = _RANDOM

    def __str__(self) -> str:
        return f"{self.victim} {self.moment}"


def plan(count: int, dice: random.Random) -> list[Kill]:
    """``count`` kills in random order, half of them of the gateway, with every point in turn."""
    moments = (*POINTS, _RANDOM)
    victims = ("gateway", "broker", "gateway", "devices")
    gateways = iter(range(count))
    kills = []
    for number in range(count):
        victim = victims[number % len(victims)]
        moment = moments[next(gateways) % len(moments)] if victim == "gateway" else _RANDOM
        kills.append(Kill(victim=victim, moment=moment))
    dice.shuffle(kills)
    return kills


def carry_out(workshop: Workshop, kill: Kill, dice: random.Random) -> None:
    """Let everything work for a moment, kill, wait a moment, start again."""
    time.sleep(dice.uniform(*_LOAD_S))
    if kill.victim == "broker":
        workshop.broker.kill()
        time.sleep(dice.uniform(*_AWAY_S))
        workshop.broker.start()
    elif kill.victim == "devices":
        workshop.kill_devices()
        time.sleep(dice.uniform(*_AWAY_S))
        workshop.start_devices()
    else:
        _kill_gateway(workshop, kill.moment)
        time.sleep(dice.uniform(*_AWAY_S))
        workshop.start_gateway(wait=dice.random() < 0.5)


def _kill_gateway(workshop: Workshop, moment: str) -> None:
    if moment == _RANDOM:
        workshop.kill_gateway()
    else:
        workshop.orders.kill_at(moment)
        workshop.await_gateway_dead()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a run."""

    violations: list[str]
    kills: int
    seconds: float
    accepted: int
    acknowledged: int
    repeats: int

    def __str__(self) -> str:
        rate = self.kills / self.seconds * 60
        verdict = "\n".join(self.violations) or "nothing lost, nothing counted twice"
        return (
            f"{self.kills} kills in {self.seconds:.0f} s ({rate:.0f} a minute), "
            f"{self.accepted} readings accepted, {self.acknowledged} acknowledged, "
            f"{self.repeats} sent again\n{verdict}"
        )


def run(
    workshop: Workshop,
    kills: Sequence[Kill],
    dice: random.Random,
    *,
    on_kill: Callable[[Kill], None] = lambda _kill: None,
) -> Outcome:
    """Start everything, kill, wait until all is quiet, and compare."""
    workshop.broker.start()
    workshop.start_gateway()
    workshop.start_devices()
    workshop.await_progress(20)
    began_s = time.monotonic()
    for kill in kills:
        carry_out(workshop, kill, dice)
        on_kill(kill)
    seconds = time.monotonic() - began_s
    workshop.await_gateway()
    workshop.quiesce()
    repeats = sum(device["duplicates"] for device in workshop.get("/delivery"))
    return Outcome(
        violations=workshop.violations(),
        kills=len(kills),
        seconds=seconds,
        accepted=workshop.accepted(),
        acknowledged=workshop.acknowledged(),
        repeats=repeats,
    )


# ---------------------------------------------------------------- by hand


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.end_to_end.kills",
        description="Runs a real broker (with its default persistence, which loses all), the "
        "gateway and virtual devices, kills them with SIGKILL, and compares the devices' own logs "
        "with the journal and the published figures. The exit code is 1 when they disagree.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="how many")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another order")
    parser.add_argument("--devices", type=int, default=4, metavar="N", help="how many")
    parser.add_argument("--rate", type=float, default=20.0, metavar="HZ", help="readings a second")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="work in DIR, and leave everything there"
    )
    return parser


def _with_progress(workshop: Workshop, kills: list[Kill], dice: random.Random) -> Outcome:
    with Progress() as progress:
        task = progress.add_task("kills", total=len(kills))

        def show(kill: Kill) -> None:
            progress.update(task, advance=1, description=f"killed: {kill!s:<26}")

        return run(workshop, kills, dice, on_kill=show)


def _directories(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="edgetwin-kills-") as name:
        yield Path(name)


def main() -> int:
    """Run as the command line says; 1 when a promise was broken."""
    options = _parser().parse_args()
    dice = random.Random(options.seed)
    kills = plan(options.kills, dice)
    for directory in _directories(options.keep):
        with Workshop(directory, devices=options.devices, rate_hz=options.rate) as workshop:
            outcome = _with_progress(workshop, kills, dice)
    victims = Counter(str(kill) for kill in kills)
    print(", ".join(f"{name}: {count}" for name, count in sorted(victims.items())))  # noqa: T201
    print(outcome)  # noqa: T201
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
