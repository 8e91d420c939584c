"""An error as a client sees it: a problem of RFC 9457 with one clear sentence."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hosting.guard.methods import methods_of

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


async def on_http_error(request: Request, error: Exception) -> Response:
    """The answer to what the framework refuses by itself: unknown paths, wrong methods."""
    assert isinstance(error, HTTPException)  # what it is registered for
    path, headers = request.url.path, dict(error.headers or {})
    detail = str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"There is no path {path[:200]}; see /docs for those there are."
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(methods_of(request.scope)) or "another method"}
        detail = f"{path[:200]} takes {headers['Allow']}, not {request.method}."
    return problem(status=error.status_code, detail=detail, path=path, headers=headers)
