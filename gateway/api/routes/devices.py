"""What there is, how it does right now, and what it is told to do."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from contract import commands
from contract.errors import NotFound, Refused
from contract.messages import State
from gateway.api import examples, schema
from gateway.api.catalogue import catalogue_of, described_by, described_with
from gateway.api.context import Context, Ctx, json_response
from gateway.api.newest import UNTOLD, Newest, names_of, newest_of
from gateway.api.openapi import answers
from gateway.api.params import CommandBody, DeviceName, DevicesQuery, Query, Which
from gateway.api.queries.recorded import recorded
from gateway.api.views import (
    Introduction,
    delivery_of,
    introduction_of,
    state_of,
    told_of,
    view_of,
)
from gateway.twin.fleet import Device
from hosting.audit.events import What
from hosting.guard.origin import origin_of

router = APIRouter(tags=["Devices"])

# Views made in one go: with more, readings would wait for more than some milliseconds.
_AT_ONCE: Final = 25


@router.get(
    "/catalogue",
    summary="Types of machines",
    responses=answers(list[schema.AssetType], [examples.ASSET_TYPE]),
)
async def catalogue(context: Ctx) -> Response:
    """Every type of machine: channels with units and limits, KPIs, faults with advice.

    ```sh
    curl -s http://127.0.0.1:8000/catalogue
    ```
    """
    return json_response(catalogue_of(context.services.settings.currency))


@router.get(
    "/devices", summary="All devices", responses=answers(list[schema.Device], [examples.DEVICE])
)
async def devices(query: Query[DevicesQuery], context: Ctx) -> Response:
    """Every device that has reported, with its present state; those that are retired on demand.

    ```sh
    curl -s http://127.0.0.1:8000/devices
    ```
    """
    now_ms = context.services.now_ms()
    return _listed(context, lambda device: view_of(device, now_ms=now_ms), query.stage)


@router.get(
    "/births",
    summary="What devices say of themselves",
    responses=answers(list[schema.Introduction], [examples.INTRODUCTION]),
)
async def births(query: Query[DevicesQuery], context: Ctx) -> Response:
    """Every device the gateway knows, with its birth: the last one that was accepted.

    `name`, `place` and `group` are what people say of it in the registry, empty while nobody does;
    `first_seen_ms` is when the gateway first heard of it.
    `birth_refused` says why a newer one was not. Short, for who only has to know which devices
    there are: of 10,000 it is a tenth of `/devices`.

    ```sh
    curl -s http://127.0.0.1:8000/births
    ```
    """
    entry, photo = context.services.registrar.register.entry, context.services.photos.revision

    def view(device: Device) -> Introduction:
        return introduction_of(device, entry(device.name).fields, photo(device.name))

    return _listed(context, view, query.stage)


@router.get(
    "/devices/{device}",
    summary="One device",
    responses=answers(schema.Device, examples.DEVICE, 404),
)
async def device(device: DeviceName, context: Ctx) -> Response:
    """One device: birth, state, diagnosis, open alarms, delivery.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01
    ```
    """
    found = context.services.fleet.get(device)
    return json_response(view_of(found, now_ms=context.services.now_ms()))


@router.get(
    "/devices/{device}/latest",
    summary="Newest values and figures",
    responses=answers(schema.Latest, examples.LATEST, 404),
)
async def latest(device: DeviceName, context: Ctx) -> Response:
    """The newest values of a device and the figures drawn from them.

    And what is wrong with its own word: `period_ms` is how often it measures, `clock` how far its
    clock is off, `troubles` the channels that are set aside now, with the reason, and those its
    type has not; `not_judged` says why the classifier cannot judge it. `channels` has all
    that its type has: the newest value with its time and age, also where it is sent only when it
    changes, or `null` with the reason. Of a machine that was imported, and has sent nothing
    itself, or only what was weeks old, they are those of its newest stored reading: `age_ms` says
    how old they are.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/latest
    ```
    """
    found = context.services.fleet.get(device)
    state = state_of(found, now_ms=context.services.now_ms())
    if state is not None:
        return _latest(state, newest_of(found.asset, state))
    if not found.is_recording and found.twin.last is None:
        raise NotFound(f"{device} has not sent a reading yet.")
    known = await context.readers.run(recorded, device=device, names=names_of(found.asset))
    was = msgspec.structs.replace(
        told_of(found, now_ms=context.services.now_ms()), **known._asdict()
    )
    return _latest(was, newest_of(found.asset, was, never=UNTOLD))


def _latest(state: State, channels: dict[str, Newest]) -> Response:
    told: dict[str, Any] = msgspec.to_builtins(state)
    return json_response(told | {"channels": channels})


@router.get(
    "/devices/{device}/health",
    summary="Why a machine's health is what it is",
    responses=answers(schema.MachineHealth, examples.HEALTH_PARTS, 404),
)
async def health(device: DeviceName, context: Ctx) -> Response:
    """What takes points from its 100: values near a limit, the gravest alarm, the diagnosis.

    `value` is 100 less the points of all `parts`, and the figure of the role `health`. Of alarm
    and diagnosis the larger counts, as they often tell of one fault.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/health
    ```
    """
    twin = context.services.fleet.get(device).twin
    return json_response(twin.health(now_ms=context.services.now_ms()))


@router.get(
    "/devices/{device}/catalogue",
    summary="What describes a device",
    responses=answers(schema.AssetType, examples.ASSET_TYPE, 404),
)
async def device_catalogue(device: DeviceName, context: Ctx) -> Response:
    """Its type, as one entry of `/catalogue`, with normal bands and limits of its own.

    A device of no type (`generic`) is a type of its own: its channels are those that it has sent,
    their gauges as wide as what was seen, `normal` is null until somebody says what that is. It is
    another whenever `catalogue` of its state is.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/catalogue
    ```
    """
    found, currency = context.services.fleet.get(device), context.services.settings.currency
    if found.description is not None:
        return json_response(described_by(found.description, currency))
    return json_response(described_with(found.asset, found.twin.channels, currency))


@router.get(
    "/delivery",
    summary="What arrived, and what did not",
    responses=answers(list[schema.Delivery], [examples.DELIVERY]),
)
async def delivery(context: Ctx) -> Response:
    """How the readings of each device arrive: stored, doubled, refused, gone.

    ```sh
    curl -s http://127.0.0.1:8000/delivery
    ```
    """
    return _listed(context, delivery_of, "active")


_ORDERS: Final = "\n".join(
    f"| `{order.name}` | `{json.dumps(order.example)}` | {order.meaning} |"
    for order in commands.ORDERS
)
_HOW_TO_COMMAND: Final = f"""Tell a device what to do, and wait for its answer: at most 5 seconds.

| name | args | |
|---|---|---|
{_ORDERS}

Energy, alarms and silence follow a new rate; only a diagnosis wants a reading in 11 s. What
`set_rate` and `set_point` change lasts: it is the device's setting from then on (`/settings`).

409 when the device is offline, 422 when it refuses, 504 when it does not answer.

```sh
curl -s -X POST http://127.0.0.1:8000/devices/fan-01/commands \\
  -H 'Content-Type: application/json' \\
  -d '{{"name": "inject_fault", "args": {{"fault": "overcurrent"}}}}'
```
"""


@router.post(
    "/devices/{device}/commands",
    summary="Send a command",
    description=_HOW_TO_COMMAND,
    responses=answers(schema.Result, examples.RESULT, 404, 409, 504),
)
async def command(
    device: DeviceName, body: CommandBody, request: Request, context: Ctx
) -> Response:
    services = context.services
    services.fleet.get(device)
    who, origin = origin_of(request.scope)
    detail = f"{body.name} to {device} {json.dumps(body.args, ensure_ascii=False)}"
    services.audit(who=who, origin=origin, what=What.COMMAND, detail=detail)
    result = await services.send_command(device, body.name, body.args)
    if not result.ok:
        raise Refused(f"{device} refuses {body.name}: {result.error or 'it does not say why'}.")
    await services.registrar.carried_out(device, body.name, body.args, by=who)
    return json_response(result)


def _listed(context: Context, view: Callable[[Device], Any], which: Which) -> Response:
    """Devices as JSON, streamed: 10,000 of them are neither held nor made in one go."""
    is_over = {"active": False, "retired": True}.get(which)
    found = [d for d in context.services.fleet if is_over is None or d.is_over is is_over]
    return StreamingResponse(_array(found, view), media_type="application/json")


async def _array(found: list[Device], view: Callable[[Device], Any]) -> AsyncIterator[bytes]:
    yield b"["
    for at in range(0, len(found), _AT_ONCE):
        items = msgspec.json.encode([view(device) for device in found[at : at + _AT_ONCE]])
        yield items[1:-1] if at == 0 else b"," + items[1:-1]
        await asyncio.sleep(0)
    yield b"]"
