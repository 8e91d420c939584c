"""``python -m tests.gateway.archive.killed FOLDER``: processes that archive, and die at a step.

Each is a process of its own, forked when all is imported; it works on its own copy of the journal.
"""

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Final

from gateway.archive import pruning, table  # noqa: F401 - pyarrow is imported once
from tests.gateway.archive.archives import archivist, begin, work

STEPS: Final = (
    ("before", "begun", 1), ("before", "written", 1), ("before", "synced", 2),
    ("before", "compared", 1), ("before", "renamed", 3), ("before", "folder synced", 1),
    ("before", "noted", 1), ("before", "noted", 4), ("before", "pruned some", 1),
    ("before", "pruned some", 3), ("before", "kept", 1), ("before", "kept", 4),
    ("late", "compared", 1), ("late", "renamed", 1), ("late", "noted", 1), ("late", "kept", 1),
)  # fmt: skip


def die_at(directory: Path, fatal: str, times: int) -> None:
    """Archive all there is, until the step comes for that time."""
    left = times

    def step(name: str) -> None:
        nonlocal left
        left -= name == fatal
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    pruning.PRUNE_ROWS = 100  # type: ignore[misc]
    rig = begin(directory)
    work(archivist(rig, step))


def main() -> None:
    folder = Path(sys.argv[1])
    for begin_with, name, times in STEPS:
        directory = folder / f"{begin_with} {name} {times}"
        shutil.copytree(folder / begin_with, directory)
        child = os.fork()
        if not child:
            die_at(directory, name, times)
            os._exit(1)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")


if __name__ == "__main__":
    main()
