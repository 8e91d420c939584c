"""Words of a command line in, the request that they mean out."""

import json
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from inference.errors import BadRequest
from inference.simulation.bodies import SimulateBody, decoded


def body_of(arguments: Namespace) -> SimulateBody:
    """Raises BadRequest: one of them cannot be."""
    asked: dict[str, Any] = {
        "asset": arguments.asset,
        "hours": arguments.hours,
        "seed": arguments.seed,
        "inputs": _named(arguments.input, "--input"),
        "params": _named(arguments.param, "--param"),
        "faults": [_fault(word) for word in arguments.fault],
        "interval_s": arguments.interval,
    }
    body: SimulateBody = decoded(SimulateBody, json.dumps(asked))
    return body


def _named(words: Sequence[str], option: str) -> dict[str, float | str]:
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise BadRequest(f"{option} is {name!r}; write it as NAME=VALUE.")
    return {name: _value(text) for name, _, text in pairs}


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _fault(word: str) -> dict[str, Any]:
    fault, _, after = word.partition("@")
    hours = _value(after or "0")
    if isinstance(hours, str):
        raise BadRequest(f"--fault is {word!r}; write it as NAME@HOURS.")
    return {"fault": fault, "after_h": hours}
