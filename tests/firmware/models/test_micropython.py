"""A virtual machine does under MicroPython, as it is on a board, what it does here."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from firmware import models
from tests.firmware.models.test_models import ASSETS

pytestmark = pytest.mark.micropython

SCRIPT = Path(__file__).parent / "machine.mjs"
STEPS = 600  # without a fault, with each, and after the last


def there(asset: str, seed: int) -> list[list[Any]]:
    node = shutil.which("node")
    assert node, "node is not installed"
    arguments = (asset, seed, 1.0, STEPS)
    done = subprocess.run(
        [node, str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def here(asset: str, seed: int) -> list[list[Any]]:
    machine, found = models.create(asset, seed), []

    def tell() -> None:
        for _ in range(STEPS):
            values = machine.step(1.0)
            events = [list(event) for event in machine.take_events()]
            found.append([values, events, machine.truth, machine.intensity])

    tell()
    for fault in models.module(asset).FAULTS:
        machine.inject(fault)
        tell()
    machine.clear()
    tell()
    return found


def alike(one: Any, other: Any) -> bool:
    """The same texts, and numbers that print the same on a board."""
    if isinstance(one, str | None):
        return bool(one == other)
    if isinstance(one, dict):
        return set(one) == set(other) and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == pytest.approx(other, abs=1e-6))


@pytest.mark.parametrize("asset", ASSETS)
def test_micropython_simulates_the_same_machine_as_cpython(asset: str) -> None:
    ours, theirs = here(asset, 11), there(asset, 11)
    assert len(ours) == len(theirs)
    for step, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        assert alike(one, other), f"step {step}: {one} here, {other} there"
