"""``python -m tests.end_to_end.kills``: all that can befall a workshop, and what is lost by it.

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

from tests.end_to_end.faults import Fault, Limits, carry_out, plan
from tests.end_to_end.workshop import Workshop


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a run."""

    violations: list[str]
    faults: int
    seconds: float
    accepted: int
    gone: int
    acknowledged: int
    repeats: int  # that met the gateway's last process

    def __str__(self) -> str:
        rate = self.faults / self.seconds * 60
        verdict = "\n".join(self.violations) or "nothing lost, nothing counted twice"
        return (
            f"{self.faults} faults in {self.seconds:.0f} s ({rate:.0f} a minute), "
            f"{self.accepted} readings accepted, {self.acknowledged} acknowledged, "
            f"{self.gone} gone with damaged journals\n{verdict}"
        )


def run(
    workshop: Workshop,
    faults: Sequence[Fault],
    dice: random.Random,
    *,
    limits: Limits,
    on_fault: Callable[[Fault], None] = lambda _fault: None,
) -> Outcome:
    """Start everything, let it all happen, wait until all is quiet, and compare."""
    workshop.broker.start()
    workshop.start_gateway()
    workshop.start_devices()
    workshop.await_progress(20)
    began_s = time.monotonic()
    for fault in faults:
        on_fault(fault)
        carry_out(workshop, fault, dice, limits)
    seconds = time.monotonic() - began_s
    workshop.await_gateway()
    workshop.quiesce()
    repeats = sum(device["duplicates"] for device in workshop.get("/delivery"))
    return Outcome(
        violations=workshop.violations(),
        faults=len(faults),
        seconds=seconds,
        accepted=workshop.accepted(),
        gone=workshop.gone(),
        acknowledged=workshop.acknowledged(),
        repeats=repeats,
    )


# ---------------------------------------------------------------- by hand


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.end_to_end.kills",
        description="Runs a real broker (with its default persistence, which loses all), the "
        "gateway and virtual devices, kills and stops them, sets the gateway's clock wrong, "
        "damages its journal, lets bad boards flood it, and compares the devices' own logs with "
        "the journal and the published figures. The exit code is 1 when they disagree.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="how many")
    parser.add_argument(
        "--troubles", type=int, metavar="N", help="other faults; a quarter as many where not given"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed, another order")
    parser.add_argument(
        "--devices", type=int, default=4, metavar="N", help="how many; a third are dispensers"
    )
    parser.add_argument("--rate", type=float, default=20.0, metavar="HZ", help="readings a second")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="work in DIR, and leave everything there"
    )
    return parser


def _with_progress(workshop: Workshop, faults: list[Fault], dice: random.Random) -> Outcome:
    with Progress() as progress:
        task = progress.add_task("faults", total=len(faults))

        def show(fault: Fault) -> None:
            progress.update(task, advance=1, description=f"{fault!s:<36}")

        return run(workshop, faults, dice, limits=Limits(), on_fault=show)


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
    troubles = options.kills // 4 if options.troubles is None else options.troubles
    faults = plan(options.kills, troubles, dice)
    for directory in _directories(options.keep):
        with Workshop(
            directory,
            devices=options.devices,
            dispensers=options.devices // 3,
            rate_hz=options.rate,
            events=True,
        ) as workshop:
            outcome = _with_progress(workshop, faults, dice)
    counts = Counter(str(fault) for fault in faults)
    print(", ".join(f"{name}: {count}" for name, count in sorted(counts.items())))  # noqa: T201
    print(outcome)  # noqa: T201
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
