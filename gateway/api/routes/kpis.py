"""What machines are measured by, over time: each figure of the catalogue, bucket by bucket."""

from collections.abc import Sequence

import apsw
import msgspec
from fastapi import APIRouter, Response

from contract.assets.words import Kpi
from contract.buckets import Interval
from contract.errors import Refused
from contract.shifts import NO_PLAN, ShiftCalendar
from gateway.api import examples, kpis, schema
from gateway.api.context import Context, Ctx
from gateway.api.openapi import answers
from gateway.api.params import DeviceName, KpisQuery, Query
from gateway.api.queries.pieces import Cuts, Machine, Plan, sums
from gateway.api.queries.usage import Range
from gateway.api.ranges import usage_range
from gateway.twin.fleet import Device

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
    12 months, or for shifts 7 days ago.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/kpis?bucket=day&names=energy_wh,cost&time=iso'
    ```
    """
    found = context.services.fleet.get(device)
    asked = kpis.figures_of(found.asset, query.asked)
    reading = _Reading(usage_range(query, context), asked, context)
    machine = _machine(found, reading.span, context)

    def answer(connection: apsw.Connection) -> bytes:
        figures = reading.figures(connection, [machine])
        return msgspec.json.encode({"device": machine.name} | reading.table(figures))

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")


class _Reading:
    """One question, as far as it can be answered on the event loop."""

    def __init__(self, span: Range, asked: Sequence[Kpi], context: Context) -> None:
        self.span = span
        self._asked = asked
        self._now_ms = context.services.now_ms()
        self._currency = context.services.registrar.tariffs.currency
        self._calendar, self._no_plan = _plan(asked, context)

    def figures(self, connection: apsw.Connection, machines: Sequence[Machine]) -> kpis.Figures:
        until_ms = max(self.span.from_ms, min(self.span.to_ms, self._now_ms))
        plan = Plan(self._calendar, Interval(self.span.from_ms, until_ms))
        names = frozenset(kpi.name for kpi in self._asked if kpi.formula)
        folded = [
            kpis.Folded(
                machine,
                sums(connection, machine, self.span, Cuts(self.span, machine, plan), names),
            )
            for machine in machines
        ]
        return kpis.Figures(
            folded, span=self.span, plan=plan, no_plan=self._no_plan, now_ms=self._now_ms
        )

    def table(self, figures: kpis.Figures) -> dict[str, object]:
        buckets = sorted(figures.buckets())
        kpis.check_size(buckets=len(buckets), figures=len(self._asked))
        rows = [figures.told(self._asked, bucket) for bucket in buckets]
        columns = kpis.columns(self._asked, rows, self._currency)
        return self.span.buckets.columns(buckets) | {"kpis": columns}


def _machine(device: Device, span: Range, context: Context) -> Machine:
    stretches = context.services.registrar.register.params.over(
        device.asset, device=device.name, from_ms=span.from_ms, to_ms=span.to_ms
    )
    return Machine(device.id, device.name, device.asset, device.twin.open_minute(), stretches)


def _plan(asked: Sequence[Kpi], context: Context) -> tuple[ShiftCalendar | None, str | None]:
    """The site's shifts where a figure needs them, or why there are none."""
    if not any(kpi.planned for kpi in asked):
        return None, NO_PLAN
    try:
        calendar = context.shifts.calendar()
    except Refused as error:  # a mistake in the file stops nothing else
        return None, str(error)
    return calendar, None if calendar is not None else NO_PLAN
