"""Readings as they were measured, page after page."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from gateway.api import examples, schema
from gateway.api.context import Ctx, json_response
from gateway.api.cursors import LONGEST, Cursor, cursor_of
from gateway.api.names import unknown
from gateway.api.openapi import answers
from gateway.api.params import DeviceName, Query, RangeQuery, names_in
from gateway.api.queries import raw
from gateway.api.spans import everything
from gateway.twin.fleet import Device

router = APIRouter(tags=["History"])


class RawQuery(RangeQuery):
    """Which readings."""

    channels: Annotated[
        str | None,
        Field(
            max_length=2000,
            description="Names of channels, counters, states and labels, with commas: readings"
            " that say nothing of them are left out. Default: all.",
            examples=["temperature,current"],
        ),
    ] = None
    limit: Annotated[int, Field(ge=1, le=10_000, description="At most this many.")] = 1000
    cursor: Annotated[
        str | None,
        Field(
            max_length=LONGEST,
            description="Go on behind the last reading of the answer that had this `cursor`; the"
            " range is then that of the first.",
        ),
    ] = None


@router.get(
    "/devices/{device}/readings",
    summary="Raw readings",
    responses=answers(schema.RawReadings, examples.RAW_READINGS, 404),
)
async def readings(
    device: DeviceName, query: Query[RawQuery], request: Request, context: Ctx
) -> Response:
    """Every reading as it was stored, oldest first, out of journal and archive as one.

    While `more` is true ask again with `cursor` (the header `Link` has that address): no reading
    comes twice, and none is left out that was there, though others come meanwhile and days go from
    the journal to files. What comes late for a time that was listed is not listed. An answer may
    have fewer than `limit`, and none, where `channels` are told rarely. When `more` is false, the
    same cursor, asked later, tells what has come since, up to the end of the range.

    `board_ms` is what the board's clock said (`null`: nothing), `stamped` whose word `time_ms` is:
    `board`, `receipt` (the gateway's), `waited` (the gateway's, after it had waited on the board)
    or `imported`. `aside` are channels that were set aside, and why.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/readings?from=-1h&channels=temperature&limit=100'
    ```
    """
    found = context.services.fleet.get(device)
    shown = await context.readers.run(
        raw.page,
        device=found.name,
        behind=_behind(found, query),
        channels=_asked(found, query),
        limit=query.limit,
    )
    response = json_response(shown)
    if shown.more:
        following = request.url.include_query_params(cursor=shown.cursor)
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return response


def _behind(found: Device, query: RawQuery) -> Cursor:
    if query.cursor is not None:
        return cursor_of(query.cursor, device_id=found.id, device=found.name)
    span = everything(query)
    return Cursor.at(found.id, from_ms=span.from_ms, to_ms=span.to_ms)


def _asked(found: Device, query: RawQuery) -> list[str] | None:
    if query.channels is None:
        return None
    asset = found.asset
    known = [
        *asset.by_name,
        *(counter.name for counter in asset.counters),
        *(state.name for state in asset.states),
        *(label.name for label in asset.labels),
    ]
    asked = names_in(query.channels)
    for name in asked:
        if name not in known:
            raise unknown(name, f"A {asset.name} has", "it has", known)
    return asked
