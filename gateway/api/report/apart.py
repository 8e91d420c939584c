"""A report in, its PDF out: made in a process of its own, so that no reading waits for it."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import gateway
from contract.errors import TimedOut, Unavailable

MOST_WAITING: Final = 4
LONGEST_S: Final = 60.0
_PROJECT: Final = Path(gateway.__file__).parents[1]


class Press:
    """One at a time; a few may wait."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._asked = 0

    async def printed(self, report: bytes) -> bytes:
        """``report`` as JSON; cancelled, its process ends at once.

        Raises:
            Unavailable: others wait already, or no process can do it.
            TimedOut: it takes too long.
        """
        if self._asked > MOST_WAITING:
            raise Unavailable(f"{self._asked} reports are being printed: ask again in a minute.")
        self._asked += 1
        try:
            async with self._turn:
                return await _printed(report)
        finally:
            self._asked -= 1


async def _printed(report: bytes) -> bytes:
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.paper"),
            stdin=pipe,
            stdout=pipe,
            cwd=_PROJECT,
        )
    except OSError as error:
        raise Unavailable(f"No process can be started to print a report: {error}.") from error
    try:
        async with asyncio.timeout(LONGEST_S):
            said, _ = await process.communicate(report)
    except TimeoutError:
        raise TimedOut(
            f"It took longer than {LONGEST_S:g} s to print: ask for fewer machines."
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    if process.returncode or not said:
        raise Unavailable("The report could not be printed; the log says why.")
    return said
