"""What people say of machines: fields, settings, and parameters with dates."""

import json
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import Field

from contract.assets.words import Param
from gateway.api import examples, schema
from gateway.api.context import Context, Ctx, enter, json_response
from gateway.api.openapi import answers
from gateway.api.params import DeviceName, Instant, Query, QueryModel
from gateway.api.queries.registry import changes
from gateway.api.registry_bodies import ParamsBody, RegistryPatch, SettingsBody, TypeBody
from gateway.registry.bands import Band
from gateway.registry.params import SITE, NewVersion
from hosting.audit.events import What

router = APIRouter(tags=["Registry"])

_MOST_CHANGES: Final = 50


class AtQuery(QueryModel):
    """The time that is asked about."""

    at: Annotated[
        Instant | None,
        Field(description="Unix milliseconds or ISO 8601: what counted then. Default: now."),
    ] = None


@router.get(
    "/devices/{device}/registry",
    summary="What is said of a machine",
    responses=answers(schema.Registry, examples.REGISTRY, 404),
)
async def registry(device: DeviceName, context: Ctx) -> Response:
    """Name, place, group, model, notes, tags and type of a machine, and who changed what.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/registry
    ```
    """
    return await registry_told(device, context)


@router.patch(
    "/devices/{device}/registry",
    summary="Say something of a machine",
    responses=answers(schema.Registry, examples.REGISTRY, 404, 409),
)
async def amend(
    device: DeviceName, body: RegistryPatch, request: Request, context: Ctx
) -> Response:
    r"""A merge patch: what it names is set, null takes a field back, all else stays.

    With `revision` it is 409 where somebody has changed a field since you looked. `asset` decides
    what type of machine this is, before its birth and before what its channels look like.

    ```sh
    curl -s -X PATCH http://127.0.0.1:8000/devices/fan-01/registry \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "place": "hall 2"}'
    ```
    """
    patch, registrar = body.patch(), context.services.registrar
    await registrar.amend(device, patch, by=body.by, revision=body.revision)
    fields = msgspec.structs.asdict(registrar.entry(device).fields)
    kept = {name: fields.get(name, value) for name, value in patch.items()}
    enter(context, request, What.REGISTRY_CHANGED, by=body.by, detail=f"{device}: {_short(kept)}")
    return await registry_told(device, context)


@router.post(
    "/devices/{device}/make-type",
    summary="Make a type of a device",
    responses=answers(schema.Registry, examples.REGISTRY, 404, 409),
)
async def make_type(device: DeviceName, body: TypeBody, request: Request, context: Ctx) -> Response:
    r"""Of a device of no type: what describes it becomes a type, and it is of that from then on.

    Its history stays. The type is the file `EDGETWIN_DATA_DIR/assets/<name>.toml`, which counts
    anew within seconds when somebody changes it. What nobody has said is in it as it was seen. 409
    where the device has a type, or there is one of that name.

    ```sh
    curl -s -X POST http://127.0.0.1:8000/devices/plant-01/make-type \
      -H 'Content-Type: application/json' \
      -d '{"by": "Sam", "name": "greenhouse", "title": "Greenhouse"}'
    ```
    """
    services = context.services
    services.make_type(device, body.name, body.title)
    await services.registrar.amend(device, {"asset": body.name}, by=body.by)
    detail = f"{device}: the type {body.name}"
    enter(context, request, What.REGISTRY_CHANGED, by=body.by, detail=detail)
    return await registry_told(device, context)


@router.get(
    "/devices/{device}/settings",
    summary="Settings of a device",
    responses=answers(schema.Settings, examples.SETTINGS, 404),
)
async def settings(device: DeviceName, context: Ctx) -> Response:
    """What a device is wanted to work with, what it says it does, and since when the two differ.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/settings
    ```
    """
    found = context.services.fleet.get(device)
    return json_response({"device": found.name, "settings": found.settings.shown()})


@router.put(
    "/devices/{device}/settings",
    summary="Set what a device works with",
    responses=answers(schema.Settings, examples.SETTINGS, 404),
)
async def want(device: DeviceName, body: SettingsBody, request: Request, context: Ctx) -> Response:
    r"""What lasts: kept by gateway and broker, and taken up by a device that was away.

    `desired` is all of it: a setting that it does not name is taken back, and the device goes on
    with what it has until it restarts. Settings are `rate_hz` (readings a second, from one an hour,
    1/3600, to 100) and `set_point` (what the machine's controller aims at). The commands
    `set_rate` and `set_point` change them as well, once the device has carried them out.

    ```sh
    curl -s -X PUT http://127.0.0.1:8000/devices/fan-01/settings \
      -H 'Content-Type: application/json' -d '{"by": "Sam", "desired": {"rate_hz": 2.0}}'
    ```
    """
    found = await context.services.registrar.want(device, body.desired, by=body.by)
    detail = f"{device}: {_short(body.desired)}"
    enter(context, request, What.DEVICE_SETTINGS_CHANGED, by=body.by, detail=detail)
    return json_response({"device": found.name, "settings": found.settings.shown()})


@router.get(
    "/params",
    summary="Parameters of the site",
    responses=answers(schema.Params, examples.PARAMS),
)
async def site_params(query: Query[AtQuery], context: Ctx) -> Response:
    """Numbers that count from a date on, as the tariff: what counts now, or at `at`.

    Of a machine counts its own newest version, else the site's, else the default of its type.

    ```sh
    curl -s 'http://127.0.0.1:8000/params?at=2025-11-20T00:00:00Z'
    ```
    """
    return json_response(_params(context, SITE, query.at))


@router.put(
    "/params",
    summary="Set parameters of the site",
    responses=answers(schema.Params, examples.PARAMS),
)
async def put_site_params(body: ParamsBody, request: Request, context: Ctx) -> Response:
    r"""A new value from a date on. What was used before that date costs what it cost then.

    ```sh
    curl -s -X PUT http://127.0.0.1:8000/params -H 'Content-Type: application/json' \
      -d '{"by": "Sam", "params": {"price_per_kwh": {"value": 0.31, "valid_from": "2026-01-01"}}}'
    ```
    """
    return await _put_params(context, request, SITE, body)


@router.get(
    "/devices/{device}/params",
    summary="Parameters of a device",
    responses=answers(schema.Params, examples.DEVICE_PARAMS, 404),
)
async def device_params(device: DeviceName, query: Query[AtQuery], context: Ctx) -> Response:
    """As `/params`, of one device: its own versions count before the site's.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/params
    ```
    """
    return json_response(_params(context, device, query.at))


@router.put(
    "/devices/{device}/params",
    summary="Set parameters of a device",
    responses=answers(schema.Params, examples.DEVICE_PARAMS, 404),
)
async def put_device_params(
    device: DeviceName, body: ParamsBody, request: Request, context: Ctx
) -> Response:
    r"""A value that counts for this device alone, from a date on.

    ```sh
    curl -s -X PUT http://127.0.0.1:8000/devices/fan-01/params \
      -H 'Content-Type: application/json' \
      -d '{"by": "Sam", "params": {"price_per_kwh": {"value": 0.12}}}'
    ```
    """
    return await _put_params(context, request, device, body)


async def registry_told(device: str, context: Context) -> Response:
    """All that is said of a machine. Raises NotFound."""
    services = context.services
    entry = services.registrar.entry(device)
    answer = {"device": device, "revision": entry.revision}
    answer |= msgspec.structs.asdict(entry.fields) | services.registrar.type_of(device)
    register = services.registrar.register
    answer |= {"stage": register.stage(device), "life": register.life(device)}
    answer["photo"] = services.photos.revision(device)
    answer |= {"changed_ms": entry.changed_ms, "changed_by": entry.changed_by}
    answer["changes"] = await context.readers.run(changes, device=device, limit=_MOST_CHANGES)
    return json_response(answer)


async def _put_params(
    context: Context, request: Request, device: str, body: ParamsBody
) -> Response:
    now_ms = context.services.now_ms()
    versions = {
        name: NewVersion(
            value=said.value,
            valid_from_ms=now_ms if said.valid_from is None else said.valid_from,
            source=said.source.strip(),
            bands=tuple(
                Band(name=b.name, value=b.value, from_=b.from_, to=b.to, days=tuple(b.days))
                for b in said.bands
            ),
        )
        for name, said in body.params.items()
    }
    await context.services.registrar.put_params(device, versions, by=body.by)
    detail = f"{device or 'the site'}: {_short(body.model_dump(mode='json')['params'])}"
    enter(context, request, What.PARAMS_CHANGED, by=body.by, detail=detail)
    return json_response(_params(context, device, None))


def _params(context: Context, device: str, at_ms: int | None) -> dict[str, Any]:
    registrar = context.services.registrar
    time_ms = context.services.now_ms() if at_ms is None else at_ms
    shown = {
        name: _param(context, param, device, time_ms)
        for name, param in registrar.declared(device).items()
    }
    return {"device": device or None, "time_ms": time_ms, "params": shown}


def _param(context: Context, param: Param, device: str, time_ms: int) -> dict[str, Any]:
    book = context.services.registrar.register.params
    found = book.param_at(param, time_ms, device=device)
    owners = {"device": device, "site": SITE} if device else {"site": SITE}
    versions = [
        {"scope": scope, **msgspec.structs.asdict(version)}
        for scope, owner in owners.items()
        for version in book.timeline(owner, param.name).versions
    ]
    return (
        {"title": param.title, "unit": param.unit_in(context.services.settings.currency)}
        | msgspec.structs.asdict(found)
        | {"versions": versions}
    )


def _short(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False)
