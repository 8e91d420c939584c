"""What happened: diagnoses, episodes, refused messages."""

from fastapi import APIRouter, Request, Response

from gateway.api import examples, schema
from gateway.api.context import Ctx, json_response
from gateway.api.openapi import answers
from gateway.api.pages import Listed, page
from gateway.api.params import (
    DeviceName,
    DiagnosesQuery,
    QuarantineQuery,
    Query,
    TimelineQuery,
)
from gateway.api.queries import events
from gateway.api.spans import RECENT_MS, everything, last
from gateway.api.views import is_heard

router = APIRouter(tags=["Events"])


@router.get(
    "/diagnoses",
    summary="Diagnoses",
    responses=answers(list[schema.Diagnosis], [examples.DIAGNOSIS], 404),
)
async def diagnoses(query: Query[DiagnosesQuery], request: Request, context: Ctx) -> Response:
    """Diagnoses: one for each change of class, one a minute, and where being judged ended (stale).

    Of time that is older than readings are kept in the journal, the first of each stretch of one
    class stays, for as long as alarms do.

    Those of a device come newest first; those of all come in the order of being stored, last first:
    time that was missed is judged later.

    ```sh
    curl -s 'http://127.0.0.1:8000/diagnoses?device=fan-01&limit=20'
    ```
    """
    span = everything(query)
    device = None if query.device is None else context.services.fleet.get(query.device)
    found = await context.readers.run(
        events.diagnoses,
        device_id=device.id if device else None,
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        before=query.before,
        limit=query.limit + 1,
    )
    return page((Listed(*one) for one in found), request, limit=query.limit)


@router.get(
    "/devices/{device}/timeline",
    summary="Episodes of one class",
    responses=answers(list[schema.Episode], [examples.EPISODE], 404),
)
async def timeline(device: DeviceName, query: Query[TimelineQuery], context: Ctx) -> Response:
    """Episodes of one class that reach into the range (default: the last 15 minutes), oldest first.

    There is none over time in which nothing was judged. They are kept as long as alarms. Of more
    than `limit` the newest are answered. Time that was missed while a backlog came in is judged
    soon after.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/timeline?from=2025-11-20T00:00:00Z'
    ```
    """
    found = context.services.fleet.get(device)
    now_ms = context.services.now_ms()
    span = last(query, now_ms=now_ms, usual_ms=RECENT_MS)
    judged = found.judged or found.diagnosis
    told = found.diagnosis
    heard = is_heard(found, now_ms=now_ms)
    episodes = await context.readers.run(
        events.timeline,
        device_id=found.id,
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        judged_ms=judged.time_ms if judged else 0,
        lasts=heard and told is not None and not told.stale,
        limit=query.limit,
    )
    return json_response(episodes)


@router.get(
    "/quarantine",
    summary="Refused messages",
    responses=answers(list[schema.Refusal], [examples.REFUSAL]),
)
async def quarantine(query: Query[QuarantineQuery], request: Request, context: Ctx) -> Response:
    """Messages that could not be used, newest first, with the reason and what came.

    ```sh
    curl -s 'http://127.0.0.1:8000/quarantine?limit=20'
    ```
    """
    found = await context.readers.run(
        events.quarantine,
        device=query.device,
        reason=query.reason,
        before=query.before,
        limit=query.limit + 1,
    )
    return page((Listed(refusal.id, refusal) for refusal in found), request, limit=query.limit)
