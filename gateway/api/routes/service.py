"""The gateway itself: how it does, and its counters."""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.api import examples, schema, system
from gateway.api.context import Ctx, json_response
from gateway.api.health import health_of, is_writable
from gateway.api.inference_peer import asked
from gateway.api.openapi import answers
from gateway.api.queries import refused as queries

router = APIRouter(tags=["Service"])

_DOWN: Final = {"status": "down", "detail": "The disk is full.", "since_ms": 1763640000000}
_BROKEN: Final = examples.HEALTH | {"status": "degraded", "dependencies": {"journal": _DOWN}}
_HEALTH: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": schema.Health,
        "description": "Readings are stored.",
        "content": {"application/json": {"example": examples.HEALTH}},
    },
    503: {
        "model": schema.Health,
        "description": "The journal cannot be written.",
        "content": {"application/json": {"example": _BROKEN}},
    },
}
_METRICS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Prometheus text.",
        "content": {"text/plain": {"example": "edgetwin_readings_stored_total 36000.0\n"}},
    }
}


@router.get("/health", summary="Health", responses=_HEALTH)
async def health(context: Ctx) -> Response:
    """Whether the gateway and all it depends on are well; asked without a token.

    `degraded`: a peer does not serve; readings go on being stored as long as the answer is 200.

    ```sh
    curl -s http://127.0.0.1:8000/health
    ```
    """
    found = health_of(context.services, context.shifts)
    good = is_writable(found)
    return json_response(found, status=HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE)


@router.get(
    "/system",
    summary="What the gateway runs with",
    responses=answers(schema.System, examples.SYSTEM),
)
async def system_(context: Ctx) -> Response:
    """Room on the disk, what is kept how long, the clock beside boards, work, versions, budgets.

    Bytes are bytes, counts of `work` are since the start, those of `refused` for good. It asks
    inference what it serves: `null` and `{}` while that does not answer. `learning` is how far it
    is learned what is normal of the machines, and how far asking is behind.

    ```sh
    curl -s http://127.0.0.1:8000/system
    ```
    """
    services = context.services
    peer, refused, oldest_ms = await asyncio.gather(
        asyncio.to_thread(asked, services.settings.inference_url),
        context.readers.run(queries.refused),
        context.readers.run(queries.oldest_reading_ms),
    )
    version, models = (peer.version, peer.models) if peer else (None, {})
    return json_response(
        system.System(
            uptime_s=services.uptime_ms() / 1000,
            disk=system.disk_of(services),
            kept=system.kept_of(services, oldest_ms),
            clock=system.clock_of(services),
            work=system.work_of(services),
            versions=system.versions_of(services, inference=version, models=models),
            budgets=system.budgets_of(services),
            refused=refused,
            learning=system.Learning(*services.learning()),
        )
    )


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    responses=answers(None, None) | _METRICS,
    response_class=Response,
)
async def metrics(request: Request) -> Response:
    """The gateway's counters in Prometheus' text format.

    ```sh
    curl -s http://127.0.0.1:8000/metrics
    ```
    """
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)
