"""What people say of alarms: right, nothing, normal here, or something else; and that as CSV."""

from typing import Any, TypedDict

import apsw
from fastapi import APIRouter, Request, Response

from contract.assets.words import Asset
from contract.errors import Conflict, NotFound
from contract.messages import Judgement
from gateway.api import examples, schema, verdict_table
from gateway.api.context import Context, Ctx, enter, json_response
from gateway.api.log_bodies import ByQuery
from gateway.api.openapi import answers
from gateway.api.pages import Listed, page
from gateway.api.params import AlarmId, Query
from gateway.api.queries import verdicts as queries
from gateway.api.queries.verdicts import Subject
from gateway.api.spans import everything
from gateway.api.verdict_bodies import ChosenQuery, VerdictBody, VerdictsQuery
from gateway.ingest.verdict_desk import true_cause
from hosting.audit.events import What

router = APIRouter(tags=["Events"])


@router.get(
    "/alarms/{alarm}/verdict",
    summary="What people say of an alarm",
    responses=answers(schema.AlarmVerdict, examples.ALARM_VERDICT, 404),
)
async def verdict(alarm: AlarmId, context: Ctx) -> Response:
    """The verdict that counts, and what was said before; where it was taken back, it is `null`.

    ```sh
    curl -s http://127.0.0.1:8000/alarms/1/verdict
    ```
    """
    await context.readers.run(queries.subject, alarm)
    return json_response(await _told(context, alarm))


@router.put(
    "/alarms/{alarm}/verdict",
    summary="Say whether an alarm was right",
    responses=answers(schema.AlarmVerdict, examples.ALARM_VERDICT, 404, 409),
)
async def give(alarm: AlarmId, body: VerdictBody, request: Request, context: Ctx) -> Response:
    r"""Of one that is open or over; it takes the place of the one before, which is kept.

    The readings around the alarm are kept with it as long as the alarm is (`EDGETWIN_ALARM_DAYS`),
    so that it can be learned from. 409 where the alarm is evidence of another.

    ```sh
    curl -s -X PUT http://127.0.0.1:8000/alarms/1/verdict \
      -H 'Content-Type: application/json' \
      -d '{"by": "Sam", "verdict": "cause", "cause": "thermal_drift", "note": "Filter."}'
    ```
    """
    found = await context.readers.run(queries.subject, alarm)
    cause = None if body.cause is None else true_cause(body.cause, _type(context, found))
    verdicts = context.services.verdicts
    await verdicts.give(found, body.verdict, cause=cause, note=body.note, by=body.by)
    said = " ".join(filter(None, (body.verdict, cause)))
    enter(context, request, What.VERDICT_GIVEN, by=body.by, detail=f"{_named(found)}: {said}")
    return json_response(await _told(context, alarm))


@router.delete(
    "/alarms/{alarm}/verdict",
    summary="Take a verdict back",
    responses=answers(schema.AlarmVerdict, examples.NO_VERDICT, 404, 409),
)
async def take_back(
    alarm: AlarmId, query: Query[ByQuery], request: Request, context: Ctx
) -> Response:
    """Nobody says anything of the alarm any more; what was said is kept. 409 where there is none.

    ```sh
    curl -s -X DELETE 'http://127.0.0.1:8000/alarms/1/verdict?by=Sam'
    ```
    """
    found = await context.readers.run(queries.subject, alarm)
    before = queries.counting(await context.readers.run(queries.words, alarm))
    if before is None:
        raise Conflict(f"Nobody has given a verdict on alarm {alarm}.")
    await context.services.verdicts.take_back(found, by=query.by)
    detail = f"{_named(found)}: {before.verdict}"
    enter(context, request, What.VERDICT_TAKEN_BACK, by=query.by, detail=detail)
    return json_response(await _told(context, alarm))


@router.get(
    "/alarms/{alarm}/readings.csv",
    summary="Readings around an alarm as CSV",
    responses=answers(None, None, 404) | verdict_table.OF_READINGS,
    response_class=Response,
)
async def readings_csv(alarm: AlarmId, context: Ctx) -> Response:
    """From two windows of its type (a minute at least) before it until it was over, or 10 minutes.

    All channels of its type by event time (ISO 8601, UTC), empty where nothing was measured: as
    they were kept for a verdict, else what is still there. 404 where that is nothing.

    ```sh
    curl -s http://127.0.0.1:8000/alarms/1/readings.csv
    ```
    """
    found = await context.readers.run(queries.subject, alarm)
    excerpt = await context.readers.run(queries.excerpt, found, _type(context, found))
    if not excerpt.time_ms:
        raise NotFound(f"No readings around alarm {alarm} are kept (any more).")
    return _csv(verdict_table.readings(excerpt), name=f"alarm-{alarm}")


@router.get(
    "/verdicts",
    summary="Verdicts on alarms",
    responses=answers(list[schema.JudgedAlarm], [examples.JUDGED_ALARM], 404),
)
async def verdicts(query: Query[VerdictsQuery], request: Request, context: Ctx) -> Response:
    """Those that count, the newest first: who said what of which alarm of which machine.

    ```sh
    curl -s 'http://127.0.0.1:8000/verdicts?device=fan-01&limit=20'
    ```
    """
    found = await context.readers.run(
        queries.verdicts, **_chosen(query, context), before=query.before, limit=query.limit + 1
    )
    listed = (Listed(each.id, verdict_table.shown(each)) for each in found)
    return page(listed, request, limit=query.limit)


@router.get(
    "/verdicts.csv",
    summary="Verdicts as CSV",
    responses=answers(None, None, 404) | verdict_table.OF_VERDICTS,
    response_class=Response,
)
async def verdicts_csv(query: Query[ChosenQuery], context: Ctx) -> Response:
    """The same as a table, without who gave them: what is learned from.

    `readings` is the file that `python -m gateway verdicts --out FOLDER` writes beside it; it has
    what `/alarms/{alarm}/readings.csv` answers, and is empty where no readings are kept.

    ```sh
    curl -s 'http://127.0.0.1:8000/verdicts.csv?from=2025-11-01'
    ```
    """
    chosen = _chosen(query, context)

    def answer(connection: apsw.Connection) -> str:
        return verdict_table.table(
            (each, queries.is_kept(connection, each.of, _type(context, each.of)))
            for each in queries.verdicts(connection, **chosen)
        )

    return _csv(await context.readers.run(answer), name="verdicts")


# ---------------------------------------------------------------- what some of them do


class _Chosen(TypedDict):
    device: str | None
    asset: str | None
    verdict: Judgement | None
    from_ms: int
    to_ms: int


def _chosen(query: ChosenQuery, context: Context) -> _Chosen:
    span = everything(query)
    if query.device is not None:
        context.services.fleet.get(query.device)
    if query.asset is not None and all(query.asset != d.asset.name for d in context.services.fleet):
        raise NotFound(f"There is no machine of a type {query.asset!r}.")
    return _Chosen(
        device=query.device,
        asset=query.asset,
        verdict=query.verdict,
        from_ms=span.from_ms,
        to_ms=span.to_ms,
    )


async def _told(context: Context, alarm: int) -> dict[str, Any]:
    said = await context.readers.run(queries.words, alarm)
    counts = queries.counting(said)
    former = said if counts is None else said[1:]
    return {"alarm": alarm, "verdict": counts, "former": former}


def _type(context: Context, found: Subject) -> Asset:
    device = context.services.fleet.get(found.device)
    return device.asset


def _named(found: Subject) -> str:
    return f"alarm {found.alarm}, {found.cause} of {found.device}"


def _csv(text: str, *, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
