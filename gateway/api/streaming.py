"""Pieces of an export out of the journal, streamed to a client."""

import asyncio
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

from contract.errors import GatewayError
from gateway.api.context import Context
from gateway.api.export import Export


async def streamed(context: Context, export: Export, *, name: str) -> StreamingResponse:
    """The whole as a file called ``name``; an error before its first piece is an answer."""
    first = await _next(context, export)
    return StreamingResponse(
        _pieces(context, export, first),
        media_type=export.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}.{export.ending}"'},
    )


async def _next(context: Context, export: Export) -> bytes | None:
    """The next piece; None where there is none. What it is made of needs no journal."""
    piece = await context.readers.run(export.read)
    return None if piece is None else await asyncio.to_thread(piece)


async def _pieces(context: Context, export: Export, piece: bytes | None) -> AsyncIterator[bytes]:
    """Piece by piece, so that no long transaction holds up the journal's checkpoints.

    One that fails says so at its end, and raises: uvicorn then breaks the connection off, so that
    no client takes what it has for the whole.
    """
    yield export.head()
    while piece is not None:
        yield piece
        try:
            piece = await _next(context, export)
        except GatewayError as error:
            yield export.broken_off(error)
            raise
    yield await asyncio.to_thread(export.end)
