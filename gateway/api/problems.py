"""Whatever goes wrong with a request, out as a problem of RFC 9457 with one clear sentence."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from contract.errors import (
    Conflict,
    Damaged,
    GatewayError,
    NotFound,
    Refused,
    TimedOut,
    Unavailable,
)
from contract.misfits import said
from hosting.guard.problems import on_http_error, problem

log = logging.getLogger(__name__)

_STATUS_BY_ERROR: Final[tuple[tuple[type[GatewayError], HTTPStatus], ...]] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (Refused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TimedOut, HTTPStatus.GATEWAY_TIMEOUT),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (Damaged, HTTPStatus.SERVICE_UNAVAILABLE),
)
_PLACES: Final = {
    "query": "The query parameter",
    "path": "The path's part",
    "body": "The body's field",
}
_MOST_NAMED: Final = 3
_MOST_SHOWN: Final = 40


def install(app: FastAPI) -> None:
    """Let every error of ``app`` be answered as a problem."""
    app.add_exception_handler(GatewayError, _on_gateway_error)
    app.add_exception_handler(RequestValidationError, _on_bad_request)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(Exception, _on_bug)


async def _on_gateway_error(request: Request, error: Exception) -> Response:
    for kind, status in _STATUS_BY_ERROR:
        if isinstance(error, kind):
            return problem(status=status, detail=str(error), path=request.url.path)
    log.error("a request met an error that is no answer", exc_info=error)
    return await _on_bug(request, error)


async def _on_bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    sentences = [_sentence(item) for item in error.errors()[:_MOST_NAMED]]
    return problem(
        status=HTTPStatus.UNPROCESSABLE_ENTITY, detail=" ".join(sentences), path=request.url.path
    )


async def _on_bug(request: Request, _error: Exception) -> Response:
    """Nothing of what happened goes out; the server's log has the trace."""
    return problem(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        detail="The gateway met an error of its own; its log says which.",
        path=request.url.path,
    )


def _sentence(item: Mapping[str, Any]) -> str:
    place, *names = item["loc"]
    name = ".".join(map(str, names))
    kind = item["type"]
    if place == "body" and not names:
        return "The body is missing or not a JSON object; see /docs for its fields."
    subject = f"{_PLACES.get(str(place), 'The')} {name!r}"
    if kind == "extra_forbidden":
        return f"{subject} is not known here; see /docs for those that are."
    if kind == "missing":
        return f"{subject} is missing."
    return f"{subject} does not fit: {_ended(said(item))}"


def _ended(message: str) -> str:
    return message if message.endswith(".") else f"{message}."
