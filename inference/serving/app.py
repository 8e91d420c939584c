"""The service: HTTP to windows, windows to the model, predictions to JSON."""

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from fastapi import FastAPI, Query, Request, Response
from fastapi_offline import FastAPIOffline

from contract.messages import Prediction
from hosting.guard.doorkeeper import ASSETS_PATH, Guard, House, to_nobody
from hosting.guard.leaving import until_left
from inference.classifier.manifest import Manifest
from inference.errors import InTraining, ModelUnusable, NoModel, Refused
from inference.serving import (
    anomalies,
    intake,
    problems,
    remaining_life,
    shelves,
    simulating,
)
from inference.serving.apart import Apart, is_long
from inference.serving.registry import Registry
from inference.serving.remaining_life import LifeModels
from inference.serving.schema import (
    BATCH_SCHEMA,
    EXAMPLES,
    BatchAnswer,
    PredictAnswer,
    PredictRequest,
    Problem,
    decode_batch,
    decode_predict,
)
from inference.serving.shortcut import Answer, Shortcut
from inference.settings import Settings

# 1,000 windows of 100 rows, each with its time and some five values: 80 characters.
MOST_BATCH_BYTES: Final = 8 * 1024 * 1024
MOST_BYTES: Final = 256 * 1024  # one window of 100 readings, with the names in each
VERSION: Final = "0.1.0"

_ENCODER: Final = msgspec.json.Encoder()
_JSON: Final = "application/json"


class _Batch(msgspec.Struct, gc=False):
    model: str
    predictions: list[Prediction]


def create_app(
    registry: Registry,
    *,
    settings: Settings,
    refused: Callable[[str, str], None] = to_nobody,
) -> FastAPI:
    """The application that serves the models of ``registry``, and simulates."""
    # FastAPI's own /docs loads Swagger UI from a CDN, which a workshop may not reach.
    app = FastAPIOffline(
        title="edgetwin inference",
        redoc_url=None,
        static_url=ASSETS_PATH,
        version=VERSION,
        description="What is wrong with a machine, from its last seconds of readings.",
        responses={422: {"model": Problem}, 503: {"model": Problem}},
        telemetry={"tracing": False, "metrics": False, "logs": False},  # each call asks for them
    )
    house = House(
        name="The inference service",
        host=settings.host,
        token=settings.api_token,
        most_bytes={
            "/predict": MOST_BYTES,
            "/predict/batch": MOST_BATCH_BYTES,
            "/anomalies": MOST_BATCH_BYTES,
            "/remaining-life": MOST_BATCH_BYTES,
        },
        refused=refused,
    )
    problems.install(app)
    simulating.install(app, settings)
    _add_predictions(app, registry)
    app.add_middleware(Guard, house=house)  # the last one comes first
    _add_anomalies(app)
    lives = LifeModels(settings.models_dir)
    remaining_life.install(app, lives)
    _add_status(app, registry, lives)
    shelves.install(app, settings.models_dir)
    return app


def _add_predictions(app: FastAPI, registry: Registry) -> None:
    def predict(body: bytes) -> bytes:
        """Judge one reading, or a window of at most 100 readings, oldest first."""
        asked = decode_predict(body)
        model = registry.model(asked.asset)
        found = model.predict(intake.of_request(asked, asset=model.asset))
        return _ENCODER.encode(found[0])

    def predict_batch(body: bytes) -> bytes:
        """Judge at most 1,000 windows of machines of one type; answers come in order."""
        asked = decode_batch(body)
        model = registry.model(asked.asset)
        found = model.predict(intake.of_batch(asked, asset=model.asset))
        return _ENCODER.encode(_Batch(model=model.manifest.model, predictions=found))

    of_one = {"schema": _predict_schema(), "examples": EXAMPLES}
    _post(app, "/predict", predict, body=of_one, answer=PredictAnswer)
    _post(app, "/predict/batch", predict_batch, body={"schema": BATCH_SCHEMA}, answer=BatchAnswer)
    app.add_middleware(Shortcut, answers={"/predict": predict, "/predict/batch": predict_batch})


def _add_anomalies(app: FastAPI) -> None:
    apart = Apart()

    async def endpoint(request: Request) -> Response:
        return await until_left(request, answer(await request.body()))

    async def answer(body: bytes) -> Response:
        if is_long(body):
            return Response(await apart.answered(body), media_type=_JSON)
        found = await asyncio.to_thread(anomalies.answered, body)
        return Response(_ENCODER.encode(found), media_type=_JSON)

    app.post(
        "/anomalies",
        name="anomalies",
        description=anomalies.DESCRIPTION,
        openapi_extra={
            "requestBody": {"required": True, "content": {_JSON: {"schema": anomalies.SCHEMA}}}
        },
        tags=["predictions"],
    )(endpoint)


def _post(app: FastAPI, path: str, answered: Answer, *, body: dict[str, Any], answer: type) -> None:
    """A path as FastAPI documents it; the shortcut answers before it comes to that."""

    async def endpoint(request: Request) -> Response:
        return Response(answered(await request.body()), media_type=_JSON)

    app.post(
        path,
        name=answered.__name__,
        description=answered.__doc__,
        openapi_extra={"requestBody": {"required": True, "content": {_JSON: body}}},
        responses={200: {"model": answer}},
        tags=["predictions"],
    )(endpoint)


def _predict_schema() -> dict[str, Any]:
    """The schema with its one nested type written in place: OpenAPI knows no local ``$defs``."""
    schema = PredictRequest.model_json_schema()
    reading = schema.pop("$defs")["PredictReading"]
    variants = schema["properties"]["readings"]["anyOf"]
    schema["properties"]["readings"]["anyOf"] = [
        {**variant, "items": reading} if "items" in variant else variant for variant in variants
    ]
    return schema


def _add_status(app: FastAPI, registry: Registry, lives: LifeModels) -> None:
    started_s = time.monotonic()

    @app.get("/model", tags=["service"], responses={404: {"model": Problem}})
    async def model(asset: Annotated[str, Query(max_length=64)]) -> Response:
        """What is served for an asset type: its name, classes, score, and its files' hashes."""
        return Response(_ENCODER.encode(registry.model(asset).manifest), media_type=_JSON)

    @app.get("/health", tags=["service"])
    async def health() -> Response:
        """``degraded`` when a model cannot be used, or there is none of any type.

        A type that nobody trained is ``missing``, with what to run, one that is about to have a
        model ``training``, one whose model was not good enough ``refused``, with its figures; none
        of these degrades anything else. ``lives`` are models of remaining life.
        """
        states = {name: _state(state) for name, state in registry.states().items()}
        found = {state["status"] for state in states.values()}
        ok = not found.isdisjoint({"ok", "training"}) and "unusable" not in found
        body = {
            "status": "ok" if ok else "degraded",
            "version": VERSION,
            "uptime_s": round(time.monotonic() - started_s, 1),
            "models": states,
            "lives": lives.states(),
        }
        return Response(_ENCODER.encode(body), media_type=_JSON)


def _state(state: Manifest | ModelUnusable) -> dict[str, Any]:
    if isinstance(state, Refused):
        return {"status": "refused", "detail": str(state)}
    if isinstance(state, InTraining):
        return {"status": "training", "detail": str(state)}
    if isinstance(state, NoModel):
        return {"status": "missing", "detail": str(state)}
    if isinstance(state, ModelUnusable):
        return {"status": "unusable", "detail": str(state)}
    return {
        "status": "ok",
        "model": state.model,
        "trained_at": state.trained_at,
        "macro_f1": round(state.macro_f1, 4),
        "verdicts": state.verdicts,
    }
