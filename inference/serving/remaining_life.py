"""``POST /remaining-life``: what a machine showed since it was new; how long it still lasts."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from fastapi import FastAPI, Query, Request, Response
from pydantic import BaseModel, Field

from contract.misfits import unlike
from contract.topics import is_name
from inference.errors import BadRequest, ModelUnusable, NoModel
from inference.prognosis.lives import MOST_STEPS, Array, Life
from inference.prognosis.model import FOLDER, MANIFEST, LifeModel, load
from inference.serving.schema import Problem

MOST_ROWS: Final = 20_000
MOST_VALUE: Final = 1e100
_SECONDS: Final = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86_400.0}
_JSON: Final = "application/json"
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {503: {"model": Problem}}
_encode: Final = msgspec.json.Encoder().encode


def _stamp(folder: Path) -> tuple[int, int] | None:
    try:
        state = (folder / MANIFEST).stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_ino


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Rows of ``channels``, oldest first; ``times`` count from when the machine was new.

    ``time_unit``: of ``times``; null: the model's. Channels that the model has not are ignored.
    """

    asset: str
    channels: list[str]
    times: list[float]
    rows: list[list[float | None]]
    time_unit: str | None = None


class IntervalAnswer(BaseModel):
    """Holds for that share of machines."""

    share: float
    low: float
    high: Annotated[float | None, Field(description="null: beyond the horizon")]


class RemainingAnswer(BaseModel):
    """How long it still lasts."""

    asset: str
    model: str
    time_unit: str
    remaining: Annotated[float | None, Field(description="null: see `reason`")]
    intervals: list[IntervalAnswer]
    reason: str | None
    horizon: Annotated[float, Field(description="what lies further ahead is not told apart")]
    machines: Annotated[int, Field(description="that it was learned from")]
    simulated: Annotated[bool, Field(description="it was learned from virtual machines alone")]


_decode: Final = msgspec.json.Decoder(Asked).decode
_EXAMPLE: Final = {
    "asset": "pump",
    "channels": ["vibration_motor", "flow"],
    "times": [0.1, 0.2, 0.3],
    "rows": [[0.8, 99.1], [0.81, 98.7], [0.8, 99.3]],
    "time_unit": "hours",
}
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["asset", "channels", "times", "rows"],
    "properties": {
        "asset": {"type": "string"},
        "channels": {"type": "array", "items": {"type": "string"}},
        "times": {"type": "array", "items": {"type": "number"}, "maxItems": MOST_ROWS},
        "rows": {"type": "array", "items": {"type": "array"}, "maxItems": MOST_ROWS},
        "time_unit": {"type": ["string", "null"], "description": "null: the model's own"},
    },
    "example": _EXAMPLE,
}


class LifeModels:
    """Models of remaining life below ``directory``, loaded again when trained anew."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._loaded: dict[str, tuple[tuple[int, int] | None, LifeModel]] = {}

    def get(self, name: str) -> LifeModel:
        """The newest of that kind of machine. Raises ModelUnusable: there is none that is good."""
        if not is_name(name):
            raise NoModel(f"{name[:64]!r} is no name of a type of machine.")
        folder = self._directory / name / FOLDER
        stamp = _stamp(folder)
        known = self._loaded.get(name)
        if known is not None and stamp is not None and known[0] == stamp:
            return known[1]
        model = load(folder, name=name)
        self._loaded[name] = (stamp, model)
        return model

    def states(self) -> dict[str, dict[str, Any]]:
        """Of each kind of machine that has one how good it is, or why it cannot be used."""
        there = self._directory.glob(f"*/{FOLDER}/{MANIFEST}")
        return {name: self._state(name) for name in sorted(path.parts[-3] for path in there)}

    def _state(self, name: str) -> dict[str, Any]:
        try:
            found = self.get(name).manifest
        except ModelUnusable as error:
            return {"status": "unusable", "detail": str(error)}
        told = ("model", "trained_at", "machines", "time_unit", "horizon", "rmse")
        return {"status": "ok", **{each: getattr(found, each) for each in told}}


def install(app: FastAPI, models: LifeModels) -> None:
    """Add the paths to ``app``."""

    async def ask(request: Request) -> Response:
        r"""How long a machine still lasts, from all it showed since it was new.

        `remaining` is null, with its `reason`, where no number would be true; 80 and 90 % of
        machines last within each interval.

        ```sh
        curl -s http://127.0.0.1:8001/remaining-life -H 'Content-Type: application/json' \
          -d '{"asset": "pump", "channels": ["flow"], "times": [1, 2], "rows": [[99], [98.7]]}'
        ```
        """
        found = await asyncio.to_thread(answered, await request.body(), models)
        return Response(_encode(found), media_type=_JSON)

    app.post(
        "/remaining-life",
        tags=["predictions"],
        responses={200: {"model": RemainingAnswer}, **_PROBLEMS},
        openapi_extra={"requestBody": {"required": True, "content": {_JSON: {"schema": SCHEMA}}}},
    )(ask)

    @app.get("/remaining-life", tags=["predictions"], responses=_PROBLEMS)
    async def told(asset: Annotated[str, Query(max_length=64)]) -> Response:
        """The model of remaining life of a type: its channels, step and horizon, how good it is."""
        return Response(_encode(models.get(asset).manifest), media_type=_JSON)


def answered(body: bytes, models: LifeModels) -> dict[str, Any]:
    """The answer to a question.

    Raises:
        BadRequest: what is wrong with it.
        ModelUnusable: nobody has learned that kind of machine.
    """
    try:
        asked = _decode(body)
    except msgspec.ValidationError as error:
        raise BadRequest(f"{unlike(error)[:200]}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"{str(error)[:200]}.") from error
    model = models.get(asked.asset)
    manifest = model.manifest
    found = model.remaining(_life(asked, model))
    return {
        "asset": manifest.asset,
        "model": manifest.model,
        "time_unit": manifest.time_unit,
        **msgspec.to_builtins(found),
        "horizon": manifest.horizon,
        "machines": manifest.machines,
        "simulated": manifest.simulated,
    }


def _life(asked: Asked, model: LifeModel) -> Life:
    wanted = model.manifest.channels
    missing = [name for name in wanted if name not in asked.channels]
    if missing:
        raise BadRequest(
            f"channels: {missing[0]!r} is missing; the model wants {', '.join(wanted)}."
        )
    rows = _rows(asked)[:, [asked.channels.index(name) for name in wanted]]
    empty = np.isnan(rows).all(axis=0)
    if empty.any():
        raise BadRequest(f"rows: {wanted[int(np.argmax(empty))]} was never measured.")
    ages = _ages(asked, model.manifest.time_unit)
    if (ages[-1] - ages[0]) / model.manifest.step > MOST_STEPS:
        raise BadRequest(
            f"times: they span more than {MOST_STEPS:,} steps of {model.manifest.step:g}."
        )
    return Life(unit=asked.asset, ages=ages, rows=rows)


def _rows(asked: Asked) -> Array:
    count, width = len(asked.rows), len(asked.channels)
    if not 1 <= count <= MOST_ROWS:
        raise BadRequest(f"rows: 1 to {MOST_ROWS:,} of them, not {count:,}.")
    if len(asked.times) != count:
        raise BadRequest(f"times: {count} rows want as many times, not {len(asked.times)}.")
    wrong = next((at for at, row in enumerate(asked.rows) if len(row) != width), None)
    if wrong is not None:
        raise BadRequest(f"rows[{wrong}] has {len(asked.rows[wrong])} values for {width} channels.")
    rows = np.array(asked.rows, dtype=np.float64).reshape(count, width)
    if (np.abs(rows) > MOST_VALUE).any():
        raise BadRequest(f"rows: a value is beyond {MOST_VALUE:g}; leave it out, as null.")
    return rows


def _ages(asked: Asked, own: str) -> Array:
    ages = np.array(asked.times, dtype=np.float64)
    back = np.flatnonzero(np.diff(ages) <= 0.0)
    if len(back):
        raise BadRequest(f"times[{back[0] + 1}] is not later than the one before.")
    if ages[0] < 0.0:
        raise BadRequest("times count from 0, when the machine was new.")
    if ages[-1] > MOST_VALUE:
        raise BadRequest(f"times: they are beyond {MOST_VALUE:g}.")
    if asked.time_unit in (None, own):
        return ages
    if asked.time_unit not in _SECONDS or own not in _SECONDS:
        raise BadRequest(f"time_unit: the model counts in {own}, not in {asked.time_unit!r:.40}.")
    found: Array = ages * (_SECONDS[asked.time_unit] / _SECONDS[own])
    return found
