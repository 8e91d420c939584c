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
from gateway.api.queries.anomalies import measured_ms, stood_by_device
from gateway.api.ranges import as_one
from gateway.api.spans import last
from gateway.api.standing import counted
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
    `mtba` is hours measured over anomalies that began, `response_index` how many minutes those took
    to recover that are over: the mean, with bounds (95 %), or `null` with its reason. Of all
    together the hours are those of all machines. Machines come in order of how many they had.

    ```sh
    curl -s 'http://127.0.0.1:8000/anomalies/statistics?method=rolling'
    ```
    """
    asked = last(query, now_ms=context.services.now_ms(), usual_ms=_WEEK_MS)
    span = as_one(asked, context)
    meters = list(map(Meters(span, context).of, counted(span, context)))

    def answer(connection: apsw.Connection) -> tuple[Mapping[int, list[Stood]], list[int]]:
        stood = stood_by_device(
            connection, from_ms=asked.from_ms, to_ms=asked.to_ms, method=query.method
        )
        return stood, measured_ms(connection, meters=meters, span=span)

    stood, measured = await context.readers.run(answer)
    found: list[Row] = [
        {"device": meter.device} | _told(stood.get(meter.device_id, []), asked.from_ms, ms)
        for meter, ms in zip(meters, measured, strict=True)
    ]
    found.sort(key=lambda row: (-row["count"], row["device"]))
    every = [each for meter in meters for each in stood.get(meter.device_id, [])]
    return json_response(
        {"from_ms": asked.from_ms, "to_ms": asked.to_ms, "method": query.method}
        | {"total": _told(every, asked.from_ms, sum(measured)), "machines": found[: query.limit]}
    )


def _told(stood: Sequence[Stood], from_ms: int, measured_ms: int) -> Row:
    return {
        "count": len(stood),
        "lasting": sum(each.end_ms is None for each in stood),
        **figures(stood, from_ms=from_ms, measured_ms=measured_ms),
    }
