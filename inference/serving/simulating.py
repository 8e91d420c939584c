"""The paths of simulation: a request is checked here and carried out by a process of its own."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Final

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.responses import StreamingResponse

from hosting.guard.leaving import until_left
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
    async def simulate(body: SimulateBody, request: Request) -> Response:
        r"""Simulate one machine: its readings, its events, and the figures of its type.

        The figures are worked out by the gateway's own formulas.

        Nothing of it is published or stored. The same request has the same answer.

        ```sh
        curl -s http://127.0.0.1:8001/simulate -H 'Content-Type: application/json' \
          -d '{"asset": "fan", "hours": 1, "seed": 7, "inputs": {"set_point": 900}}'
        ```
        """
        asked.one(body, settings)
        if body.progress:
            return _in_lines(simulator, SIMULATE, body)
        return await _at_once(simulator, SIMULATE, body, request)

    @router.post("/scenarios", responses=lines_of(ScenariosAnswer) | _PROBLEMS)
    async def scenarios(body: ScenariosBody, request: Request) -> Response:
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
        if body.progress:
            return _in_lines(simulator, SCENARIOS, body)
        return await _at_once(simulator, SCENARIOS, body, request)

    app.include_router(router)


async def _at_once(simulator: Simulator, kind: str, body: Body, request: Request) -> Response:
    async def answer() -> Response:
        found = await simulator.answer(kind, _encoded(body))
        return Response(found, media_type="application/json")

    return await until_left(request, answer())


def _in_lines(simulator: Simulator, kind: str, body: Body) -> Response:
    return StreamingResponse(_told(simulator, kind, _encoded(body)), media_type=_LINES)


def _encoded(body: Body) -> bytes:
    return body.model_dump_json().encode()


async def _told(simulator: Simulator, kind: str, body: bytes) -> AsyncIterator[bytes]:
    """What goes wrong behind the first line can be said in a line only."""
    try:
        async with aclosing(simulator.lines(kind, body)) as lines:
            async for line in lines:
                yield line
    except InferenceError as error:
        yield msgspec.json.encode({"error": str(error)}) + b"\n"
