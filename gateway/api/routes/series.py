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
from gateway.api.queries.metered import used_by
from gateway.api.standing import counted
from gateway.api.then import moment_of, range_asked, said_of

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
    Coverage is of the time for which a machine was there: from when it was added or first measured,
    whichever is earlier, until it was retired. Of a bucket before, it is `null`, and `measured`
    says of each for how long it was expected to be measured, and was.

    With `as_of` it is what was known then: see `/devices/{id}/kpis`.

    ```sh
    curl -s 'http://127.0.0.1:8000/energy?bucket=hour'
    ```
    """
    span, past = await range_asked(query, context.services.fleet, context)
    ground = past or context
    devices = counted(span, ground, at_ms=query.as_of)
    meters = list(map(Meters(span, ground).of, devices))
    tariffs, now_ms = ground.services.registrar.tariffs, context.services.now_ms()
    then = moment_of(past)

    def answer(connection: apsw.Connection) -> bytes:
        told = used_by(connection, [each for each in meters if each.has_energy], span, then)
        rates = Rates(tariffs, now_ms=now_ms, counting=told.counting)
        used = {meter.device: told.used.get(meter.device) for meter in meters}
        return msgspec.json.encode(rates.energy(used, span=span) | said_of(past))

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")
