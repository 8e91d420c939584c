"""Energy of all devices over time."""

import apsw
import msgspec
from fastapi import APIRouter, Response

from gateway.api import examples, schema
from gateway.api.context import Ctx
from gateway.api.energy import Rates
from gateway.api.meters import Meters
from gateway.api.openapi import answers
from gateway.api.params import Query, UsageQuery
from gateway.api.queries import usage
from gateway.api.queries.stored import Stored
from gateway.api.ranges import usage_range
from gateway.api.standing import counted

router = APIRouter(tags=["History"])


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
