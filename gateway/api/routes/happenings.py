"""What a device itself tells beside its measurements: its events, and the course of its states."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from contract.assets.words import Asset
from contract.errors import Refused
from gateway.api import event_table, examples, schema
from gateway.api.context import Ctx, json_response
from gateway.api.export import CsvExport
from gateway.api.export_params import CsvQuery
from gateway.api.openapi import answers
from gateway.api.pages import Listed, page
from gateway.api.params import DeviceName, HappeningsQuery, Query, StatesQuery
from gateway.api.queries import happenings
from gateway.api.sources import extent_of, left_out_of, sources_of
from gateway.api.spans import RECENT_MS, everything, last
from gateway.api.streaming import streamed
from gateway.api.views import is_heard

router = APIRouter(tags=["Events"])

_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Events in order of time.",
        "content": {
            "text/csv": {
                "example": "time_ms,time,board_time_ms,device,epoch,seq,event,volume [L],user,"
                "values\n1763629200123,2025-11-20T09:00:00.123Z,1763629200123,dispenser-01,"
                '9f2c41aa-7,1041,service,0.24,u7,"{""volume"":0.24,""user"":""u7""}"\n'
            }
        },
    }
}


@router.get(
    "/devices/{device}/events",
    summary="Events of a device",
    responses=answers(list[schema.Happening], [examples.HAPPENING], 404),
)
async def device_events(
    device: DeviceName, query: Query[HappeningsQuery], request: Request, context: Ctx
) -> Response:
    """What a device says has happened, newest first: those its type knows, and all others.

    Out of the journal, and of the archive's files, from the newest day back.

    `aside` are fields that cannot be, and why. `/catalogue` has the units of the others.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/events?event=service&limit=20'
    ```
    """
    found = context.services.fleet.get(device)
    span = everything(query)
    listed = await context.readers.run(
        happenings.events,
        device_id=found.id,
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        event=query.event,
        before=query.before,
        limit=query.limit + 1,
    )
    entries = (Listed(each.id, each, each.time_ms + 1) for each in listed)
    return page(entries, request, limit=query.limit)


@router.get(
    "/devices/{device}/states",
    summary="Episodes of one state",
    responses=answers(list[schema.StateEpisode], [examples.STATE_EPISODE], 404),
)
async def device_states(device: DeviceName, query: Query[StatesQuery], context: Ctx) -> Response:
    """Episodes of a state or label that reach into the range, oldest first.

    Without a range it is the last 15 minutes.

    A reading that does not say the state goes on with what was said last, up to a day before the
    range. There is no episode over time in which the device was not heard, nor while it said a
    state that its type has not; a type without states has none. Of more than `limit` the newest are
    answered. Of what lies in the archive at most 250 million readings are looked at.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/states?from=2025-11-20T00:00:00Z'
    ```
    """
    found = context.services.fleet.get(device)
    now_ms = context.services.now_ms()
    span = last(query, now_ms=now_ms, usual_ms=RECENT_MS)
    channel = _state(query.channel, found.asset)
    if channel is None:
        return json_response([])
    episodes = await context.readers.run(
        happenings.states,
        device_id=found.id,
        channel=channel,
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        gap_ms=found.twin.stale_after_ms,
        lasts=is_heard(found, now_ms=now_ms) and span.to_ms >= now_ms,
        limit=query.limit,
    )
    return json_response(episodes)


@router.get(
    "/devices/{device}/events.csv",
    summary="Events as CSV",
    responses=answers(None, None, 404) | _CSV,
    response_class=Response,
)
async def events_csv(device: DeviceName, query: Query[CsvQuery], context: Ctx) -> Response:
    """A device's events as CSV, however many: all there are, or those of the range.

    The fields that its type knows are columns; `values` has all of them as JSON.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/events.csv?from=2025-11-20T00:00:00Z'
    ```
    """
    found = context.services.fleet.get(device)
    lines = event_table.lines_of(found.asset, form=query.form)
    made = CsvExport(
        sources_of([found], query.form, context),
        lines.header,
        await extent_of([found], query, context),
        lines=lines,
        left_out=left_out_of(query),
    )
    return await streamed(context, made, name=f"{found.name}-events")


def _state(name: str | None, asset: Asset) -> str | None:
    """The state that is meant; None where none is named, and there is none."""
    states = [state.name for state in asset.states]
    if name is None:
        return states[0] if states else None
    names = [*states, *(label.name for label in asset.labels)]
    if name not in names:
        known = f"it has {', '.join(names)}" if names else "it has none"
        raise Refused(f"A {asset.name} has no state or label {name[:40]!r}; {known}.")
    return name
