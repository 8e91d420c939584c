"""Normal bands and alarm limits of one machine's own."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from contract.assets.words import Channel
from gateway.api import examples, schema
from gateway.api.context import Context, Ctx, enter, json_response
from gateway.api.openapi import answers
from gateway.api.params import DeviceName, Query
from gateway.api.registry_bodies import LimitsBody
from gateway.api.routes.registry import AtQuery
from gateway.registry.own_limits import OwnVersion
from gateway.registry.params import Timeline
from gateway.twin.own_channels import AS_ITS_TYPE, Own, channel_with
from hosting.audit.events import What

router = APIRouter(tags=["Registry"])


@router.get(
    "/devices/{device}/limits",
    summary="Normal bands and limits of a machine",
    responses=answers(schema.Limits, examples.LIMITS, 404),
)
async def limits(device: DeviceName, query: Query[AtQuery], context: Ctx) -> Response:
    """Of each channel what its type says, what is said of this machine, and what counts.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/limits
    ```
    """
    return json_response(_limits(context, device, query.at))


@router.put(
    "/devices/{device}/limits",
    summary="Set bands and limits of a machine",
    responses=answers(schema.Limits, examples.LIMITS, 404),
)
async def put_limits(
    device: DeviceName, body: LimitsBody, request: Request, context: Ctx
) -> Response:
    r"""What is normal of this machine, and when it raises an alarm, from a date on.

    Of each channel named, `normal` and `limits` are the machine's own; one that is left out or null
    is as the type has it, and so is all of a channel that is null. No alarms are `"limits": []`.
    One limit a side. The next reading is judged by it; alarms of before stay as they were.

    ```sh
    curl -s -X PUT http://127.0.0.1:8000/devices/fan-01/limits \
      -H 'Content-Type: application/json' \
      -d '{"by": "Sam", "limits": {"temperature": {"normal": [20, 45]}}}'
    ```
    """
    services = context.services
    from_ms = services.now_ms() if body.valid_from is None else body.valid_from
    await services.registrar.put_limits(
        device, body.limits, by=body.by, valid_from_ms=from_ms, source=body.source.strip()
    )
    detail = f"{device}: {json.dumps(body.limits, ensure_ascii=False)}"
    enter(context, request, What.LIMITS_CHANGED, by=body.by, detail=detail)
    return json_response(_limits(context, device, None))


def _limits(context: Context, device: str, at_ms: int | None) -> dict[str, Any]:
    services = context.services
    found = services.fleet.get(device)
    time_ms = services.now_ms() if at_ms is None else at_ms
    known = services.registrar.register.own_limits
    own, versions = known.at(device, time_ms), known.of(device)
    channels = [_channel(each, own, versions) for each in found.asset.channels]
    return {"device": device, "time_ms": time_ms, "channels": channels}


def _channel(
    channel: Channel, own: Mapping[str, Own], versions: Mapping[str, Timeline[OwnVersion]]
) -> dict[str, Any]:
    said = own.get(channel.name, AS_ITS_TYPE)
    now = channel_with(channel, said)
    found = versions.get(channel.name)
    return {
        **{word: getattr(channel, word) for word in ("name", "title", "unit")},
        **{word: _told(getattr(channel, word)) for word in ("low", "high")},
        **_bounds(now),
        **{f"type_{word}": what for word, what in _bounds(channel).items()},
        "is_own": said != AS_ITS_TYPE,
        "versions": [_version(each) for each in found.versions] if found else [],
    }


def _bounds(channel: Channel) -> dict[str, Any]:
    band = [_told(edge) for edge in channel.normal]
    return {
        "normal": None if None in band else band,
        "limits": [asdict(limit) for limit in channel.limits],
    }


def _told(edge: float) -> float | None:
    """An edge; null where there is none, as of channels that nobody has described."""
    return edge if abs(edge) < float("inf") else None


def _version(version: OwnVersion) -> dict[str, Any]:
    said = msgspec.structs.asdict(version)
    own: dict[str, Any] = msgspec.to_builtins(said.pop("own"))
    return own | said
