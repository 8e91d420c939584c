"""The routes in, what /docs shows of them out: errors are problems, a token may be asked for."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.api import examples
from gateway.api.schema.base import Problem
from hosting.guard.problems import MEDIA_TYPE

TITLE: Final = "edgetwin gateway"

DESCRIPTION: Final = """
What a workshop's machines do, cost, lack and need: read here, from the gateway's journal and its
live twins.

* **Times** in answers are Unix milliseconds. Queries take those, ISO 8601 such as
  `2025-11-20T09:00:00Z` (without an offset it is of the site's clock), or times from now on:
  `-24h`, `yesterday`, `last week`. A range includes `from`, not `to`. Energy and KPIs are added up
  by the site's own days, weeks, months and shifts.
* **Units** stand in the names (`energy_wh`, `uptime_s`); those of channels and KPIs in
  [`/catalogue`](#/Devices/catalogue).
* **Lists** that are longer than `limit` go on at the address in the header `Link` (RFC 8288).
* **Errors** are `application/problem+json` (RFC 9457); `detail` is one sentence that says what is
  wrong.
* **Token**: where `EDGETWIN_API_TOKEN` is set, every request but `/health` and this page's needs
  `Authorization: Bearer TOKEN` (the button *Authorize* does that here).

Every operation has an example to paste into a terminal; `fan-01` stands for one of your devices.
"""

TAGS: Final = [
    {"name": "Devices", "description": "What there is and how it does right now."},
    {"name": "Registry", "description": "What people say of machines, and set."},
    {"name": "History", "description": "Readings, energy and CO2 over time."},
    {"name": "Events", "description": "Alarms, diagnoses and what was refused."},
    {"name": "Service", "description": "The gateway itself: health, metrics."},
]

_SENTENCES: Final = {
    401: "The token is missing or wrong.",
    404: "There is no such thing.",
    409: "It cannot be done in the state things are in.",
    413: "The body is too large.",
    415: "The body is not of a kind that is taken here.",
    422: "The request cannot be understood, or the device refuses.",
    503: "A peer or the journal does not serve at the moment.",
    504: "No answer in time.",
}
_ALWAYS: Final = (401, 422, 503)
_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_BEARER: Final = "token"


def answers(model: Any, example: Any, *errors: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: its answer, and the errors it may give besides the usual."""
    good: dict[str, Any] = {"description": "As asked for.", "model": model}
    if example is not None:
        good["content"] = {"application/json": {"example": example}}
    found: dict[int | str, dict[str, Any]] = {200: good}
    for status in sorted({*_ALWAYS, *errors}):
        found[status] = {"description": _SENTENCES[status]}
    return found


def describe(app: FastAPI) -> None:
    """Replace the description FastAPI would make of ``app``; it is made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        tags=app.openapi_tags,
        routes=app.routes,
    )
    for path, operation in _operations(document):
        _state_problems(operation["responses"])
        _fill_in(operation.get("parameters", ()))
        operation["security"] = [] if path == "/health" else [{_BEARER: []}]
    components = document["components"]
    components["schemas"]["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["securitySchemes"] = {_BEARER: {"type": "http", "scheme": "bearer"}}
    return document


def _is_own(response: dict[str, Any]) -> bool:
    """Whether a route says itself what it answers with an error's status, as /health does."""
    content = response.get("content", {}).get("application/json", {})
    return "example" in content


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for operation in item.values():
            yield path, operation


def _fill_in(parameters: Iterable[dict[str, Any]]) -> None:
    """What must be given stands in the form already, so that trying out takes one click."""
    for parameter in parameters:
        if parameter["required"]:
            parameter["example"] = parameter["schema"]["examples"][0]


def _state_problems(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        if int(status) in _SENTENCES and not _is_own(response):
            code = HTTPStatus(int(status))
            shown = examples.problem(code, code.phrase)
            response["content"] = {MEDIA_TYPE: {"schema": _PROBLEM, "example": shown}}
