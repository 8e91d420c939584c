"""The gateway itself: how it does, and its counters."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.api import schema
from gateway.api.context import Ctx, json_response
from gateway.api.health import health_of, is_writable
from gateway.api.openapi import answers

router = APIRouter(tags=["Service"])

_HEALTH: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": schema.Health, "description": "Readings are stored."},
    503: {"model": schema.Health, "description": "The journal cannot be written."},
}
_METRICS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Prometheus text.",
        "content": {"text/plain": {"example": "edgetwin_readings_stored_total 36000.0\n"}},
    }
}


@router.get("/health", responses=_HEALTH)
async def health(context: Ctx) -> Response:
    """Whether the gateway and all it depends on are well; asked without a token.

    `degraded`: a peer does not serve; readings go on being stored as long as the answer is 200.

    ```sh
    curl -s http://127.0.0.1:8000/health
    ```
    """
    found = health_of(context.services)
    good = is_writable(found)
    return json_response(found, status=HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE)


@router.get("/metrics", responses=answers(None) | _METRICS, response_class=Response)
async def metrics(request: Request) -> Response:
    """The gateway's counters in Prometheus' text format.

    ```sh
    curl -s http://127.0.0.1:8000/metrics
    ```
    """
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)
