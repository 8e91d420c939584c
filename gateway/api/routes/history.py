"""Readings of one device or of several in the buckets of a chart, and figures out of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import apsw
import msgspec
from fastapi import APIRouter, Response

from contract.assets.words import Asset, Counter, Kpi
from contract.buckets import MINUTE_MS
from contract.errors import Refused
from gateway.api import examples, schema
from gateway.api.context import Context, Ctx
from gateway.api.kpis import MAX_FIGURES
from gateway.api.machines import Machines
from gateway.api.names import unknown
from gateway.api.openapi import answers
from gateway.api.params import ChartQuery, DeviceName, HistoriesQuery, HistoryQuery, Query, names_in
from gateway.api.queries.history import Chart, History, chart, charted, kept
from gateway.api.queries.pieces import Machine
from gateway.api.queries.usage import Range, whole_minutes
from gateway.api.reading import Reading
from gateway.api.spans import RECENT_MS, last
from gateway.twin.fleet import Device

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
    `power_w`, `energy_wh`, … each with its bounds. Buckets in which nothing was measured are left
    out, and `coverage` is the share of a bucket that was.

    Without a range: the last 15 minutes, in which a device that measures more rarely may have
    nothing; the answer says `from_ms` and `to_ms`. A channel is `null` where it was not measured,
    or was set aside. Buckets begin at round times, and those of days at midnights of the site, so
    the first one may begin before `from`; it holds only what came from then on.

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
    return Response(msgspec.json.encode(body), media_type="application/json")


class _Shown(NamedTuple):
    chart: Chart
    of: list[History]  # in the order in which they were asked for


async def _shown(of: Mapping[Device, _Names], query: ChartQuery, context: Context) -> _Shown:
    _check_size(of.values(), query.points)
    has_kpis = any(names.kpis for names in of.values())
    shown = await _chart(list(of), query, context, least_ms=MINUTE_MS if has_kpis else 1)
    span = Range(*whole_minutes(shown.from_ms, shown.to_ms), shown.steps)
    machines = Machines(span, context)
    asked = [
        (names, machines.of(device), Reading(span, names.kpis, context))
        for device, names in of.items()
    ]

    def answer(connection: apsw.Connection) -> list[History]:
        found: list[History] = []
        figures = 0
        for names, machine, reading in asked:
            found.append(_told(connection, shown, names, machine, reading))
            figures += len(found[-1].time_ms) * len(names.kpis)
            _check_at_most(MAX_FIGURES, figures)
        return found

    return _Shown(shown, await context.readers.run(answer))


async def _chart(
    devices: Sequence[Device], query: ChartQuery, context: Context, *, least_ms: int
) -> Chart:
    span = last(query, now_ms=context.services.now_ms(), usual_ms=RECENT_MS)

    def find(connection: apsw.Connection) -> Chart:
        return chart(
            [kept(connection, device.id) for device in devices],
            from_ms=span.from_ms,
            to_ms=span.to_ms,
            points=query.points,
            site=context.services.settings.site_time,
            least_ms=least_ms,
        )

    return await context.readers.run(find)


def _told(
    connection: apsw.Connection, shown: Chart, names: _Names, machine: Machine, reading: Reading
) -> History:
    found = charted(
        connection,
        device_id=machine.device_id,
        device=machine.name,
        chart=shown,
        channels=names.channels,
        counters=names.counters,
    )
    if not names.kpis:
        return found
    [folded] = reading.folded(connection, [machine])
    kpis = reading.columns(folded, names.kpis, list(map(shown.steps.at, found.time_ms)))
    return msgspec.structs.replace(found, kpis=kpis)


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
