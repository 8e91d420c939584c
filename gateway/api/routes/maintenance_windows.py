"""Maintenance windows: while one stands, alarms of its machines are kept and ask for nobody."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from gateway.api import examples, schema
from gateway.api.context import Context, Ctx, enter, json_response
from gateway.api.openapi import answers
from gateway.api.params import Person, Query, QueryModel
from gateway.api.window_bodies import WindowBody
from gateway.registry.windows import Window, next_turn_ms, standing
from hosting.audit.events import What

router = APIRouter(tags=["Registry"])

WindowId = Annotated[
    str, Path(description="The window's `id`.", max_length=64, examples=["9f2c41aa"])
]


class WindowsQuery(QueryModel):
    """Which windows."""

    device: Annotated[
        str | None,
        Field(max_length=64, description="Those that this device is in.", examples=["fan-01"]),
    ] = None


class ByQuery(QueryModel):
    """Who asks for it."""

    by: Annotated[Person, Field(examples=["Sam"])]


@router.get(
    "/maintenance-windows",
    summary="Maintenance windows",
    responses=answers(list[schema.MaintenanceWindow], [examples.WINDOW], 404),
)
async def windows(query: Query[WindowsQuery], context: Ctx) -> Response:
    """Windows that are not over, the newest first.

    ```sh
    curl -s 'http://127.0.0.1:8000/maintenance-windows?device=fan-01'
    ```
    """
    if query.device is not None:
        context.services.fleet.get(query.device)
    found = context.services.maintenance.windows(query.device)
    return json_response([_shown(each, context) for each in found])


@router.post(
    "/maintenance-windows",
    summary="Make a maintenance window",
    responses=answers(schema.MaintenanceWindow, examples.WINDOW, 404),
)
async def add(body: WindowBody, request: Request, context: Ctx) -> Response:
    r"""Of one device, group or place, or of the whole site: once, or weekly by the site's clock.

    While it stands alarms are kept and shown as suppressed; they ask for nobody, lower no health
    and are counted nowhere as trouble. Those that still stand when it ends ask for somebody then.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/maintenance-windows \
      -H 'Content-Type: application/json' \
      -d '{"by": "Sam", "device": "fan-01", "note": "Bearing", "to": "2030-05-02T14:00:00Z"}'
    ```
    """
    window = body.window(now_ms=context.services.now_ms())
    made = await context.services.maintenance.add(window)
    _enter(context, request, What.MAINTENANCE_ADDED, body.by, made)
    return json_response(_shown(made, context))


@router.delete(
    "/maintenance-windows/{window}",
    summary="Remove a maintenance window",
    responses=answers(schema.MaintenanceWindow, examples.WINDOW, 404),
)
async def remove(
    window: WindowId, query: Query[ByQuery], request: Request, context: Ctx
) -> Response:
    """It stands no more, and what it suppressed and still stands asks for somebody.

    ```sh
    curl -s -X DELETE 'http://127.0.0.1:8000/maintenance-windows/9f2c41aa?by=Sam'
    ```
    """
    removed = await context.services.maintenance.remove(window, by=query.by)
    _enter(context, request, What.MAINTENANCE_REMOVED, query.by, removed)
    return json_response(_shown(removed, context))


def _shown(window: Window, context: Context) -> dict[str, object]:
    now_ms, site = context.services.now_ms(), context.services.settings.site_time
    found = standing(window, now_ms, site)
    weekly = window.weekly and {
        "weekdays": window.weekly.weekdays,
        "from": f"{window.weekly.begins:%H:%M}",
        "to": f"{window.weekly.ends:%H:%M}",
    }
    return {
        "id": window.id,
        "device": window.device,
        "group": window.group,
        "place": window.place,
        "from_ms": window.from_ms,
        "to_ms": window.to_ms,
        "weekly": weekly,
        "note": window.note,
        "by": window.by,
        "made_ms": window.made_ms,
        "stands": found is not None,
        "stands_until_ms": found.to_ms if found else None,
        "next_ms": None if found else next_turn_ms(window, now_ms, site),
    }


def _enter(context: Context, request: Request, what: What, by: str, window: Window) -> None:
    of = window.device or window.group or window.place or "the whole site"
    detail = f"{window.id}, {of}: {window.note or 'no note'}"
    enter(context, request, what, by=by, detail=detail)
