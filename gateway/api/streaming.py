"""Pages of CSV out of the journal, streamed to a client."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

from contract.errors import GatewayError
from gateway.api import export
from gateway.api.context import Context


async def streamed(context: Context, pages: export.Pages, *, name: str) -> StreamingResponse:
    """The whole table as a file called ``name``; an error before its first line is an answer."""
    first = await context.readers.run(pages.read)
    return StreamingResponse(
        _csv(context, pages, first),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


async def _csv(context: Context, pages: export.Pages, page: str) -> AsyncIterator[str]:
    """Page by page, so that no long transaction holds up the journal's checkpoints.

    One that fails says so in its last line, and raises: uvicorn then breaks the connection off, so
    that no client takes what it has for the whole.
    """
    yield pages.header
    while page:
        yield page
        try:
            page = await context.readers.run(pages.read)
        except GatewayError as error:
            yield export.broken_off(error)
            raise
