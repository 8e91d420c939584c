"""An error as a client sees it: a problem of RFC 9457 with one clear sentence."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.responses import Response

MEDIA_TYPE: Final = "application/problem+json"


def problem(
    *,
    status: int,
    detail: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    type_: str = "about:blank",
) -> Response:
    """``detail`` is a sentence that says what to do."""
    body = {
        "type": type_,  # RFC 9457: of about:blank the title is the status's own phrase
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "instance": path,
    }
    return Response(
        msgspec.json.encode(body), status_code=status, headers=headers, media_type=MEDIA_TYPE
    )
