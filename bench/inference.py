"""The service answering from ONNX beside the very same service answering from scikit-learn.

``python -m bench.inference`` trains a model with the default settings into a temporary directory
(or takes one with ``--models``), starts both services as real uvicorn processes, asks each the
same over one kept-alive connection, turn by turn, and prints times and ratios.
"""

import argparse
import gc
import io
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import joblib
import msgspec
import uvicorn
from rich.console import Console
from rich.table import Table

from firmware import models
from gateway import assets
from gateway.assets.base import Asset
from inference import intake
from inference.__main__ import main as inference_main
from inference.app import create_app
from inference.explain import Explainer
from inference.features import extract
from inference.manifest import BASELINE, JOBLIB, Baseline, read, verified
from inference.model import Model, load
from inference.registry import Registry
from inference.schema import decode_batch

_HOST = "127.0.0.1"
_ROUNDS = 5
_CHUNK = 1 << 20
_BATCHES = (1, 5, 10, 100, 1000)
_BACKENDS = ("onnx", "scikit-learn")


class SklearnRegistry(Registry):
    """The same models, their probabilities computed by scikit-learn's ``predict_proba``."""

    def _load(self, name: str) -> Model:
        directory = self._directory / name
        manifest = read(directory, asset=name)
        forest = joblib.load(io.BytesIO(verified(directory, JOBLIB, manifest)))
        return Model(
            asset=assets.get(name),
            manifest=manifest,
            baseline=msgspec.json.decode(verified(directory, BASELINE, manifest), type=Baseline),
            probabilities=forest.predict_proba,
        )


@dataclass(frozen=True, kw_only=True)
class Call:
    name: str
    path: str
    body: bytes
    repeats: int

    @property
    def request(self) -> bytes:
        head = f"POST {self.path} HTTP/1.1\r\nhost: {_HOST}\r\ncontent-type: application/json\r\n"
        return f"{head}content-length: {len(self.body)}\r\n\r\n".encode() + self.body


class Service:
    """One backend in its own process, and one connection to it."""

    def __init__(self, backend: str, directory: Path) -> None:
        port = _free_port()
        command = [sys.executable, "-m", "bench.inference", "--serve", backend]
        self._process = subprocess.Popen(
            [*command, "--port", str(port), "--models", str(directory)]
        )
        self._socket = _connected(port)

    def ask_s(self, call: Call) -> float:
        request = call.request
        started_s = time.perf_counter()
        self._socket.sendall(request)
        answer = self._answer()
        taken_s = time.perf_counter() - started_s
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{call.path} answered {answer.decode()}")
        return taken_s

    def _answer(self) -> bytes:
        """One whole answer: a bare socket, for the client's own time is not what is measured."""
        answer = self._socket.recv(_CHUNK)
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._socket.recv(_CHUNK)
        length = int(answer.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
        parts, missing = [answer], end + 4 + length - len(answer)
        while missing > 0:
            parts.append(self._socket.recv(_CHUNK))
            missing -= len(parts[-1])
        return b"".join(parts)

    def cpu_s(self) -> float:
        """Processor time the service has used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait()


def _connected(port: int) -> socket.socket:
    for _ in range(300):
        try:
            connection = socket.create_connection((_HOST, port))
        except OSError:
            time.sleep(0.1)
        else:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
    raise SystemExit("the service did not start within 30 s")


def measure(asset: Asset, directory: Path, *, console: Console) -> None:
    """Ask both services everything, and print the table."""
    calls = _calls(asset)
    services = [Service(backend, directory) for backend in _BACKENDS]
    table = Table(title="one call over HTTP; CPU: of the ONNX service, a window")
    for heading in ("call", "ONNX ms", "95 %", "sklearn ms", "95 %", "ratio", "CPU us"):
        justify: Literal["left", "right"] = "left" if heading == "call" else "right"
        table.add_column(heading, justify=justify, no_wrap=True)
    try:
        for call in calls:
            _ask_both(services, call, rounds=1)
            table.add_row(*_row(call, services))
    finally:
        for service in services:
            service.stop()
    console.print(table)


def _row(call: Call, services: Sequence[Service]) -> list[str]:
    before_s = services[0].cpu_s()
    ours_s, theirs_s = _ask_both(services, call, rounds=_ROUNDS)
    cpu_us = (services[0].cpu_s() - before_s) * 1e6 / len(ours_s) / _windows(call)
    ratio = statistics.median(theirs_s) / statistics.median(ours_s)
    cells = [f"{value * 1e3:.2f}" for one in (ours_s, theirs_s) for value in _centre(one)]
    return [call.name, *cells, f"{ratio:.1f}", f"{cpu_us:.0f}"]


def _centre(times_s: Sequence[float]) -> tuple[float, float]:
    return statistics.median(times_s), sorted(times_s)[int(0.95 * len(times_s))]


def _ask_both(
    services: Sequence[Service], call: Call, *, rounds: int
) -> tuple[list[float], list[float]]:
    """Turn by turn, so that whatever else the machine does meets both."""
    times_s: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for service, taken_s in zip(services, times_s, strict=True):
            taken_s.extend(service.ask_s(call) for _ in range(call.repeats))
    return times_s


def _windows(call: Call) -> int:
    return len(decode_batch(call.body).windows) if "batch" in call.path else 1


def _calls(asset: Asset) -> list[Call]:
    values, rows = _readings(asset)
    single = msgspec.json.encode({"asset": asset.name, "values": values})
    return [
        Call(name="/predict, 1 reading", path="/predict", body=single, repeats=60),
        *(
            Call(
                name=f"/predict/batch, {count} x {len(rows)}",
                path="/predict/batch",
                body=_batch(asset, rows, count),
                repeats=max(4, 60 // max(1, count // 10)),
            )
            for count in _BATCHES
        ),
    ]


def _readings(asset: Asset) -> tuple[dict[str, float], list[list[float]]]:
    """What one faulty machine sends in a window's time."""
    machine = models.create(asset.name, 7)
    machine.inject(asset.faults[0].name)
    step_s = 1.0 / asset.nominal_rate_hz
    readings = [machine.step(step_s) for _ in range(round(asset.window_s / step_s))]
    names = [channel.name for channel in asset.required]
    rows = [[reading[name] for name in names] for reading in readings]
    return dict(zip(names, rows[-1], strict=True)), rows


def _batch(asset: Asset, rows: list[list[float]], count: int) -> bytes:
    step_ms = round(1000 / asset.nominal_rate_hz)
    times_ms = [1_763_629_200_000 + index * step_ms for index in range(len(rows))]
    body = {
        "asset": asset.name,
        "channels": [channel.name for channel in asset.required],
        "windows": [{"time_ms": times_ms, "rows": rows}] * count,
    }
    return msgspec.json.encode(body)


def where_the_time_goes(asset: Asset, directory: Path, *, console: Console) -> None:
    """The steps of one batch of five windows, all faulty, in this process."""
    model = load(directory / asset.name, asset=asset)
    manifest = model.manifest
    baseline = msgspec.json.decode(
        verified(directory / asset.name, BASELINE, manifest), type=Baseline
    )
    explainer = Explainer(baseline.usual, channels=asset.required)
    body = _batch(asset, _readings(asset)[1], 5)
    request = decode_batch(body)
    windows = intake.of_batch(request, asset=asset)
    found = extract(windows)
    chosen = model.judge(windows).chosen
    predictions = model.predict(windows)
    steps: list[tuple[str, Callable[[], object]]] = [
        ("decode", lambda: decode_batch(body)),
        ("check and arrange", lambda: intake.of_batch(request, asset=asset)),
        ("features", lambda: extract(windows)),
        ("features, forest, anomaly", lambda: model.judge(windows)),
        ("reasons", lambda: explainer.reasons(found, chosen)),
        ("encode", lambda: msgspec.json.encode(predictions)),
    ]
    table = Table(title="a batch of 5 windows, step by step (median)")
    table.add_column("step")
    table.add_column("time", justify="right")
    for name, step in steps:
        table.add_row(name, f"{_median_us(step):.0f} us")
    console.print(table)


def _median_us(step: Callable[[], object]) -> float:
    times_s = []
    for _ in range(500):
        started_s = time.perf_counter()
        step()
        times_s.append(time.perf_counter() - started_s)
    return statistics.median(times_s) * 1e6


def _serve(backend: str, port: int, directory: Path) -> None:
    registry = Registry(directory) if backend == "onnx" else SklearnRegistry(directory)
    gc.collect()
    gc.freeze()  # as `python -m inference serve` does
    uvicorn.run(create_app(registry), host=_HOST, port=port, access_log=False, log_level="warning")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.inference", description=__doc__)
    parser.add_argument("--asset", default=next(iter(assets.CATALOGUE)))
    parser.add_argument("--models", type=Path, help="directory of trained models, one an asset")
    parser.add_argument("--serve", choices=_BACKENDS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.serve:
        _serve(arguments.serve, arguments.port, arguments.models)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        directory = arguments.models or Path(scratch)
        asset = assets.get(arguments.asset)
        if not (directory / asset.name).exists():
            inference_main(["train", "--asset", asset.name, "--out", str(directory / asset.name)])
        console = Console()
        measure(asset, directory, console=console)
        where_the_time_goes(asset, directory, console=console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
