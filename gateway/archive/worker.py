"""``python -m gateway.archive.worker``: tasks as JSON in, what came of each out, a line each.

A process of its own and of low priority: the gateway's memory and its readings feel nothing of it.
One works at a time: one that a gateway which was killed has left behind is waited for.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from contract.errors import Unavailable
from gateway.archive.order import Task
from gateway.archive.outcomes import Outcome
from gateway.archive.writing import Step, write_day

LOCK: Final = ".lock"
_NICE: Final = 10


def outcome_of(task: Task, *, step: Step = lambda _: None) -> Outcome:
    """Do it; ``step`` is told of each thing done."""
    try:
        with _alone(Path(task.root)):
            return Outcome(write_day(task, step=step))
    except Unavailable as error:
        return Outcome(error=str(error))


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (root / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class _NoPandas:
    """pyarrow would import it to see whether a list is a series: 70 MB, and half a second."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def main() -> None:
    os.nice(_NICE)
    sys.meta_path.insert(0, _NoPandas)
    tasks = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Task])
    for task in tasks:
        sys.stdout.buffer.write(msgspec.json.encode(outcome_of(task)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
