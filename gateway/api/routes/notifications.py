"""Who is told of alarms, and a test of it."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from contract.errors import NotFound, Unavailable
from gateway.api import examples, schema
from gateway.api.context import Ctx, enter, json_response
from gateway.api.openapi import answers
from gateway.api.queries import notifications as queries
from hosting.audit.events import What

router = APIRouter(tags=["Events"])
_PATIENCE_S: Final = 12.0  # the dashboard waits for 15


class NotificationTestBody(BaseModel):
    """Who presses the button, and where the test is to arrive."""

    by: Annotated[str, Field(min_length=1, max_length=64, examples=["Sam"])]
    target: Annotated[str, Field(min_length=1, max_length=64, examples=["office"])]


@router.get(
    "/notifications",
    summary="Who is told of alarms",
    responses=answers(schema.Notifications, examples.NOTIFICATIONS),
)
async def notifications(context: Ctx) -> Response:
    """Targets and routes of `people.toml`, what was told last, what waits, and why.

    ```sh
    curl -s http://127.0.0.1:8000/notifications
    ```
    """
    notifier = context.services.notifier
    told = await context.readers.run(queries.targets)
    targets = [] if notifier is None else notifier.targets_told()
    for target in targets:
        target.update(told.get(target["name"], queries.Told())._asdict())
    names = [device.name for device in context.services.fleet]
    routes = [] if notifier is None else notifier.routes_told(names)
    mistake = (notifier.mistake or None) if notifier else None
    return json_response({"mistake": mistake, "targets": targets, "routes": routes})


@router.post(
    "/notifications/test",
    summary="Send a test",
    responses=answers(schema.NotificationTest, examples.NOTIFICATION_TEST, 404),
)
async def notification_test(body: NotificationTestBody, request: Request, context: Ctx) -> Response:
    r"""Tell a target that this is a test, and say whether it has arrived.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/notifications/test \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "target": "office"}'
    ```
    """
    notifier = context.services.notifier
    if notifier is None:
        raise NotFound("Nobody is told of alarms here.")
    detail = ""
    try:
        await asyncio.wait_for(asyncio.to_thread(notifier.test, body.target), _PATIENCE_S)
    except Unavailable as error:
        detail = str(error)
    except TimeoutError:
        detail = f"no answer for {_PATIENCE_S:.0f} s"
    enter(context, request, What.NOTIFICATION_TESTED, by=body.by, detail=body.target)
    return json_response({"target": body.target, "told": not detail, "detail": detail})
