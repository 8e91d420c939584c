"""Tasks given to a worker, a process that ends with them."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

import gateway
from contract.errors import Unavailable
from gateway.archive.order import Task
from gateway.archive.outcomes import Outcome

_PROJECT: Final = Path(gateway.__file__).parents[1]


async def work(tasks: Sequence[Task]) -> list[Outcome]:
    """What came of each task that was done; the last may lack, if the worker has ended before.

    Raises:
        Unavailable: none could be started.
    """
    pipe = asyncio.subprocess.PIPE
    try:
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.archive.worker", stdin=pipe, stdout=pipe, cwd=_PROJECT
        )
    except OSError as error:
        raise Unavailable(f"No process can be started to archive readings: {error}.") from error
    try:
        told, _ = await worker.communicate(msgspec.json.encode(tasks))
    except BaseException:
        worker.kill()
        await worker.wait()
        raise
    return [msgspec.json.decode(line, type=Outcome) for line in told.splitlines()]
