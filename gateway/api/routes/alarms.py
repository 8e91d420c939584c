"""Alarms, and what people say of them."""

from typing import Final

from fastapi import APIRouter, Request, Response

from contract.messages import Alarm
from gateway.api import examples, schema
from gateway.api.alarm_bodies import AcknowledgeBody, AcknowledgeManyBody, PersonBody, ShelveBody
from gateway.api.alarm_costs import dearest_first, priced
from gateway.api.context import Context, Ctx, enter, json_response
from gateway.api.openapi import answers
from gateway.api.pages import Listed, page
from gateway.api.params import AlarmId, AlarmsQuery, AlarmStatisticsQuery, Query
from gateway.api.queries import alarms as queries
from gateway.api.queries.verdicts import with_verdicts
from gateway.api.spans import everything, last
from gateway.ingest.alarm_desk import NotAcknowledged
from hosting.audit.events import What

router = APIRouter(tags=["Events"])
_WEEK_MS: Final = 7 * 86_400_000


@router.get(
    "/alarms", summary="Alarms", responses=answers(list[schema.Alarm], [examples.ALARM], 404)
)
async def alarms(query: Query[AlarmsQuery], request: Request, context: Ctx) -> Response:
    """Alarms that are open, or all that stood at some time of the range; newest or gravest first.

    The gravest, where all fit into one answer, then by what is known to cost most an hour
    (`cost_per_hour`, of those open, as their machines do now); else by age.

    ```sh
    curl -s 'http://127.0.0.1:8000/alarms?state=all&device=fan-01&limit=20'
    ```
    """
    span = everything(query)
    if query.device is not None:
        context.services.fleet.get(query.device)
    now_ms = context.services.now_ms() if query.counted_to is None else query.counted_to
    found = await context.readers.run(
        queries.alarms,
        is_open=query.state == "open",
        devices=_only(query.device),
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        now_ms=now_ms,
        order=query.order,
        before=query.before,
        limit=query.limit + 1,
        said=query.verdict,
    )
    found = priced(found, context)
    if query.order == "severity" and query.before is None and len(found) <= query.limit:
        found = dearest_first(found)
    also = {"counted_to": now_ms} if query.order == "longest" else {}
    listed = (Listed(alarm.id, alarm) for alarm in found)
    return page(listed, request, limit=query.limit, **also)


@router.get(
    "/alarms/statistics",
    summary="What alarms add up to",
    responses=answers(schema.AlarmStatistics, examples.ALARM_STATISTICS, 404),
)
async def statistics(query: Query[AlarmStatisticsQuery], context: Ctx) -> Response:
    """Count, duration, and mean times to acknowledge and to clear, of alarms raised in the range.

    The range is the last 7 days where none is given. Groups come in order of how often their
    alarms came. A mean is `null`, with the reason, where there was none to take it of. Those still
    open are in `count`; how long they stand so far is told apart. Cleared alarms are kept for
    `EDGETWIN_ALARM_DAYS`, more than a year. What was in maintenance to its end is in `count` and
    `suppressed`, and in no mean. `judged` is what people say of them (`/verdicts`), `precision` the
    share of these that was about something: `right`, or a `cause` that the alarm did not name.

    ```sh
    curl -s 'http://127.0.0.1:8000/alarms/statistics?by=name'
    ```
    """
    if query.device is not None:
        context.services.fleet.get(query.device)
    now_ms = context.services.now_ms()
    span = last(query, now_ms=now_ms, usual_ms=_WEEK_MS)
    total, groups = await context.readers.run(
        queries.statistics,
        by=query.by,
        devices=_only(query.device),
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        now_ms=now_ms,
        limit=query.limit,
    )
    return json_response(
        {"from_ms": span.from_ms, "to_ms": span.to_ms, "by": query.by}
        | {"total": total, "groups": groups}
    )


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
        enter(context, request, What.ACKNOWLEDGED, by=body.by, detail=detail)
    return json_response(
        {
            "acknowledged": await _told(found, context),
            "left": [{"id": id_, "detail": why} for id_, why in left],
        }
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
    enter(context, request, What.ACKNOWLEDGED, by=body.by, detail=_named(found))
    return json_response((await _told([found], context))[0])


@router.post(
    "/alarms/{alarm}/unacknowledge",
    summary="Take an acknowledgement back",
    responses=answers(schema.Alarm, examples.UNACKNOWLEDGED, 404, 409),
)
async def unacknowledge(
    alarm: AlarmId, body: PersonBody, request: Request, context: Ctx
) -> Response:
    r"""Nobody sees to the alarm any more. 409 when nobody has acknowledged it, or it has cleared.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/alarms/1/unacknowledge \
      -H 'Content-Type: application/json' -d '{"by": "Sam"}'
    ```
    """
    found = await context.services.alarms.unacknowledge(alarm, body.by)
    enter(context, request, What.UNACKNOWLEDGED, by=body.by, detail=_named(found))
    return json_response((await _told([found], context))[0])


@router.post(
    "/alarms/{alarm}/shelve",
    summary="Put an alarm on the shelf",
    responses=answers(schema.Alarm, examples.SHELVED, 404, 409),
)
async def shelve(alarm: AlarmId, body: ShelveBody, request: Request, context: Ctx) -> Response:
    r"""Let an open alarm, and those of its name that come meanwhile, ask for nobody for a while.

    It stays open, is counted, and comes back by itself: 24 hours at most. 409 when it has cleared.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/alarms/1/shelve \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "minutes": 480, "note": "Known."}'
    ```
    """
    found = await context.services.alarms.shelve(alarm, body.word, minutes=body.minutes)
    detail = f"{_named(found)}, for {body.minutes} minutes"
    enter(context, request, What.SHELVED, by=body.by, detail=detail)
    return json_response((await _told([found], context))[0])


@router.post(
    "/alarms/{alarm}/unshelve",
    summary="Take an alarm off the shelf",
    responses=answers(schema.Alarm, examples.UNACKNOWLEDGED, 404, 409),
)
async def unshelve(alarm: AlarmId, body: PersonBody, request: Request, context: Ctx) -> Response:
    r"""Let it ask for somebody again. 409 when it is not on the shelf, or has cleared.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/alarms/1/unshelve \
      -H 'Content-Type: application/json' -d '{"by": "Sam"}'
    ```
    """
    found = await context.services.alarms.unshelve(alarm, body.by)
    enter(context, request, What.UNSHELVED, by=body.by, detail=_named(found))
    return json_response((await _told([found], context))[0])


async def _told(alarms: list[Alarm], context: Context) -> list[Alarm]:
    """As they are listed."""
    return priced(await context.readers.run(with_verdicts, alarms), context)


def _only(device: str | None) -> list[str] | None:
    return None if device is None else [device]


def _named(alarm: Alarm) -> str:
    return f"alarm {alarm.id}, {alarm.name} of {alarm.device}"
