"""``python -m tests.soak --hours 6 --seed 1``: the whole soak, with progress, by hand."""

import argparse
import sys
import time

from tests.soak.soak import Outcome, soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=6.0, help="virtual hours (6)")
    parser.add_argument("--seed", type=int, default=1, help="what goes wrong, and when (1)")
    options = parser.parse_args()
    began_s = time.perf_counter()
    outcome = soak(hours=options.hours, seed=options.seed, progress=_say)
    _show(outcome, took_s=time.perf_counter() - began_s)
    return 1 if outcome.wrong else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a command's output


def _show(outcome: Outcome, *, took_s: float) -> None:
    lines = [f"{outcome.readings} readings, {outcome.lives} lives, {took_s:.0f} s"]
    for kind in sorted(outcome.entered | outcome.done):
        done = max(outcome.entered[kind], outcome.done[kind])
        demanded, told = outcome.demanded[kind], outcome.told[kind]
        lines.append(f"{kind:>22} {done:4} done {demanded:4} to be told {told:4} told")
    lines.append(f"{outcome.alarms} alarms, {outcome.false} without a reason")
    lines += outcome.wrong
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
