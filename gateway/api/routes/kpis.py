"""What machines are measured by, over time: each figure of the catalogue, bucket by bucket."""

import apsw
import msgspec
from fastapi import APIRouter, Response

from gateway.api import examples, kpis, schema
from gateway.api.context import Ctx
from gateway.api.grouping import Grouping
from gateway.api.machines import Machines
from gateway.api.openapi import answers
from gateway.api.params import DeviceName, GroupedKpisQuery, KpisQuery, Query
from gateway.api.queries.pieces import oldest_ms
from gateway.api.reading import Reading
from gateway.api.standing import counted
from gateway.api.then import moment_of, range_asked, said_of

router = APIRouter(tags=["History"])


@router.get(
    "/devices/{device}/kpis",
    summary="KPIs over time",
    responses=answers(schema.Kpis, examples.KPIS, 404, 504),
)
async def of_device(device: DeviceName, query: Query[KpisQuery], context: Ctx) -> Response:
    """Each figure of a device in each hour, day, week, month or shift, with its bounds.

    `value` is `null` where it cannot be told, and `reason` says why. What was not measured may
    have made it anything from `low` to `high`; `coverage` is the share that was. Figures of
    planned time need the site's file of shifts; money is at the tariff of its time. Buckets are
    those of the site's clock, so a day may have 23 or 25 hours. The range is widened to whole
    minutes; without one it begins where a bucket does: 60 minutes, 24 hours, 30 days, 12 weeks,
    12 months, or for shifts 7 days ago. From 0 on it is all since the first reading. What is
    measured in commissioning counts in no figure, nor does that time lower its coverage.

    With `as_of` it is what was known then: without what came late, was corrected, deleted or
    restated since, at the tariffs and parameters that had been said by then. The answer's `as_of`
    says from when to when that is, and why not of all the range. Formulas and shifts are of now.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/kpis?bucket=day&names=energy_wh,cost&time=iso'
    ```
    """
    found = context.services.fleet.get(device)
    asked = kpis.figures_of(found.asset, query.asked)
    span, past = await range_asked(query, [found], context)
    machine = Machines(span, past or context).of(found)
    if query.from_ == 0:
        span = span.since(await context.readers.run(oldest_ms, machine))
    reading = Reading(span, asked, past or context, moment_of(past))

    def answer(connection: apsw.Connection) -> bytes:
        [folded] = reading.folded(connection, [machine])
        told = {"device": machine.name} | reading.table(folded, asked)
        return msgspec.json.encode(told | said_of(past))

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")


@router.get(
    "/kpis",
    summary="KPIs of many over time",
    responses=answers(schema.GroupedKpis, examples.GROUPED_KPIS, 504),
)
async def of_groups(query: Query[GroupedKpisQuery], context: Ctx) -> Response:
    """The same of machines together: of a type, a location, a group, a tag, or all of the site.

    Sums of machines of one type are added and its formulas worked out of them, so that a ratio is
    one of sums and never a mean of ratios. What types that differ have in common is energy, CO2
    and cost where both call it the same; other figures a group of them has not. `names` may be of
    the moment (`health_percent`): of a machine by itself it is their mean; what several have not
    together is `null`, with the reason. `name` is `null` of machines of which nobody has said where
    they belong; one of several tags is in several groups. `group=device` is each for itself. What
    is measured in commissioning counts in none.

    ```sh
    curl -s 'http://127.0.0.1:8000/kpis?group=asset&bucket=day&time=iso'
    ```
    """
    span, past = await range_asked(query, context.services.fleet, context)
    grouping = Grouping(
        counted(span, past or context, at_ms=query.as_of),
        by=query.group,
        names=query.asked,
        span=span,
        context=past or context,
        then=moment_of(past),
    )

    def answer(connection: apsw.Connection) -> bytes:
        return msgspec.json.encode(grouping.told(connection) | said_of(past))

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")
