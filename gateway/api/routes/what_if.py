"""What if: a machine goes on from its live state in a simulation, as it is and told otherwise."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import msgspec
from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse

from contract.errors import Conflict, GatewayError, Unavailable
from gateway.api import examples, schema, what_if
from gateway.api.context import Context, Ctx, json_response
from gateway.api.openapi import answers
from gateway.api.params import DeviceName
from gateway.api.schema.what_if import WhatIfBody
from gateway.api.simulations import Line
from gateway.api.views import state_of
from gateway.twin.own_channels import channels_with

router = APIRouter(tags=["Devices"])
_LINES: Final = "application/x-ndjson"


@router.post(
    "/devices/{device}/what-if",
    summary="What if it were told otherwise",
    responses=answers(schema.WhatIf, examples.WHAT_IF, 404, 409, 413, 415),
)
async def ask_what_if(device: DeviceName, body: WhatIfBody, context: Ctx) -> Response:
    r"""Simulate the next hours from the live state: as it is, and with `inputs`, `params`.

    `inputs` of its type are in `/catalogue`. Each figure is the mean over so many virtual machines
    with a band in which 90 % of them lie; `delta` is what each of them differs by. A chance is the
    share of them that passed a limit (the machine's own, where it has such), or came to a fault by
    what they were told, or went out of order: none breaks or wears by itself. What a model does not
    know of this machine is not in it, nor a fault that it has now (`left_out`). With `progress` the
    answer comes as lines of JSON: `{"done": 0.4}`, …, and at last `{"answer": …}` or
    `{"error": …}`.

    ```sh
    curl -s http://127.0.0.1:8000/devices/fan-01/what-if -X POST \
      -H 'Content-Type: application/json' \
      -d '{"hours": 2, "seeds": 4, "inputs": {"set_point": 900}}'
    ```
    """
    asked = _asked(device, body, context)
    missing = _left_out(device, context)
    if body.progress:
        return StreamingResponse(_lines(device, asked, missing, context), media_type=_LINES)
    async with aclosing(context.services.simulations.lines(asked)) as lines:
        async for line in lines:
            if line.answer is not None:
                return json_response(what_if.told(device, line.answer, missing))
    raise Unavailable("The simulation ended without an answer.")


def _asked(device: str, body: WhatIfBody, context: Context) -> bytes:
    services = context.services
    found, now_ms = services.fleet.get(device), services.now_ms()
    state = state_of(found, now_ms=now_ms)
    if state is None:
        raise Conflict(f"{device} has not sent a reading yet: there is no state to go on from.")
    to_ms = now_ms + round(body.hours * what_if.HOUR_MS)
    params = services.registrar.register.params
    terms = params.over(found.asset, device=device, from_ms=now_ms, to_ms=to_ms)
    own = services.registrar.register.own_limits.at(device, now_ms)
    question = what_if.Question(
        hours=body.hours, seeds=body.seeds, inputs=body.inputs, params=body.params
    )
    return what_if.asked(
        question,
        asset=found.asset,
        channels=channels_with(found.asset.channels, own),
        state=state,
        terms=terms,
        now_ms=now_ms,
    )


def _left_out(device: str, context: Context) -> list[what_if.Row]:
    found = context.services.fleet.get(device)
    return what_if.left_out(found.asset, found.alarms.values(), found.diagnosis)


async def _lines(
    device: str, asked: bytes, missing: list[what_if.Row], context: Context
) -> AsyncGenerator[bytes, None]:
    """What goes wrong behind the first line can be said in a line only."""
    try:
        async with aclosing(context.services.simulations.lines(asked)) as lines:
            async for line in lines:
                yield _encoded(device, line, missing)
    except GatewayError as error:
        yield msgspec.json.encode({"error": str(error)}) + b"\n"


def _encoded(device: str, line: Line, missing: list[what_if.Row]) -> bytes:
    whole = line.answer
    answer = None if whole is None else what_if.told(device, whole, missing)
    said = {"done": line.done} if answer is None else {"answer": answer}
    return msgspec.json.encode(said) + b"\n"
