"""A time taken out of a machine's history, asked for twice."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field

from contract.errors import Conflict, Refused
from gateway.api import examples, schema
from gateway.api.context import Ctx, json_response
from gateway.api.openapi import answers
from gateway.api.params import UNSEEN, ConfirmedQuery, DeviceName, Instant, Query
from gateway.api.spans import Span, checked
from gateway.registry.deletable import Lost, lost
from gateway.registry.deletions import Deletion
from hosting.guard.origin import origin_of

router = APIRouter(tags=["History"])

STAYS: Final = [
    "Alarms, diagnoses and anomalies of that time, and the readings around alarms.",
    "What its minutes were, for who asks what was known before (as_of), as long as that is kept.",
    "What was carried to InfluxDB or Kafka, exported or backed up.",
    "The audit trail goes on saying who deleted how much of it, and why.",
]


class DeletionQuery(ConfirmedQuery):
    """Which time, and that this is meant."""

    from_: Annotated[
        Instant,
        Field(alias="from", description="Start (included), as elsewhere."),
    ]
    to: Annotated[
        Instant,
        Field(description="End (not included), at most the time of its newest reading."),
    ]
    reason: Annotated[
        str,
        Field(
            max_length=120,
            pattern=rf"^[^{UNSEEN}]*$",
            description="Why, for the audit trail.",
            examples=["a test run"],
        ),
    ] = ""


@router.delete(
    "/devices/{device}/readings",
    summary="Delete readings of a time",
    responses=answers(schema.DeletedReadings, examples.DELETED_READINGS, 404, 409),
)
async def delete(
    device: DeviceName, query: Query[DeletionQuery], request: Request, context: Ctx
) -> Response:
    """What was measured and happened from `from` to `to` goes for good, out of journal and archive.

    409 with how much it is without `confirm`: its id once more. Minutes, quarters, hours and days
    are what is left then, so energy and figures are as well; a counter's increase over the hole is
    told behind it. The newest reading stays, as it is what is shown of the machine now. Where
    `is_done` is false it is under way, and is brought to its end whatever happens meanwhile; 503
    says what it waits for, as a file of the archive that cannot be read. What a board sends once
    more of it is a repeat, and does not come back.

    ```sh
    curl -s -X DELETE 'http://127.0.0.1:8000/devices/fan-01/readings?from=2025-11-20T10:00:00Z&to=2025-11-20T10:30:00Z&confirm=fan-01&by=Sam&reason=a+test+run'
    ```
    """
    services = context.services
    span = checked(query.from_, query.to)
    name = services.fleet.get(device).name
    found = await context.readers.run(
        lost,
        device=name,
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        site=services.settings.site_time,
    )
    if query.confirm != name:
        raise Conflict(
            f"{found.told()} of sums of {name} would be lost for good: say ?confirm={name} if that"
            " is meant."
        )
    if query.by is None:
        raise Refused(f"Say who deletes readings of {name}: &by= and your name.")
    deletion = Deletion(
        by=query.by,
        origin=origin_of(request.scope).address,
        time_ms=services.now_ms(),
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        readings=found.readings,
        events=found.events,
        reason=query.reason.strip(),
    )
    is_done = await services.deleter.delete(name, deletion)
    return json_response(_told(name, span, found, is_done=is_done))


def _told(name: str, span: Span, found: Lost, *, is_done: bool) -> dict[str, Any]:
    return {
        "device": name,
        "from_ms": span.from_ms,
        "to_ms": span.to_ms,
        "lost": found,
        "stays": STAYS,
        "is_done": is_done,
    }
