"""Work in a thread that has an end, whoever waits for it."""

import asyncio
from collections.abc import Callable


async def to_the_end(work: Callable[[], None]) -> None:
    """Run ``work`` in a thread. Being cancelled does not stop the thread, so wait for it anyway."""
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
