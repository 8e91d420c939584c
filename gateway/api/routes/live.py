"""What machines tell, as it comes: server-sent events."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import Field
from starlette.types import Receive, Scope, Send

from contract import topics
from gateway.api.context import Context, Ctx
from gateway.api.openapi import answers
from gateway.api.params import Query, QueryModel, names_in
from gateway.api.views import state_of
from gateway.mqtt.live_feed import KINDS, Listener, LiveFeed

router = APIRouter(tags=["Devices"])

KEEPALIVE_S: Final = 15.0  # what lies between closes connections on which nothing comes
STATES_AT_ONCE: Final = 20  # states; a reading that comes meanwhile waits for so many

_EVENTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events, for ever.",
        "content": {
            "text/event-stream": {"example": 'event: state\ndata: {"device":"fan-01"}\n\n'}
        },
    }
}


class LiveQuery(QueryModel):
    """What to listen to."""

    devices: Annotated[
        str | None,
        Field(
            max_length=20_000, description="Names, with commas. Default: all.", examples=["fan-01"]
        ),
    ] = None
    kind: Annotated[
        Literal["state", "diagnosis", "alarm"] | None,
        Field(description="Only these. Default: all three."),
    ] = None
    for_s: Annotated[
        float | None,
        Field(gt=0.0, le=86_400.0, description="End after so many seconds. Default: never."),
    ] = None


@router.get(
    "/live",
    summary="What machines tell",
    responses=answers(None, None, 404) | _EVENTS,
    response_class=Response,
)
async def live(query: Query[LiveQuery], context: Ctx) -> StreamingResponse:
    """Server-sent events: `state`, `diagnosis` and `alarm`, as on the topics of the broker.

    First comes the state of each machine as it is now, then whatever changes. Who reads slowly
    gets the newest state and diagnosis of each machine and all alarms; alarms that there was no
    room for are counted in an event `missed`. At most 20 clients listen; a broker has room for
    more.

    ```sh
    curl -sN 'http://127.0.0.1:8000/live?devices=fan-01&for_s=1'
    ```
    """
    names = None if query.devices is None else names_in(query.devices)
    for name in names or ():
        context.services.fleet.get(name)
    kinds = KINDS if query.kind is None else (query.kind,)
    feed = context.services.live
    listener = feed.listen(kinds=kinds, devices=names)
    until_s = time.monotonic() + (query.for_s or float("inf"))
    return Listening(feed, listener, _events(listener, context, until_s=until_s))


class Listening(StreamingResponse):
    """Who has gone listens no more, though it went before the first event."""

    def __init__(self, feed: LiveFeed, listener: Listener, events: AsyncIterator[bytes]) -> None:
        super().__init__(
            events,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._feed, self._listener = feed, listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._feed.leave(self._listener)


async def _events(listener: Listener, context: Context, *, until_s: float) -> AsyncIterator[bytes]:
    async for event in _states(listener, context):
        yield event
    missed = 0
    while not listener.is_over and (left_s := until_s - time.monotonic()) > 0.0:
        told = await listener.next(min(KEEPALIVE_S, left_s))
        yield b"".join(_event(kind, payload) for kind, payload in told) or KEEPALIVE_COMMENT
        if listener.missed > missed:
            missed = listener.missed
            yield _event("missed", b'{"alarms":%d}' % missed)


async def _states(listener: Listener, context: Context) -> AsyncIterator[bytes]:
    devices = [each for each in context.services.fleet if listener.wants(topics.STATE, each.name)]
    for count, device in enumerate(devices):
        if count % STATES_AT_ONCE == 0:
            await asyncio.sleep(0)
        state = state_of(device, now_ms=context.services.now_ms())
        if state is not None and not (device.is_over or device.is_gone):
            yield _event(topics.STATE, msgspec.json.encode(state))


def _event(kind: str, payload: bytes) -> bytes:
    return format_sse_event(event=kind, data_str=payload.decode())
