"""Columns over time: readings in buckets, energy of all devices, and readings as CSV."""

from typing import Any, Final

import apsw
import msgspec
from fastapi import APIRouter, Response

from gateway.api import examples, export, schema
from gateway.api.columns import table_of
from gateway.api.context import Ctx
from gateway.api.energy import Rates
from gateway.api.meters import Meters
from gateway.api.openapi import answers
from gateway.api.params import (
    DeviceName,
    Query,
    RangeQuery,
    UsageQuery,
)
from gateway.api.queries import usage
from gateway.api.queries.stored import Stored
from gateway.api.ranges import usage_range
from gateway.api.spans import everything
from gateway.api.standing import counted
from gateway.api.streaming import streamed

router = APIRouter(tags=["History"])

_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Readings in order of time.",
        "content": {
            "text/csv": {
                "example": "time_ms,time,board_time_ms,device,epoch,seq,temperature [°C],"
                "rpm [rpm],current [A],vibration [mm/s],ambient [°C],power_w,truth,diagnosis\n"
                "1763629200123,2025-11-20T09:00:00.123Z,1763629200123,fan-01,9f2c41aa-7,1041,"
                "41.2,1187,1.08,0.82,,12.96,normal,normal\n"
            }
        },
    }
}


@router.get(
    "/energy",
    summary="Energy of all devices",
    responses=answers(schema.Energy, examples.ENERGY, 504),
)
async def energy(query: Query[UsageQuery], context: Ctx) -> Response:
    """What all devices used, side by side, with totals and the factors behind CO2 and cost.

    Of a machine that neither has a power meter nor a figure of energy it is `null`, and the totals
    are without it. What is used in commissioning counts in no figure over time, here neither.

    ```sh
    curl -s 'http://127.0.0.1:8000/energy?bucket=hour'
    ```
    """
    span = usage_range(query, context)
    meters = list(map(Meters(span, context).of, counted(span, context)))
    rates = Rates(
        context.services.registrar.tariffs,
        now_ms=context.services.now_ms(),
        counting={meter.device: meter.counting for meter in meters},
    )

    def answer(connection: apsw.Connection) -> bytes:
        stored = Stored(connection, span.buckets.site, by_minute=span.buckets.by_minute)
        runs = usage.Runs(span)
        used = {
            meter.device: usage.usage(stored, meter, span, runs) if meter.has_energy else None
            for meter in meters
        }
        return msgspec.json.encode(rates.energy(used, span=span))

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")


@router.get(
    "/devices/{device}/export.csv",
    summary="Readings as CSV",
    responses=answers(None, None, 404) | _CSV,
    response_class=Response,
)
async def export_csv(device: DeviceName, query: Query[RangeQuery], context: Ctx) -> Response:
    """A device's readings as CSV, however many: all there are, or those of the range.

    Channels have their units in brackets, and are empty where they were not measured or were set
    aside; `power_w` is worked out of them, at the parameters of their time. `time` is `time_ms` in
    ISO 8601 (UTC), `board_time_ms` what the device's own clock said, empty where it said nothing.
    `diagnosis` is the class that stood when the reading was measured; it is empty where nothing was
    judged. For many devices at once: `python -m gateway export`.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/export.csv?from=2025-11-20T00:00:00Z'
    ```
    """
    found = context.services.fleet.get(device)
    span = everything(query)
    params = context.services.registrar.tariffs.params(found.name, found.asset)
    source = export.Source(found.id, found.name, found.asset, table_of([found.asset]), params)
    upper_id = await context.readers.run(export.newest_id)
    pages = export.Pages(source, from_ms=span.from_ms, to_ms=span.to_ms, up_to_id=upper_id)
    return await streamed(context, pages, name=found.name)
