"""Maintenance: what each machine's services have used of their intervals."""

import apsw
import msgspec
from fastapi import APIRouter, Response

from contract.assets.words import Service, Wear
from gateway.api import examples, schema
from gateway.api.context import Context, Ctx
from gateway.api.lasting import learned
from gateway.api.machines import Machines
from gateway.api.openapi import answers
from gateway.api.params import DeviceName
from gateway.api.queries.usage import Range
from gateway.api.ranges import as_one
from gateway.api.spans import Span
from gateway.api.upkeep import Due, due, since, worn
from gateway.twin.fleet import Device

router = APIRouter(tags=["History"])


@router.get(
    "/devices/{device}/maintenance",
    summary="Maintenance that is due",
    responses=answers(list[schema.Due], [examples.DUE], 404, 504),
)
async def maintenance(device: DeviceName, context: Ctx) -> Response:
    """Each service of its type with the share of the interval that is used: 1 is due.

    And each part that wears (`kind` "wear"), with the sign that shows it, and where that ends.
    `left` is how long both have: `hours` from now on with bounds that hold 90 % of the chance, out
    of the trend of use or sign (the slope of Theil and Sen, a Wiener process around it, first
    passage); `null` with its reason where no wear is visible, or too little was measured. Where
    machines of its type were followed until they failed, and that was learned, `kind` "learned"
    tells how long it lasts as those did, from its first reading on.

    It counts from the minute in which the service was done last, as the machine's event or a
    person says (`POST /devices/{id}/events`), else from the first reading on. A type without
    either has none.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/maintenance
    ```
    """
    found = context.services.fleet.get(device)
    listed = [await _due(found, service, context) for service in found.asset.services]
    listed += [await _due(found, wear, context) for wear in found.asset.wears]
    listed += await learned(found, context)
    return Response(msgspec.json.encode(listed), media_type="application/json")


async def _due(device: Device, of: Service | Wear, context: Context) -> Due:
    everything = Machines(_span(0, context), context).of(device)
    log = context.services.registrar.register.log
    entered = log.last_done(device.name, of.reset_by) if of.reset_by else None
    begun = await context.readers.run(since, everything, of.reset_by, entered)
    span = _span(begun.from_ms, context)
    machine = Machines(span, context).of(device)

    channels = device.twin.channels

    def answer(connection: apsw.Connection) -> Due:
        if isinstance(of, Service):
            return due(connection, machine, of, span, begun)
        return worn(connection, machine, of, span, begun, channels=channels)

    return await context.readers.run(answer)


def _span(from_ms: int, context: Context) -> Range:
    return as_one(Span(from_ms, max(from_ms, context.services.now_ms()) + 1), context)
