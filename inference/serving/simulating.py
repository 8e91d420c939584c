"""The paths of simulation: a request is checked here and carried out by a process of its own."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from fastapi import APIRouter, FastAPI, Response
from starlette.responses import StreamingResponse

from inference.errors import InferenceError
from inference.serving.devices import with_device
from inference.serving.schema import Problem
from inference.serving.simulation_answers import ScenariosAnswer, SimulateAnswer, lines_of
from inference.serving.simulator import Simulator
from inference.settings import Settings
from inference.simulation import asked
from inference.simulation.__main__ import SCENARIOS, SIMULATE
from inference.simulation.bodies import Body, ScenariosBody, SimulateBody

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem} for status in (404, 413, 422, 503)
}
_LINES: Final = "application/x-ndjson"


def install(app: FastAPI, settings: Settings) -> None:
    """Add the paths to ``app``."""
    router, simulator = APIRouter(tags=["simulation"]), Simulator()

    @router.post("/simulate", responses=lines_of(SimulateAnswer) | _PROBLEMS)
    async def simulate(body: SimulateBody) -> Response:
        r"""Simulate one machine: its readings, its events, and the figures of its type.

        The figures are worked out by the gateway's own formulas.

        Nothing of it is published or stored. The same request has the same answer.

        ```sh
        curl -s http://127.0.0.1:8001/simulate -H 'Content-Type: application/json' \
          -d '{"asset": "fan", "hours": 1, "seed": 7, "inputs": {"set_point": 900}}'
        ```
        """
        asked.one(body, settings)
        return await _answered(simulator, SIMULATE, body, lines=body.progress)

    @router.post("/scenarios", responses=lines_of(ScenariosAnswer) | _PROBLEMS)
    async def scenarios(body: ScenariosBody) -> Response:
        r"""Simulate several scenarios of the same machines, and compare each with the first one.

        Each figure is a mean over the seeds with a band in which 90 % of them lie, and so is what
        it differs by: seed by seed the same machine with the same luck. With `device` it goes on
        from what the gateway knows of that one, at its parameters.

        ```sh
        curl -s http://127.0.0.1:8001/scenarios -H 'Content-Type: application/json' \
          -d '{"asset": "dispenser", "hours": 8, "seeds": 5, "scenarios": [{"name": "as it is"},
               {"name": "other", "inputs": {"users": 6, "flow_rate": 1.5, "temp_setpoint": 75}}]}'
        ```
        """
        if body.device is not None:
            body = await with_device(body, settings)
        asked.several(body, settings)
        return await _answered(simulator, SCENARIOS, body, lines=body.progress)

    app.include_router(router)


async def _answered(simulator: Simulator, kind: str, body: Body, *, lines: bool) -> Response:
    whole = body.model_dump_json().encode()
    if lines:
        return StreamingResponse(_told(simulator, kind, whole), media_type=_LINES)
    return Response(await simulator.answer(kind, whole), media_type="application/json")


async def _told(simulator: Simulator, kind: str, body: bytes) -> AsyncIterator[bytes]:
    """What goes wrong behind the first line can be said in a line only."""
    try:
        async for line in simulator.lines(kind, body):
            yield line
    except InferenceError as error:
        yield msgspec.json.encode({"error": str(error)}) + b"\n"
