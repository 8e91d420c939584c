"""What every route works with: the running gateway's services, and readers of its journal."""

from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request, Response

from gateway.api.ports import Services
from gateway.api.readers import Readers
from gateway.api.report.apart import Press
from gateway.api.shift_file import ShiftFile
from hosting.audit.events import What
from hosting.guard.origin import origin_of


@dataclass(frozen=True, kw_only=True)
class Context:
    """Made once an app; lies in ``app.state.context``."""

    services: Services
    readers: Readers
    shifts: ShiftFile
    press: Press = field(default_factory=Press)


async def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


Ctx = Annotated[Context, Depends(_context)]


def json_response(value: Any, *, status: int = 200) -> Response:
    """``value`` as JSON. Not validated against the documented model: a test does that."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def enter(context: Context, request: Request, what: What, *, by: str, detail: str) -> None:
    """Put what a person did into the audit trail, with where the request came from."""
    origin = origin_of(request.scope).address
    context.services.audit(who=by, origin=origin, what=what, detail=detail)
