"""Readings of one device or of several in the buckets of a chart, and figures out of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import apsw
import msgspec
from fastapi import APIRouter, Response

from contract.assets.words import Asset, Counter, Kpi
from contract.buckets import MINUTE_MS, Interval
from contract.errors import Refused
from contract.messages import Minute
from gateway.api import examples, schema
from gateway.api.context import Context, Ctx
from gateway.api.kpis import MAX_FIGURES
from gateway.api.machines import Machines
from gateway.api.names import unknown
from gateway.api.openapi import answers
from gateway.api.params import ChartQuery, DeviceName, HistoriesQuery, HistoryQuery, Query, names_in
from gateway.api.queries.chart import Chart, chart, kept
from gateway.api.queries.history import History, charted
from gateway.api.queries.known import as_known, open_then
from gateway.api.queries.pieces import Machine
from gateway.api.queries.usage import Range, whole_minutes
from gateway.api.reading import Reading
from gateway.api.spans import RECENT_MS, Span, last
from gateway.api.then import Past, moment_of, past_of, said_of
from gateway.twin.fleet import Device
from gateway.twin.tiers import QUARTER_MS

MAX_CELLS: Final = 1_000_000  # of one answer

router = APIRouter(tags=["History"])


class _Names(NamedTuple):
    """What is asked for of a type."""

    channels: list[str]
    counters: list[Counter]
    kpis: list[Kpi]


@router.get(
    "/devices/{device}/history",
    summary="Readings in buckets",
    responses=answers(schema.History, examples.HISTORY, 404, 504),
)
async def of_device(device: DeviceName, query: Query[HistoryQuery], context: Ctx) -> Response:
    """Least, mean and greatest of each channel in at most `points` buckets, counters and KPIs.

    Any range, as long as there is anything of it: it is read from readings, or from the sums of
    minutes, quarter hours, hours or days, whatever is enough for its buckets, and `read_from` says
    the longest. Where readings are kept no more, buckets are as long as what is, and the range is
    widened to it. Names of KPIs are welcome beside channels, in buckets of a minute or more:
    `energy_wh`, …, and the mean of what is of the moment (`power_w`, `health_percent`), each with
    its bounds and, where it is null, the reason. Buckets in which nothing was measured are left
    out, and `coverage` is the share of a bucket that was.

    Without a range: the last 15 minutes, in which a device that measures more rarely may have
    nothing; the answer says `from_ms` and `to_ms`. A channel is `null` where it was not measured,
    or was set aside; `agg` chooses what is told of it. Buckets begin at round times, and those of
    days at midnights of the site, so the first one may begin before `from`; it holds only what came
    from then on.

    With `as_of` it is what was known then, by the minute and longer: see `/devices/{id}/kpis`.
    Readings that were deleted since are in no counter.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/history?from=-24h&channels=temperature,power_w'
    ```
    """
    found = context.services.fleet.get(device)
    shown = await _shown({found: _names(found.asset, query.asked)}, query, context)
    return Response(msgspec.json.encode(shown.of[0]), media_type="application/json")


@router.get(
    "/history",
    summary="Readings of several in buckets",
    responses=answers(schema.Histories, examples.HISTORIES, 404, 504),
)
async def of_several(query: Query[HistoriesQuery], context: Ctx) -> Response:
    """The same of several devices, in the same buckets, so that one chart can show them.

    What a device has not is left out of its part; what none of them has is refused.

    ```sh
    curl -s 'http://127.0.0.1:8000/history?devices=fan-01,dispenser-01&channels=cost&from=-7d'
    ```
    """
    asked = names_in(query.channels)
    devices = [context.services.fleet.get(name) for name in names_in(query.devices)]
    known = {name for device in devices for name in _known(device.asset)}
    for name in asked:
        if name not in known:
            raise unknown(name, "These devices have", "they have", sorted(known))
    of = {
        device: _names(device.asset, [name for name in asked if name in _known(device.asset)])
        for device in devices
    }
    shown = await _shown(of, query, context)
    span = {"from_ms": shown.chart.from_ms, "to_ms": shown.chart.to_ms}
    body = span | {"bucket_ms": shown.chart.steps.length_ms, "devices": shown.of}
    return Response(msgspec.json.encode(body | said_of(shown.past)), media_type="application/json")


class _Shown(NamedTuple):
    chart: Chart
    of: list[dict[str, Any]]  # in the order in which they were asked for
    past: Past | None


async def _shown(of: Mapping[Device, _Names], query: ChartQuery, context: Context) -> _Shown:
    aggregates = query.aggregates
    _check_size(of.values(), query.points)
    has_kpis = any(names.kpis for names in of.values())
    now_ms = context.services.now_ms() if query.as_of is None else query.as_of
    span = last(query, now_ms=now_ms, usual_ms=RECENT_MS)
    past = await past_of(query.as_of, of, Interval(span.from_ms, span.to_ms), context)
    if past is not None:
        span = Span(past.then.from_ms, past.then.to_ms)
    least_ms = MINUTE_MS if has_kpis or past is not None else 1
    shown = await _chart(list(of), span, query.points, context, least_ms=least_ms)
    if past is not None and shown.to_ms > past.then.to_ms:  # it was widened to a quarter
        shown = shown._replace(to_ms=max(shown.from_ms, shown.to_ms - QUARTER_MS))
    span_of_sums = Range(*whole_minutes(shown.from_ms, shown.to_ms), shown.steps)
    machines = Machines(span_of_sums, past or context)
    asked = [
        (
            names,
            machines.of(device),
            Reading(span_of_sums, names.kpis, past or context, moment_of(past)),
        )
        for device, names in of.items()
    ]

    def answer(connection: apsw.Connection) -> list[History]:
        found: list[History] = []
        figures = 0
        for names, machine, reading in asked:
            found.append(_told(connection, shown, names, machine, reading, now_ms=now_ms))
            figures += len(found[-1].time_ms) * len(names.kpis)
            _check_at_most(MAX_FIGURES, figures)
        return found

    found = await context.readers.run(answer)
    return _Shown(shown, [_body(each, aggregates) for each in found], past)


def _body(found: History, aggregates: Sequence[str]) -> dict[str, Any]:
    """As it is answered: of each channel what is asked for."""
    channels = {
        name: {each: getattr(band, each) for each in aggregates}
        for name, band in found.channels.items()
    }
    return msgspec.structs.asdict(found) | {"channels": channels}


async def _chart(
    devices: Sequence[Device], span: Span, points: int, context: Context, *, least_ms: int
) -> Chart:
    def find(connection: apsw.Connection) -> Chart:
        return chart(
            [kept(connection, device.id) for device in devices],
            from_ms=span.from_ms,
            to_ms=span.to_ms,
            points=points,
            site=context.services.settings.site_time,
            least_ms=least_ms,
        )

    return await context.readers.run(find)


def _told(
    connection: apsw.Connection,
    shown: Chart,
    names: _Names,
    machine: Machine,
    reading: Reading,
    *,
    now_ms: int,
) -> History:
    with as_known(connection, [machine.device_id], reading.then) as was:
        found = charted(
            connection,
            device_id=machine.device_id,
            device=machine.name,
            asset=machine.asset,
            chart=shown,
            channels=names.channels,
            counters=names.counters,
            was=was,
            is_open=_silent(open_then(was, machine.device_id, machine.open_minute), now_ms),
        )
    found.as_of = reading.then and reading.then.told()
    if not names.kpis:
        return found
    [folded] = reading.folded(connection, [machine])
    kpis = reading.columns(folded, names.kpis, list(map(shown.steps.at, found.time_ms)))
    return msgspec.structs.replace(found, kpis=kpis)


def _silent(newest: Minute | None, now_ms: int) -> Minute | None:
    """The newest minute where it is over: it stays open until the machine says more."""
    is_over = newest is not None and newest.start_ms + MINUTE_MS <= now_ms
    return newest if is_over else None


def _check_size(asked: Iterable[_Names], points: int) -> None:
    cells = points * sum(3 * len(one.channels) + 2 * len(one.counters) for one in asked)
    _check_at_most(MAX_CELLS, cells)


def _check_at_most(most: int, figures: int) -> None:
    if figures > most:
        raise Refused(
            f"{figures} figures are too many for one answer: ask for fewer 'points', 'channels' or"
            " 'devices'."
        )


def _known(asset: Asset) -> list[str]:
    counters = (counter.name for counter in asset.counters)
    return [*asset.by_name, *counters, *(kpi.name for kpi in asset.kpis)]


def _names(asset: Asset, asked: Sequence[str] | None) -> _Names:
    """Without names: all channels and counters.

    Raises:
        Refused: the type has none of such a name.
    """
    if asked is None:
        return _Names(list(asset.by_name), list(asset.counters), [])
    known = _known(asset)
    for name in asked:
        if name not in known:
            raise unknown(name, f"A {asset.name} has", "it has", known)
    kpis = {kpi.name: kpi for kpi in asset.kpis}
    return _Names(
        [name for name in asked if name in asset.by_name],
        [counter for counter in asset.counters if counter.name in asked],
        [kpis[name] for name in asked if name in kpis],
    )
