"""The shared vectors of every kind of item, under CPython and under MicroPython."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from firmware.device import payload
from tests.firmware.servers import ROOT
from tests.fixtures import payload_vectors
from tests.fixtures.payload_vectors import MIXED, plain

FILE = Path(payload_vectors.__file__).with_suffix(".json")
VECTORS: dict[str, Any] = json.loads(FILE.read_text())


def given(vector: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in vector["values"].items()}


def encode(vector: dict[str, Any], record: bytes) -> str:
    layout = payload.layout_of(MIXED)
    return layout.encode(epoch=vector["epoch"], seq=vector["seq"], record=record)


@pytest.mark.parametrize("vector", VECTORS["mixed"]["readings"], ids=lambda v: str(v["seq"]))
def test_states_labels_counters_and_parts_of_a_reading(vector: dict[str, Any]) -> None:
    record = payload.layout_of(MIXED).pack(
        time_ms=vector["time_ms"], values=given(vector), truth=vector["truth"]
    )
    assert encode(vector, record) == vector["json"]


@pytest.mark.parametrize("vector", VECTORS["events"], ids=lambda v: v["event"])
def test_events(vector: dict[str, Any]) -> None:
    record = payload.event(time_ms=vector["time_ms"], name=vector["event"], values=given(vector))
    assert encode(vector, record) == vector["json"]


@pytest.mark.micropython
def test_micropython_makes_the_same_bytes_of_all_of_them() -> None:
    node = shutil.which("node")
    assert node, "node is not installed"
    script = ROOT / "tests" / "firmware" / "device" / "vectors.mjs"
    done = subprocess.run(
        [node, str(script), str(FILE)], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    vectors = [item for kind in VECTORS["readings"].values() for item in kind]
    vectors += VECTORS["mixed"]["readings"] + VECTORS["events"]
    made = [bytes.fromhex(line).decode() for line in done.stdout.splitlines()]
    assert made == [vector["json"] for vector in vectors]
