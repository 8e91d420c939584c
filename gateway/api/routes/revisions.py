"""What of a machine's sums became another, and why."""

import apsw
from fastapi import APIRouter, Request, Response

from gateway.api import examples, schema
from gateway.api.context import Ctx
from gateway.api.openapi import answers
from gateway.api.pages import Listed, page
from gateway.api.params import DeviceName, Query, RevisionsQuery
from gateway.api.queries.revisions import revisions
from gateway.api.spans import everything

router = APIRouter(tags=["History"])


@router.get(
    "/devices/{device}/revisions",
    summary="What changed of the past",
    responses=answers(list[schema.Revision], [examples.REVISION], 404, 504),
)
async def of_device(
    device: DeviceName, query: Query[RevisionsQuery], request: Request, context: Ctx
) -> Response:
    """Which minutes became others after they had ended, when, why, and by how much; newest first.

    A minute may change for two minutes after its end without being listed, as readings are on
    their way. `from` and `to` are of the time that changed. Changes of one reason that follow one
    another are one revision; of a minute, those within 60 s of the first are not told apart.
    `as_of` of `/kpis` and `/history` answers what was known before.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/revisions?from=-7d'
    ```
    """
    found, span = context.services.fleet.get(device), everything(query)

    def listed(connection: apsw.Connection) -> list[Listed]:
        return revisions(
            connection,
            found.id,
            from_ms=span.from_ms,
            to_ms=span.to_ms,
            before=query.before,
            limit=query.limit + 1,
        )

    return page(await context.readers.run(listed), request, limit=query.limit)
