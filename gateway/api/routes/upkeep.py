"""Maintenance: what each machine's services have used of their intervals."""

import apsw
import msgspec
from fastapi import APIRouter, Response

from contract.assets.words import Service
from gateway.api import examples, schema
from gateway.api.context import Context, Ctx
from gateway.api.machines import Machines
from gateway.api.openapi import answers
from gateway.api.params import DeviceName
from gateway.api.queries.usage import Range, whole_minutes
from gateway.api.site_buckets import SiteBuckets
from gateway.api.upkeep import Due, due, since
from gateway.twin.fleet import Device

router = APIRouter(tags=["History"])


@router.get(
    "/devices/{device}/maintenance",
    summary="Maintenance that is due",
    responses=answers(list[schema.Due], [examples.DUE], 404, 504),
)
async def maintenance(device: DeviceName, context: Ctx) -> Response:
    """Each service of its type with the share of the interval that is used: 1 is due.

    It counts from the minute in which the service was done last, as the machine's event or a
    person says (`POST /devices/{id}/events`), else from the first reading on. A type without
    services has none.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/maintenance
    ```
    """
    found = context.services.fleet.get(device)
    listed = [await _due(found, service, context) for service in found.asset.services]
    return Response(msgspec.json.encode(listed), media_type="application/json")


async def _due(device: Device, service: Service, context: Context) -> Due:
    everything = Machines(_span(0, context), context).of(device)
    log = context.services.registrar.register.log
    entered = log.last_done(device.name, service.reset_by)
    begun = await context.readers.run(since, everything, service, entered)
    span = _span(begun.from_ms, context)
    machine = Machines(span, context).of(device)

    def answer(connection: apsw.Connection) -> Due:
        return due(connection, machine, service, span, begun)

    return await context.readers.run(answer)


def _span(from_ms: int, context: Context) -> Range:
    whole = whole_minutes(from_ms, max(from_ms, context.services.now_ms()) + 1)
    buckets = SiteBuckets("total", context.services.settings.site_time)
    return Range(whole.start_ms, whole.end_ms, buckets)
