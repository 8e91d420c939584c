"""Energy of all devices over time."""

from collections.abc import Iterable

import apsw
import msgspec
from fastapi import APIRouter, Response

from contract.buckets import Interval
from gateway.api import examples, schema
from gateway.api.context import Ctx
from gateway.api.energy import Rates
from gateway.api.meters import Meters
from gateway.api.openapi import answers
from gateway.api.params import Query, UsageQuery
from gateway.api.queries import usage
from gateway.api.queries.known import Was, as_known, open_then
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter, Range
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

    With `as_of` it is what was known then: see `/devices/{id}/kpis`.

    ```sh
    curl -s 'http://127.0.0.1:8000/energy?bucket=hour'
    ```
    """
    span, past = await range_asked(query, context.services.fleet, context)
    ground = past or context
    meters = list(map(Meters(span, ground).of, counted(span, context)))
    rates = Rates(
        ground.services.registrar.tariffs,
        now_ms=context.services.now_ms(),
        counting={meter.device: meter.counting for meter in meters},
    )

    def answer(connection: apsw.Connection) -> bytes:
        with as_known(connection, [each.device_id for each in meters], moment_of(past)) as was:
            used = _used(connection, span, meters, was)
        return msgspec.json.encode(rates.energy(used, span=span) | said_of(past))

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")


def _used(
    connection: apsw.Connection, span: Range, meters: Iterable[Meter], was: Was
) -> dict[str, dict[Interval, usage.Usage] | None]:
    """Of each device by bucket; None: nothing tells its energy."""
    by_minute, runs = span.buckets.by_minute, usage.Runs(span)
    stored = Stored(connection, span.buckets.site, by_minute=by_minute, was=was)
    used: dict[str, dict[Interval, usage.Usage] | None] = {}
    for meter in meters:
        is_open = open_then(was, meter.device_id, meter.open_minute)
        then = msgspec.structs.replace(meter, open_minute=is_open)
        used[meter.device] = usage.usage(stored, then, span, runs) if meter.has_energy else None
    return used
