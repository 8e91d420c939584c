"""What machines are measured by, over time: each figure of the catalogue, bucket by bucket."""

from collections.abc import Iterable, Sequence

import apsw
import msgspec
from fastapi import APIRouter, Response

from contract.assets.words import Asset, Kpi
from contract.buckets import Interval
from contract.errors import Refused
from contract.shifts import NO_PLAN, ShiftCalendar
from gateway.api import examples, kpis, schema
from gateway.api.context import Context, Ctx
from gateway.api.groups import Group, Member, check_known, figures_in_common, grouped
from gateway.api.machines import Machines
from gateway.api.openapi import answers
from gateway.api.params import DeviceName, GroupedKpisQuery, KpisQuery, Query
from gateway.api.queries.pieces import Cuts, Machine, Plan, oldest_ms, sums
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Range
from gateway.api.ranges import usage_range
from gateway.api.standing import counted
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
    12 months, or for shifts 7 days ago. From 0 on it is all since the first reading. What is
    measured in commissioning counts in no figure, nor does that time lower its coverage.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/kpis?bucket=day&names=energy_wh,cost&time=iso'
    ```
    """
    found = context.services.fleet.get(device)
    asked = kpis.figures_of(found.asset, query.asked)
    span = usage_range(query, context)
    machine = Machines(span, context).of(found)
    if query.from_ == 0:
        span = span.since(await context.readers.run(oldest_ms, machine))
    reading = _Reading(span, asked, context)

    def answer(connection: apsw.Connection) -> bytes:
        [folded] = reading.folded(connection, [machine])
        return msgspec.json.encode({"device": machine.name} | reading.table(folded, asked))

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
    and cost where both call it the same; other figures a group of them has not. `name` is `null`
    of machines of which nobody has said where they belong; one of several tags is in several
    groups. `group=device` is each for itself. What is measured in commissioning counts in none.

    ```sh
    curl -s 'http://127.0.0.1:8000/kpis?group=asset&bucket=day&time=iso'
    ```
    """
    span = usage_range(query, context)
    devices = counted(span, context)
    members = [_member(device, context) for device in devices]
    if query.asked is not None and members:
        check_known(query.asked, [member.asset for member in members])
    groups = {
        name: (its, figures_in_common(_types(its), query.asked))
        for name, its in grouped(members, query.group, site=context.services.settings.site).items()
    }
    wanted = [kpi for _, its_kpis in groups.values() for kpi in its_kpis]
    reading = _Reading(span, wanted, context)
    machines = list(map(Machines(span, context).of, devices))

    def answer(connection: apsw.Connection) -> bytes:
        read = {each.machine.name: each for each in reading.folded(connection, machines)}
        made = [
            (name, Group([read[member.name] for member in its], its_kpis, reading.figures))
            for name, (its, its_kpis) in groups.items()
        ]
        return msgspec.json.encode({"group": query.group} | reading.tables(made, read.values()))

    body = await context.readers.run(answer)
    return Response(body, media_type="application/json")


class _Reading:
    """One question, as far as it can be answered on the event loop."""

    def __init__(self, span: Range, asked: Sequence[Kpi], context: Context) -> None:
        self.span = span
        self._names = frozenset(kpi.name for kpi in asked if kpi.formula)
        self._now_ms = context.services.now_ms()
        self._currency = context.services.registrar.tariffs.currency
        calendar, self._no_plan = _calendar(asked, context)
        until_ms = max(span.from_ms, min(span.to_ms, self._now_ms))
        self._plan = Plan(calendar, Interval(span.from_ms, until_ms))

    def folded(self, connection: apsw.Connection, machines: Iterable[Machine]) -> list[kpis.Folded]:
        found, pieces = [], 0
        by_minute = self.span.buckets.kind == "minute"
        stored = Stored(connection, self.span.buckets.site, by_minute=by_minute)
        cuts: dict[int, Cuts] = {}
        for machine in machines:
            terms = machine.terms
            cut = cuts.setdefault(id(terms), Cuts(self.span, terms, self._plan))
            names = self._names & {kpi.name for kpi in machine.asset.kpis}
            found.append(kpis.Folded(machine, sums(stored, machine, self.span, cut, names)))
            pieces += len(found[-1].sums)
            kpis.check_size(buckets=pieces, figures=1)
        return found

    def figures(self, folded: Sequence[kpis.Folded]) -> kpis.Figures:
        return kpis.Figures(
            folded, span=self.span, plan=self._plan, no_plan=self._no_plan, now_ms=self._now_ms
        )

    def table(self, folded: kpis.Folded, asked: Sequence[Kpi]) -> dict[str, object]:
        """One machine's answer."""
        buckets = _buckets([folded])
        kpis.check_size(buckets=len(buckets), figures=len(asked))
        figures = self.figures([folded])
        rows = [figures.told(asked, bucket) for bucket in buckets]
        columns = kpis.columns(asked, rows, self._currency)
        return self.span.buckets.columns(buckets) | {"kpis": columns}

    def tables(
        self, groups: Sequence[tuple[str | None, Group]], folded: Iterable[kpis.Folded]
    ) -> dict[str, object]:
        """Many groups' answer, over common buckets."""
        buckets = _buckets(folded)
        figures = sum(len(group.kpis) for _, group in groups)
        kpis.check_size(buckets=len(buckets), figures=figures)
        found = [
            {
                "name": name,
                "devices": group.devices,
                "kpis": kpis.columns(
                    group.kpis, [group.told(bucket) for bucket in buckets], self._currency
                ),
            }
            for name, group in groups
        ]
        return self.span.buckets.columns(buckets) | {"groups": found}


def _buckets(folded: Iterable[kpis.Folded]) -> list[Interval]:
    """In which anything was read."""
    return sorted({piece.bucket for each in folded for piece in each.sums})


def _member(device: Device, context: Context) -> Member:
    fields = context.services.registrar.register.entry(device.name).fields
    return Member(device.name, device.asset, fields)


def _types(members: Iterable[Member]) -> list[Asset]:
    return list({member.asset.name: member.asset for member in members}.values())


def _calendar(asked: Sequence[Kpi], context: Context) -> tuple[ShiftCalendar | None, str | None]:
    """The site's shifts where a figure needs them, or why there are none."""
    if not any(kpi.planned for kpi in asked):
        return None, NO_PLAN
    try:
        calendar = context.shifts.calendar()
    except Refused as error:  # a mistake in the file stops nothing else
        return None, str(error)
    return calendar, None if calendar is not None else NO_PLAN
