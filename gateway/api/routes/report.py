"""A report of a period: what was used, what went wrong, how well it ran; as JSON, and as PDF."""

import re
from typing import Any, Final

import apsw
import msgspec
from fastapi import APIRouter, Response

from gateway.api import examples, schema
from gateway.api.context import Context, Ctx
from gateway.api.openapi import answers
from gateway.api.params import Query
from gateway.api.report.gathered import report_of
from gateway.api.report.query import ReportQuery

router = APIRouter(tags=["History"])

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_PDF: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Pages of A4.",
        "content": {"application/pdf": {"example": "%PDF-1.4 …"}},
    }
}


@router.get(
    "/report",
    summary="Report of a period",
    responses=answers(schema.Report, examples.REPORT, 404, 504),
)
async def report(query: Query[ReportQuery], context: Ctx) -> Response:
    """Energy, alarms and OEE of a day, a week, a month or any stretch of time, by one snapshot.

    Without a range it is last week's. Each figure is that of `/energy`, `/energy/comparison`,
    `/power`, `/alarms/statistics` and `/kpis` of the same time. The period before is the last one
    of the calendar where a whole day, week or month is asked for (of one that goes on as much of
    it as has passed), else as long a time before. `by_bucket` is the share of each bucket that was
    measured of a machine, `null` where it does not count; `with_holes` names those of which less
    than 95 % was, of all or of a bucket.

    With `as_of` it is what was known then: figures as those of `/kpis` and `/energy` with it,
    machines that had been heard of, and alarms raised by then; one that was acknowledged, cleared
    or judged later had not been. What cannot be told so (power, what was refused) is left out
    with the reason.

    ```sh
    curl -s 'http://127.0.0.1:8000/report?from=this%20week&to=this%20week'
    ```
    """
    found, _ = await _made(query, context)
    return Response(found, media_type="application/json")


@router.get(
    "/report.pdf",
    summary="Report of a period as PDF",
    responses=answers(None, None, 404, 504) | _PDF,
    response_class=Response,
)
async def report_pdf(query: Query[ReportQuery], context: Ctx) -> Response:
    """The same on pages of A4, in English; at most 200 machines are listed one by one.

    A machine is called by its id where its name has letters that the PDF's font lacks.

    ```sh
    curl -s -o report.pdf 'http://127.0.0.1:8000/report.pdf?from=this%20week&to=this%20week'
    ```
    """
    found, name = await _made(query, context)
    pdf = await context.press.printed(found)
    disposition = f'attachment; filename="{name}.pdf"'
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": disposition})


async def _made(query: ReportQuery, context: Context) -> tuple[bytes, str]:
    """The answer, and what a file of it is called."""
    asked = await report_of(query, context)

    def answer(connection: apsw.Connection) -> bytes:
        return msgspec.json.encode(asked.told(connection))

    found = await context.readers.run(answer)
    return found, _NO_NAME.sub("_", f"report-{context.services.settings.site}-{asked.label}")
