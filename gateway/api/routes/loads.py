"""Power over time with its peak and base load; this day, week or month against the last."""

import apsw
import msgspec
from fastapi import APIRouter, Response

from contract.buckets import DAY_MS, Interval
from gateway.api import comparison, examples, schema
from gateway.api.compared import Compared
from gateway.api.context import Context, Ctx
from gateway.api.courses import Courses
from gateway.api.openapi import answers
from gateway.api.params import ComparisonQuery, PowerQuery, Query
from gateway.api.spans import last
from gateway.api.standing import known_by
from gateway.api.then import known_of, moment_of, past_of, said_of
from gateway.journal.formers import settled_ms
from gateway.twin.fleet import Device

router = APIRouter(tags=["History"])


@router.get(
    "/power",
    summary="Power, peak and base load",
    responses=answers(schema.Power, examples.POWER, 404, 504),
)
async def power(query: Query[PowerQuery], context: Ctx) -> Response:
    """Mean power of each quarter hour, of the machines together; the peak and the base.

    The peak is the highest mean of a quarter hour, as utilities bill it, the base load the fifth
    percentile of them. A machine's mean is known where four fifths of the time for which it was
    there were measured. Where that is not so of all that were there, the sum is that of what was
    measured, and `is_least` says that it was at least this; so a peak never falls when a range
    grows. The base is of quarters in which that is so of 95 % of the machines (of up to 19: of
    each), where there is one. The mean is of all in which anything was measured: `whole` says how
    many of these are no least value.
    What is a counter's counts not right behind a gap, as the counter tells then what was used in
    it. Without a range the last 24 hours; the quarter that is not over is in none.
    With `as_of` it is what was known then.

    ```sh
    curl -s 'http://127.0.0.1:8000/power?from=2025-11-20&to=2025-11-21'
    ```
    """
    services = context.services
    now_ms = services.now_ms() if query.as_of is None else query.as_of
    asked = last(query, now_ms=now_ms, usual_ms=DAY_MS)
    devices = _devices(query, context)
    span = Interval(asked.from_ms, asked.to_ms)
    past = await past_of(query.as_of, devices, span, context)
    courses = Courses(
        devices,
        from_ms=span.start_ms,
        to_ms=span.end_ms,
        ground=past or context,
        then=moment_of(past),
    )
    zone = services.settings.site_time.name

    def answer(connection: apsw.Connection) -> bytes:
        told = courses.told(connection)
        return msgspec.json.encode({"time_zone": zone} | told | said_of(past))

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")


def _devices(query: PowerQuery | ComparisonQuery, context: Context) -> list[Device]:
    """Those that are asked for, as far as they had been heard of."""
    fleet = context.services.fleet
    found = fleet if query.only is None else [fleet.get(name) for name in query.only]
    return known_by(found, query.as_of)


@router.get(
    "/energy/comparison",
    summary="This period against the last",
    responses=answers(schema.Comparison, examples.COMPARISON, 504),
)
async def compare(query: Query[ComparisonQuery], context: Ctx) -> Response:
    """Energy, CO2 and cost of this day, week or month so far, and of the one before to this point.

    The point is that of the clock on the wall: last week until the same weekday and time, last
    month until the same day, or its end. Of what lies ahead nothing is told. `change` is in
    per cent; it is `null` with the reason where less than half of one of them was measured, and
    `came` names machines that were not there all of the time before. `to` is where the first of
    them ends: of midnight the day before is told. With `as_of` it is what was known then.

    ```sh
    curl -s 'http://127.0.0.1:8000/energy/comparison?period=week'
    ```
    """
    services = context.services
    now_ms = services.now_ms()
    if query.as_of is not None:
        now_ms = settled_ms(min(query.as_of, now_ms))
    site = services.settings.site_time
    two = comparison.periods_until(site, query.period, query.to, now_ms=now_ms)
    devices = _devices(query, context)
    known = await known_of(query.as_of, devices, *two, context)
    past = None if known is None else known.this
    compared = Compared(devices, two, query.period, past or context, known)

    def answer(connection: apsw.Connection) -> bytes:
        return msgspec.json.encode(compared.told(connection) | said_of(past))

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")
