"""Alarms, and what people say of them."""

from fastapi import APIRouter, Request, Response

from contract.messages import Alarm
from gateway.api import examples, schema
from gateway.api.alarm_bodies import AcknowledgeBody, AcknowledgeManyBody, UnacknowledgeBody
from gateway.api.context import Context, Ctx, json_response
from gateway.api.openapi import answers
from gateway.api.pages import Listed, page
from gateway.api.params import AlarmId, AlarmsQuery, Query
from gateway.api.queries import events
from gateway.api.spans import everything
from gateway.ingest.alarm_desk import NotAcknowledged
from hosting.audit.events import What
from hosting.guard.origin import origin_of

router = APIRouter(tags=["Events"])


@router.get(
    "/alarms", summary="Alarms", responses=answers(list[schema.Alarm], [examples.ALARM], 404)
)
async def alarms(query: Query[AlarmsQuery], request: Request, context: Ctx) -> Response:
    """Alarms, newest first: those that are open, or all that stood at some time of the range.

    ```sh
    curl -s 'http://127.0.0.1:8000/alarms?state=all&device=fan-01&limit=20'
    ```
    """
    span = everything(query)
    if query.device is not None:
        context.services.fleet.get(query.device)
    found = await context.readers.run(
        events.alarms,
        is_open=query.state == "open",
        device=query.device,
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        before=query.before,
        limit=query.limit + 1,
    )
    return page((Listed(alarm.id, alarm) for alarm in found), request, limit=query.limit)


@router.post(
    "/alarms/acknowledge",
    summary="Acknowledge many alarms",
    responses=answers(schema.Acknowledged, examples.MANY_ACKNOWLEDGED, 404),
)
async def acknowledge_many(body: AcknowledgeManyBody, request: Request, context: Ctx) -> Response:
    r"""Note who has seen many open alarms: those of a list, or all that fit and nobody has seen.

    `left` are those of the list that stay as they are, each with the reason.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/alarms/acknowledge \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "filter": {"device": "fan-01"}}'
    ```
    """
    found, left = await _acknowledged(body, context)
    if found:
        detail = f"{len(found)} alarms: {', '.join(str(alarm.id) for alarm in found)}"
        _enter(context, request, What.ACKNOWLEDGED, by=body.by, detail=detail)
    return json_response(
        {"acknowledged": found, "left": [{"id": id_, "detail": why} for id_, why in left]}
    )


async def _acknowledged(
    body: AcknowledgeManyBody, context: Context
) -> tuple[list[Alarm], list[NotAcknowledged]]:
    desk = context.services.alarms
    if body.filter is None:
        return await desk.acknowledge_these(body.ids or (), body.word)
    if body.filter.device is not None:
        context.services.fleet.get(body.filter.device)
    return await desk.acknowledge_fitting(body.filter.which, body.word), []


@router.post(
    "/alarms/{alarm}/acknowledge",
    summary="Acknowledge an alarm",
    responses=answers(schema.Alarm, examples.ACKNOWLEDGED, 404, 409),
)
async def acknowledge(
    alarm: AlarmId, body: AcknowledgeBody, request: Request, context: Ctx
) -> Response:
    r"""Note who has seen an open alarm. 409 when somebody already has, or when it has cleared.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/alarms/1/acknowledge \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "note": "Rotor is being cleaned."}'
    ```
    """
    found = await context.services.alarms.acknowledge(alarm, body.word)
    _enter(context, request, What.ACKNOWLEDGED, by=body.by, detail=_named(found))
    return json_response(found)


@router.post(
    "/alarms/{alarm}/unacknowledge",
    summary="Take an acknowledgement back",
    responses=answers(schema.Alarm, examples.UNACKNOWLEDGED, 404, 409),
)
async def unacknowledge(
    alarm: AlarmId, body: UnacknowledgeBody, request: Request, context: Ctx
) -> Response:
    r"""Nobody sees to the alarm any more. 409 when nobody has acknowledged it, or it has cleared.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/alarms/1/unacknowledge \
      -H 'Content-Type: application/json' -d '{"by": "Sam"}'
    ```
    """
    found = await context.services.alarms.unacknowledge(alarm, body.by)
    _enter(context, request, What.UNACKNOWLEDGED, by=body.by, detail=_named(found))
    return json_response(found)


def _named(alarm: Alarm) -> str:
    return f"alarm {alarm.id}, {alarm.name} of {alarm.device}"


def _enter(context: Context, request: Request, what: What, *, by: str, detail: str) -> None:
    origin = origin_of(request.scope).address
    context.services.audit(who=by, origin=origin, what=what, detail=detail)
