"""What people note of machines and of the site: services that were done, and words at a time."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from contract.site_time import LATEST_MS
from gateway.api import examples, schema
from gateway.api.context import Context, Ctx, enter, json_response
from gateway.api.log_bodies import AnnotationBody, ByQuery, DoneBody, LogQuery
from gateway.api.openapi import answers
from gateway.api.params import DeviceName, Query
from gateway.api.spans import everything
from gateway.registry.logbook import Note, shown
from gateway.registry.params import SITE
from hosting.audit.events import What

router = APIRouter(tags=["Registry"])

EntryId = Annotated[
    str,
    Path(
        pattern="^[0-9a-f]{12}$",
        description="Of an entry of the log.",
        examples=["0123456789ab"],
    ),
]
_LOG: Final = answers(list[schema.LogEntry], [examples.LOG_ENTRY], 404)
_ENTRY: Final = answers(schema.LogEntry, examples.LOG_ENTRY, 404)


@router.get("/devices/{device}/log", summary="Log of a machine", responses=_LOG)
async def device_log(device: DeviceName, query: Query[LogQuery], context: Ctx) -> Response:
    """Services that people say were done, and annotations, newest first; with those of the site.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/log
    ```
    """
    context.services.registrar.entry(device)
    return _listed(context, (device, SITE), query)


@router.get("/log", summary="Log of the site", responses=_LOG)
async def site_log(query: Query[LogQuery], context: Ctx) -> Response:
    """Annotations that concern all machines, newest first.

    ```sh
    curl -s http://127.0.0.1:8000/log
    ```
    """
    return _listed(context, (SITE,), query)


@router.post("/devices/{device}/events", summary="Enter that a service was done", responses=_ENTRY)
async def done(device: DeviceName, body: DoneBody, request: Request, context: Ctx) -> Response:
    r"""What is used of the service's interval counts from then on; the time may be past.

    `event` is what resets the service (`reset_by` in `/catalogue`). Take it back as an annotation.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/devices/dispenser-01/events \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "event": "descaled"}'
    ```
    """
    noted = body.noted(context.services.now_ms())
    return await _put(context, request, device, noted, by=body.by)


@router.post("/devices/{device}/annotations", summary="Note a word", responses=_ENTRY)
async def annotate(
    device: DeviceName, body: AnnotationBody, request: Request, context: Ctx
) -> Response:
    r"""A word at a time, or from one to another, which charts and timelines show.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/devices/fan-01/annotations \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "text": "New filter."}'
    ```
    """
    noted = body.noted(context.services.now_ms())
    return await _put(context, request, device, noted, by=body.by)


@router.put("/devices/{device}/annotations/{entry}", summary="Change a word", responses=_ENTRY)
async def change(
    device: DeviceName, entry: EntryId, body: AnnotationBody, request: Request, context: Ctx
) -> Response:
    r"""All of it anew; without a time the one it had.

    ```sh
    curl -s -X PUT http://127.0.0.1:8000/devices/fan-01/annotations/0123456789ab \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "text": "New filter, and belt."}'
    ```
    """
    return await _change(context, request, device, entry, body)


@router.delete(
    "/devices/{device}/annotations/{entry}", summary="Take an entry back", responses=_ENTRY
)
async def take_back(
    device: DeviceName, entry: EntryId, query: Query[ByQuery], request: Request, context: Ctx
) -> Response:
    """An annotation, or that a service was done; the answer is what it said.

    ```sh
    curl -s -X DELETE 'http://127.0.0.1:8000/devices/fan-01/annotations/0123456789ab?by=Sam'
    ```
    """
    return await _take_back(context, request, device, entry, query.by)


@router.post("/annotations", summary="Note a word of the site", responses=_ENTRY)
async def annotate_site(body: AnnotationBody, request: Request, context: Ctx) -> Response:
    r"""As of a machine, for all of them.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/annotations \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "text": "Power cut."}'
    ```
    """
    noted = body.noted(context.services.now_ms())
    return await _put(context, request, SITE, noted, by=body.by)


@router.put("/annotations/{entry}", summary="Change a word of the site", responses=_ENTRY)
async def change_site(
    entry: EntryId, body: AnnotationBody, request: Request, context: Ctx
) -> Response:
    r"""All of it anew; without a time the one it had.

    ```sh
    curl -s -X PUT http://127.0.0.1:8000/annotations/0123456789ab \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "text": "Power cut of the hall."}'
    ```
    """
    return await _change(context, request, SITE, entry, body)


@router.delete("/annotations/{entry}", summary="Take a word of the site back", responses=_ENTRY)
async def take_back_site(
    entry: EntryId, query: Query[ByQuery], request: Request, context: Ctx
) -> Response:
    """The answer is what it said.

    ```sh
    curl -s -X DELETE 'http://127.0.0.1:8000/annotations/0123456789ab?by=Sam'
    ```
    """
    return await _take_back(context, request, SITE, entry, query.by)


# ---------------------------------------------------------------- what all of them do


def _listed(context: Context, owners: tuple[str, ...], query: LogQuery) -> Response:
    log, span = context.services.registrar.register.log, everything(query)
    to_ms = min(span.to_ms, LATEST_MS)
    found = [
        entry for owner in owners for entry in log.within(owner, from_ms=span.from_ms, to_ms=to_ms)
    ]
    found.sort(key=lambda entry: entry.note.time_ms, reverse=True)
    return json_response([shown(entry) for entry in found[: query.limit]])


async def _put(
    context: Context,
    request: Request,
    device: str,
    note: Note,
    *,
    by: str,
    id_: str | None = None,
) -> Response:
    entry = await context.services.registrar.note(device, note, by=by, id_=id_)
    said = " ".join(filter(None, (note.event, note.text)))
    enter(context, request, What.LOG_CHANGED, by=by, detail=f"{device or 'the site'}: {said}")
    return json_response(shown(entry))


async def _change(
    context: Context, request: Request, device: str, entry: str, body: AnnotationBody
) -> Response:
    known = context.services.registrar.log_entry(device, entry).note
    noted = body.noted(known.time_ms)
    note = Note(time_ms=noted.time_ms, until_ms=noted.until_ms, text=noted.text, event=known.event)
    return await _put(context, request, device, note, by=body.by, id_=entry)


async def _take_back(
    context: Context, request: Request, device: str, entry: str, by: str
) -> Response:
    registrar = context.services.registrar
    said: dict[str, Any] = shown(registrar.log_entry(device, entry))
    await registrar.take_back(device, entry, by=by)
    detail = f"{device or 'the site'}: taken back: {said['text']}"
    enter(context, request, What.LOG_CHANGED, by=by, detail=detail)
    return json_response(said)
