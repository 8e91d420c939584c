"""Who did what, from where, when."""

from fastapi import APIRouter, Request, Response

from gateway.api import examples, schema
from gateway.api.context import Ctx
from gateway.api.openapi import answers
from gateway.api.pages import Listed, page
from gateway.api.params import AuditQuery, Query
from gateway.api.queries import audit as queries
from gateway.api.spans import everything

router = APIRouter(tags=["Service"])


@router.get(
    "/audit",
    summary="Audit trail",
    responses=answers(list[schema.AuditEntry], [examples.AUDIT_ENTRY]),
)
async def audit(query: Query[AuditQuery], request: Request, context: Ctx) -> Response:
    """Who did what, from where, when; newest first.

    Refused logins, tokens and passwords, messages that the broker denied, connections that took
    another one's place; commands, acknowledgements, logins made and taken away, settings changed,
    starts and stops. What repeats within a minute is one entry with a `count`.

    ```sh
    curl -s 'http://127.0.0.1:8000/audit?what=login_refused&limit=20'
    ```
    """
    span = everything(query)
    found = await context.readers.run(
        queries.audit,
        from_ms=span.from_ms,
        to_ms=span.to_ms,
        what=query.what,
        who=query.who,
        before=query.before,
        limit=query.limit + 1,
    )
    return page((Listed(entry.id, entry) for entry in found), request, limit=query.limit)
