"""Boards that have a login and have not reported yet."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from contract.errors import Conflict, NotFound
from gateway.api import examples, schema
from gateway.api.context import Context, Ctx, enter, json_response
from gateway.api.openapi import answers
from gateway.api.params import DeviceName
from gateway.api.registry_bodies import LoginBody
from hosting.audit.events import What

router = APIRouter(tags=["Registry"])


@router.get(
    "/waiting-boards",
    summary="Boards that have not reported",
    responses=answers(list[schema.WaitingBoard], [examples.WAITING_BOARD]),
)
async def waiting_boards(context: Ctx) -> Response:
    """Who has a login, and has not sent anything yet, with what is said of its machine.

    `DELETE /devices/{id}` takes the login away. With its first reading it is in `/devices`.

    ```sh
    curl -s http://127.0.0.1:8000/waiting-boards
    ```
    """
    return json_response([_told(name, context) for name in await _waiting(context)])


@router.post(
    "/waiting-boards/{device}/login",
    summary="Give a board that waits a new login",
    responses=answers(schema.Enrolment, examples.ENROLMENT, 404, 409),
)
async def renew(device: DeviceName, body: LoginBody, request: Request, context: Ctx) -> Response:
    r"""For whoever has lost its password, which is nowhere: the old one is no longer good.

    409 where it has reported: its password is on the board, and another board is another machine.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/waiting-boards/my-fan/login \
      -H 'Content-Type: application/json' -d '{"by": "Sam"}'
    ```
    """
    services = context.services
    if services.fleet.find(device) is not None:
        raise Conflict(
            f"{device} has reported: POST /devices/{device}/replace gives another board its name."
        )
    if device not in await _waiting(context):
        raise NotFound(f"No board {device!r} waits: POST /devices makes a login.")
    asset = services.registrar.register.entry(device).fields.asset
    made = await asyncio.to_thread(services.renew, device, asset)
    enter(context, request, What.DEVICE_RENEWED, by=body.by, detail=device)
    return json_response(made)


async def _waiting(context: Context) -> list[str]:
    services = context.services
    boards = await asyncio.to_thread(services.boards)
    return [name for name in boards if services.fleet.find(name) is None]


def _told(name: str, context: Context) -> dict[str, Any]:
    fields = context.services.registrar.register.entry(name).fields
    return {"device": name} | {
        each: getattr(fields, each) for each in ("name", "place", "group", "asset")
    }
