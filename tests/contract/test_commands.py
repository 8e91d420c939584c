"""The one definition of commands is what devices take, in Python and in C++."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contract.commands import ORDERS, Order
from firmware.device.commands import Commands

ROOT = Path(__file__).parents[2]

OTHER_KINDS = {"number": "5", "text": 5}


class Machine:
    """A device that does what it is told, and remembers it."""

    def __init__(self) -> None:
        self.done: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *given: self.done.append((name, given))

    def update(self, args: dict[str, Any]) -> None:
        self.done.append(("update", (args["manifest"], args["signature"])))


def told(order: str, args: dict[str, Any]) -> tuple[list[Any], str | None]:
    """What a device did of a command, and why not, if not."""
    machine = Machine()
    board = SimpleNamespace(time_ms=lambda: 0, identify=machine.identify)
    command = {"id": "a", "name": order, "args": args, "expires_ms": 1}
    answer = Commands(device=machine, board=board).handle(json.dumps(command).encode())
    assert answer is not None
    return machine.done, json.loads(answer)["error"]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_a_device_carries_out_the_example(order: Order) -> None:
    assert order.mistake(order.example) is None
    done, error = told(order.name, order.example)
    assert error is None
    assert done == [(order.name, tuple(order.example.values()))]


@pytest.mark.parametrize("order", [order for order in ORDERS if order.name != "update"])
def test_a_device_refuses_what_the_definition_refuses(order: Order) -> None:
    for argument in order.arguments:
        for args in ({}, {argument.name: OTHER_KINDS[argument.kind]}, {argument.name: True}):
            mistake = order.mistake(args)
            assert mistake is not None
            assert argument.name in mistake
            done, error = told(order.name, args)
            assert done == []
            assert error == f"{argument.name} must be a {argument.kind}"


def test_a_device_knows_these_and_no_other() -> None:
    _, error = told("explode", {})
    assert error == f"this device knows {', '.join(order.name for order in ORDERS)}; not explode"


def test_the_sketch_takes_the_same_arguments() -> None:
    sketch = (ROOT / "firmware/uno_r4/commands.h").read_text(encoding="utf-8")
    taken = re.findall(r'strcmp\(name, "(\w+)"\) == 0\) \{\s+device_\.\w+\((.*?)\);', sketch)
    found = {name: re.findall(r'member\("(\w+)"\)', given) for name, given in taken}
    flashed_by_cable = {"update"}
    assert found == {
        order.name: [argument.name for argument in order.arguments]
        for order in ORDERS
        if order.name not in flashed_by_cable
    }
