"""A machine's life: how it begins, what stages it has, and how it ends."""

import asyncio
import io
from typing import Annotated, Any, Final
from urllib.parse import quote

import segno
from fastapi import APIRouter, Request, Response
from pydantic import Field

from contract.access import url_of
from contract.errors import Conflict, Refused
from gateway.api import examples, schema
from gateway.api.context import Context, Ctx, enter, json_response
from gateway.api.openapi import answers
from gateway.api.params import ConfirmedQuery, DeviceName, Query, QueryModel
from gateway.api.queries.removal import kept
from gateway.api.registry_bodies import BoardBody, ReplaceBody, StageBody
from gateway.api.routes.registry import registry_told
from gateway.registry.register import Register
from gateway.registry.stages import COMMISSIONING, IN_USE
from hosting.audit.events import What
from hosting.guard.origin import origin_of

router = APIRouter(tags=["Registry"])

_STAYS: Final = [
    "What was carried to InfluxDB or exported stays there.",
    "The audit trail goes on saying who removed it.",
    "What the board itself still keeps.",
]


class PageQuery(QueryModel):
    """Where the dashboard is."""

    page: Annotated[
        str,
        Field(
            max_length=200,
            pattern=r"^(https?://[A-Za-z0-9.:\[\]_/-]+)?$",
            description="Its address as others reach it, without a path.",
            examples=["http://192.168.1.10:1880"],
        ),
    ] = ""


@router.post(
    "/devices",
    summary="Add a board",
    responses=answers(schema.Enrolment, examples.ENROLMENT, 409),
)
async def add(body: BoardBody, request: Request, context: Ctx) -> Response:
    r"""A login for a new board, and what is said of its machine. The password is shown this once.

    409 where there is a machine or a login of that id. The machine shows with its first reading;
    until then its board is in `/waiting-boards`.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/devices -H 'Content-Type: application/json' \
      -d '{"by": "Sam", "device": "my-fan", "asset": "fan", "place": "hall 2"}'
    ```
    """
    services, name = context.services, body.device
    if services.fleet.find(name) is not None or await asyncio.to_thread(services.has_login, name):
        raise Conflict(
            f"There is a machine or a login {name} already: choose another id, or replace it."
        )
    stage = COMMISSIONING if body.commissioning else IN_USE
    await services.registrar.introduce(name, body.patch(), by=body.by, stage=stage)
    made = await asyncio.to_thread(services.enrol, name, body.asset)
    enter(context, request, What.DEVICE_ADDED, by=body.by, detail=name)
    return json_response(made)


@router.put(
    "/devices/{device}/stage",
    summary="Say where a machine is in its life",
    responses=answers(schema.Registry, examples.REGISTRY, 404),
)
async def put_stage(
    device: DeviceName, body: StageBody, request: Request, context: Ctx
) -> Response:
    r"""Commissioning, in use, maintenance or retired; who said so, when and why is kept.

    Of a machine in `commissioning` alarms are shown and nobody is told, and nothing of it counts
    in a figure over time. In `maintenance` its alarms ask for nobody. One that is `retired` is in
    no list, total or alarm; what it sends is kept, and its history is where it was.

    ```sh
    curl -s -X PUT http://127.0.0.1:8000/devices/fan-01/stage \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "stage": "retired"}'
    ```
    """
    services = context.services
    found = await services.registrar.put_stage(device, body.stage, note=body.note, by=body.by)
    if found.is_over:
        await services.alarms.end(found, by=body.by)
        await services.remover.hush(device)
    detail = f"{device}: {body.stage} {body.note}".strip()
    enter(context, request, What.STAGE_CHANGED, by=body.by, detail=detail)
    return await registry_told(device, context)


@router.post(
    "/devices/{device}/replace",
    summary="Let another machine go on under a name",
    responses=answers(schema.Enrolment, examples.ENROLMENT, 404, 409),
)
async def replace(
    device: DeviceName, body: ReplaceBody, request: Request, context: Ctx
) -> Response:
    r"""A second life: the new board has a login of its own, shown this once; the old is cut off.

    Sums, counters, trends and alarms begin anew. What was measured before is at `/lives`, under a
    name of its own. What was said of the machine (name, place, parameters) stays said.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/devices/fan-01/replace \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "note": "bearing seized"}'
    ```
    """
    made = await context.services.replacer.replace(
        device, by=body.by, note=body.note.strip(), commissioning=body.commissioning
    )
    detail = f"{device}: {body.note}".strip(": ")
    enter(context, request, What.DEVICE_REPLACED, by=body.by, detail=detail)
    return json_response(made)


@router.get(
    "/devices/{device}/lives",
    summary="Machines that had this name",
    responses=answers(list[schema.LifeOfName], examples.LIVES, 404),
)
async def lives(device: DeviceName, context: Ctx) -> Response:
    """The newest first. Each is a device whose history is read as any other's.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/lives
    ```
    """
    registrar = context.services.registrar
    registrar.entry(device)
    return json_response(
        [_life(registrar.register, name) for name in registrar.register.lives(device)]
    )


@router.get(
    "/devices/{device}/qr.svg",
    summary="A QR code of a machine's page",
    responses={200: {"content": {"image/svg+xml": {"example": "<svg>…</svg>"}}}},
    response_class=Response,
)
async def qr_code(device: DeviceName, query: Query[PageQuery], context: Ctx) -> Response:
    """To be printed and stuck on the machine: whoever scans it sees how it does.

    `page` is where the dashboard is reached from elsewhere; by default it is at `EDGETWIN_HOST`.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/qr.svg
    ```
    """
    settings = context.services.settings
    base = query.page or url_of(settings.host, settings.dashboard_port)
    address = f"{base.rstrip('/')}/dashboard/machine?device={quote(device, safe='')}"
    drawing = io.BytesIO()
    segno.make(address, micro=False).save(
        drawing, kind="svg", scale=4, light="white", xmldecl=False
    )
    return Response(drawing.getvalue(), media_type="image/svg+xml")


@router.get(
    "/devices/{device}/removal",
    summary="What a removal would take",
    responses=answers(schema.Removal, examples.REMOVAL, 404),
)
async def removal(device: DeviceName, context: Ctx) -> Response:
    """How much is kept of a machine, all of which `DELETE /devices/{id}` takes. Nothing happens.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/removal
    ```
    """
    await context.services.remover.check_known(device)
    return json_response(await _told(device, context, is_removed=False))


@router.delete(
    "/devices/{device}",
    summary="Remove a machine",
    responses=answers(schema.Removal, examples.REMOVAL | {"is_removed": True}, 404, 409),
)
async def remove(
    device: DeviceName, query: Query[ConfirmedQuery], request: Request, context: Ctx
) -> Response:
    """Its login, readings, sums, alarms, what was said of it and what the broker keeps, for good.

    409 without `confirm`: its id once more. Whoever is connected by its login is cut off. What
    still comes under its name is refused (`removed`) until it has a new login: it then begins as
    one that was never seen. What was begun is brought to its end whatever happens meanwhile.

    ```sh
    curl -s -X DELETE 'http://127.0.0.1:8000/devices/fan-01?confirm=fan-01&by=Sam'
    ```
    """
    remover = context.services.remover
    await remover.check_known(device)
    told = await _told(device, context, is_removed=True)
    if query.confirm != device:
        raise Conflict(_are_you_sure(device, told["lost"]))
    if query.by is None:
        raise Refused(f"Say who removes {device}: &by= and your name, for the audit trail.")
    await remover.remove(device, by=query.by, origin=origin_of(request.scope).address)
    return json_response(told)


def _life(register: Register, name: str) -> dict[str, Any]:
    life, stage = register.life(name), register.stage(name)
    return {
        "device": name,
        "number": life.number,
        "began_ms": life.began_ms,
        "ended_ms": life.ended_ms,
        "stage": stage.name,
        "by": stage.by,
        "note": stage.note,
    }


async def _told(device: str, context: Context, *, is_removed: bool) -> dict[str, Any]:
    lost = await context.readers.run(kept, device=device)
    lost["photos"] = int(context.services.photos.revision(device) is not None)
    return {
        "device": device,
        "confirm": device,
        "lost": lost,
        "stays": _STAYS,
        "is_removed": is_removed,
    }


def _are_you_sure(device: str, lost: dict[str, Any]) -> str:
    return (
        f"{lost['readings']} readings, {lost['minutes']} minutes of sums and {lost['alarms']}"
        f" alarms of {device} would be lost for good: say ?confirm={device} if that is meant."
    )
