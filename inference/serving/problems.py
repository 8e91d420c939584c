"""Errors become answers: ``application/problem+json`` (RFC 9457) with one clear sentence."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contract.diagnosing import NO_MODEL
from hosting.guard.problems import on_http_error, problem
from inference.errors import (
    BadRequest,
    Busy,
    InferenceError,
    ModelUnusable,
    NoDevice,
    NoModel,
    TooLarge,
    UnknownAsset,
)
from inference.simulation.bodies import sentence

# The first that fits; the general ones come last.
_STATUS: Final = (
    (UnknownAsset, HTTPStatus.NOT_FOUND),
    (NoDevice, HTTPStatus.NOT_FOUND),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (BadRequest, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Busy, HTTPStatus.SERVICE_UNAVAILABLE),
    (ModelUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
    (InferenceError, HTTPStatus.INTERNAL_SERVER_ERROR),
)

Handler = Callable[[Request, Exception], Awaitable[Response]]


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem."""
    handlers: dict[type[Exception], Handler] = {
        InferenceError: _inference_error,
        HTTPException: on_http_error,
        RequestValidationError: _bad_query,
        Exception: _unexpected,
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


def of(error: InferenceError, *, path: str) -> Response:
    """The answer to a request that cannot be met."""
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    without = isinstance(error, UnknownAsset | NoModel)
    type_ = NO_MODEL if without else "about:blank"
    return problem(status=status, detail=str(error), path=path, type_=type_)


async def _inference_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, InferenceError)  # what it is registered for
    return of(error, path=request.url.path)


async def _bad_query(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # what it is registered for
    return problem(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        detail=sentence(error.errors()[0]),
        path=request.url.path,
    )


async def _unexpected(request: Request, _error: Exception) -> Response:
    """The server logs the traceback; the caller only learns that it is ours to mend."""
    detail = "The service failed on this request; its log says why."
    return problem(status=HTTPStatus.INTERNAL_SERVER_ERROR, detail=detail, path=request.url.path)
