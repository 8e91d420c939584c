"""A long answer and its client: whoever goes away takes along what was worked on for him."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

GONE: Final = 499  # as nginx says it: nobody hears it


async def until_left(request: Request, answer: Awaitable[Response]) -> Response:
    """``answer``, whose body was read; cancelled once nobody waits for it any more."""
    working = asyncio.ensure_future(answer)
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else Response(status_code=GONE)
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.wait({working, leaving})


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
