"""How rare anomalies are and how soon they are over, of each machine and of all together."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import apsw
from fastapi import APIRouter, Response

from gateway.api import examples, schema
from gateway.api.anomaly_figures import figures
from gateway.api.context import Ctx, json_response
from gateway.api.meters import Meters
from gateway.api.openapi import answers
from gateway.api.params import AnomalyStatisticsQuery, Query
from gateway.api.queries.anomalies import stood_by_device
from gateway.api.queries.watched import Watched, Watching, together
from gateway.api.ranges import as_one
from gateway.api.spans import last
from gateway.api.standing import counted
from gateway.api.watching import subject
from gateway.journal.anomalies import Stood

router = APIRouter(tags=["Events"])
_WEEK_MS: Final = 7 * 86_400_000
Row = dict[str, Any]


@router.get(
    "/anomalies/statistics",
    summary="What anomalies add up to",
    responses=answers(schema.AnomalyStatistics, examples.ANOMALY_STATISTICS),
)
async def anomaly_statistics(query: Query[AnomalyStatisticsQuery], context: Ctx) -> Response:
    """Mean time between anomalies and minutes to recovery, of each machine and of all together.

    Of anomalies that were kept, by `method` or of all, in the last 7 days where no range is given.
    `mtba` is hours in which a machine was judged (`judged_ms`; `/devices/{id}/anomalies` says by
    whom) over anomalies that began in them, `response_index` how many minutes those took to recover
    that are over: the mean, with bounds (95 %), or `null` with its reason. Of all together the
    hours are those of all machines. Machines come in order of how many they had.

    ```sh
    curl -s 'http://127.0.0.1:8000/anomalies/statistics?method=rolling'
    ```
    """
    asked = last(query, now_ms=context.services.now_ms(), usual_ms=_WEEK_MS)
    span = as_one(asked, context)
    meter_of = Meters(span, context).of
    subjects = [subject(device, meter_of(device)) for device in counted(span, context)]

    def answer(connection: apsw.Connection) -> tuple[Mapping[int, list[Stood]], list[Watched]]:
        stood = stood_by_device(
            connection, from_ms=asked.from_ms, to_ms=asked.to_ms, method=query.method
        )
        watching = Watching(connection, span=span, by=query.method)
        return stood, list(map(watching.of, subjects))

    by_device, watched = await context.readers.run(answer)
    meters = [each.meter for each in subjects]
    stood = [by_device.get(meter.device_id, []) for meter in meters]
    begun = [its.begun(of) for its, of in zip(watched, stood, strict=True)]
    found: list[Row] = [
        {"device": meter.device} | _told(its, count, seen)
        for meter, its, count, seen in zip(meters, stood, begun, watched, strict=True)
    ]
    found.sort(key=lambda row: (-row["count"], row["device"]))
    total = _told([each for its in stood for each in its], sum(begun), together(watched))
    return json_response(
        {"from_ms": asked.from_ms, "to_ms": asked.to_ms, "method": query.method}
        | {"total": total, "machines": found[: query.limit]}
    )


def _told(stood: Sequence[Stood], begun: int, watched: Watched) -> Row:
    return {
        "count": len(stood),
        "lasting": sum(each.end_ms is None for each in stood),
        **figures(stood, begun=begun, watched=watched),
    }
