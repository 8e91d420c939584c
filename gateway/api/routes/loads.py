"""Power over time with its peak and base load; this day, week or month against the last."""

from collections.abc import Mapping
from typing import Any

import apsw
import msgspec
from fastapi import APIRouter, Response

from contract.buckets import DAY_MS, ClockBucket, label
from gateway.api import comparison, examples, schema
from gateway.api.comparison import Bar
from gateway.api.context import Context, Ctx
from gateway.api.courses import Courses
from gateway.api.energy import Rates, UsageByBucket
from gateway.api.meters import Meters
from gateway.api.openapi import answers
from gateway.api.params import ComparisonQuery, PowerQuery, Query
from gateway.api.queries import usage
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter, Range, whole_minutes
from gateway.api.site_buckets import SiteBuckets
from gateway.api.spans import last
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
    percentile of them. A quarter counts where four fifths of it were measured; of machines
    together, where that is so of 95 % of those that were measured at all (of up to 19: of each);
    one is among them from when it was first heard of.
    What is a counter's counts not right behind a gap, as the counter tells then what was used in
    it. Without a range the last 24 hours; the quarter that is not over is in none.

    ```sh
    curl -s 'http://127.0.0.1:8000/power?from=2025-11-20&to=2025-11-21'
    ```
    """
    services = context.services
    asked = last(query, now_ms=services.now_ms(), usual_ms=DAY_MS)
    devices = _devices(query.only, context)
    courses = Courses(devices, from_ms=asked.from_ms, to_ms=asked.to_ms, context=context)
    site = services.settings.site_time

    def answer(connection: apsw.Connection) -> bytes:
        told = courses.told(Stored(connection, site))
        return msgspec.json.encode({"time_zone": site.name} | told)

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")


def _devices(only: list[str] | None, context: Context) -> list[Device]:
    fleet = context.services.fleet
    return list(fleet) if only is None else [fleet.get(name) for name in only]


@router.get(
    "/energy/comparison",
    summary="This period against the last",
    responses=answers(schema.Comparison, examples.COMPARISON, 504),
)
async def compare(query: Query[ComparisonQuery], context: Ctx) -> Response:
    """Energy, CO2 and cost of this day, week or month so far, and of the one before to this point.

    The point is that of the clock on the wall: last week until the same weekday and time, last
    month until the same day, or its end. Of what lies ahead nothing is told. `change` is in
    per cent; it is `null` with the reason where less than half of one of them was measured.

    ```sh
    curl -s 'http://127.0.0.1:8000/energy/comparison?period=week'
    ```
    """
    services = context.services
    now_ms = services.now_ms()
    site = services.settings.site_time
    two = comparison.periods_until(site, query.period, query.to, now_ms=now_ms)
    kind = comparison.BARS[query.period]
    buckets = SiteBuckets(kind, site)
    spans = [Range(*whole_minutes(*part), buckets) for part in two]
    devices = _devices(query.only, context)
    asked = [(span, list(map(Meters(span, context).of, devices))) for span in spans]
    counting = {meter.device: meter.counting for _, meters in asked for meter in meters}
    rates = Rates(services.registrar.tariffs, now_ms=now_ms, counting=counting)

    def answer(connection: apsw.Connection) -> bytes:
        stored = Stored(connection, site)
        sides = [(span, _used(stored, meters, span)) for span, meters in asked]
        this, before = (
            {"from_ms": part.start_ms, "to_ms": part.end_ms}
            | {"label": label(site, query.period, part.start_ms)}
            | rates.totals(used, span)
            for part, (span, used) in zip(two, sides, strict=True)
        )
        told = {
            "period": query.period,
            "bucket": kind,
            "time_zone": site.name,
            "currency": services.registrar.tariffs.currency,
            "this": this,
            "last": before,
            "change": comparison.change(this, before, query.period),
            "bars": [
                _bar(bar, rates, sides, kind) for bar in comparison.bars_of(site, query.period, two)
            ],
        }
        return msgspec.json.encode(told)

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")


Side = tuple[Range, Mapping[str, UsageByBucket | None]]


def _used(stored: Stored, meters: list[Meter], span: Range) -> Mapping[str, UsageByBucket | None]:
    runs = usage.Runs(span)
    return {
        meter.device: usage.usage(stored, meter, span, runs) if meter.has_energy else None
        for meter in meters
    }


def _bar(bar: Bar, rates: Rates, sides: list[Side], kind: ClockBucket) -> dict[str, Any]:
    known = bar.this or bar.last
    assert known is not None
    told = [
        rates.totals(used, span, part) if part is not None else None
        for part, (span, used) in zip(bar, sides, strict=True)
    ]
    this, before = (each if each and each["coverage"] else None for each in told)
    site = sides[0][0].buckets.site
    name = label(site, kind, known.start_ms)
    return {"label": name, "time_ms": known.start_ms, "this": this, "last": before}
