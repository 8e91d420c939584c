"""The inference service beside the very same service answering from scikit-learn.

Both are real uvicorn processes with the same forest, asked the same over one kept-alive
connection each, turn by turn, so that whatever else the machine does meets both.
"""

import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bench.programs import HOST, NotMeasured
from bench.report import Figure, Section
from bench.screen import Screen
from bench.servers import Server, inference, sklearn_inference
from contract import assets
from contract.assets.words import Asset
from firmware import models as virtual_machines

_ROUNDS: Final = 5
_SECONDS_A_ROUND: Final = 0.5
_BATCHES: Final = (1, 5, 10, 100, 1000)
# The gateway asks about few windows often; a thousand at once is another program's catching up.
_AIM_UP_TO: Final = 10
_AIM: Final = 5.0
_CHUNK: Final = 1 << 20
_MACHINE: Final = 7

_HOW: Final = (
    "Median time of one call on a bare socket, services asked in turn; the peer is this service "
    "with scikit-learn's predict_proba in place of ONNX Runtime, same forest. "
    f"Aim: {_AIM:g} times faster up to {_AIM_UP_TO} windows; above, reading JSON and computing "
    "features, which both do, outweigh the forest."
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request, and how many windows it asks about."""

    what: str
    path: str
    body: bytes
    windows: int

    @property
    def request(self) -> bytes:
        head = f"POST {self.path} HTTP/1.1\r\nhost: {HOST}\r\ncontent-type: application/json\r\n"
        return f"{head}content-length: {len(self.body)}\r\n\r\n".encode() + self.body


def measure(directory: Path, *, models: Path, screen: Screen) -> Section:
    """Ask both services for one reading, and for batches of windows."""
    asset = next(one for one in assets.CATALOGUE.values() if (models / one.name).exists())
    with (
        inference(directory, models=models) as ours,
        sklearn_inference(directory, models=models) as theirs,
    ):
        servers = (ours, theirs)
        connections = (_Connection(ours), _Connection(theirs))
        figures, notes = [], []
        for call in _calls(asset):
            with screen.working(call.what):
                asked, note = _ask_both(call, servers, connections)
            figures.append(asked)
            notes.append(note)
    return Section(
        title="Inference over HTTP",
        figures=figures,
        notes=[
            _HOW,
            *notes,
        ],
    )


class _Connection:
    """A bare socket: the client's own time is not what is measured."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection((HOST, server.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask_s(self, call: Call) -> float:
        """Raises NotMeasured when the answer is none."""
        request = call.request
        started_s = time.perf_counter()
        self._socket.sendall(request)
        answer = self._answer()
        taken_s = time.perf_counter() - started_s
        if not answer.startswith(b"HTTP/1.1 200"):
            raise NotMeasured(f"{call.path} answered {answer.decode(errors='replace')[:300]}")
        return taken_s

    def _answer(self) -> bytes:
        answer = self._received()
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._received()
        length = int(answer.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
        parts, missing = [answer], end + 4 + length - len(answer)
        while missing > 0:
            parts.append(self._received())
            missing -= len(parts[-1])
        return b"".join(parts)

    def _received(self) -> bytes:
        received = self._socket.recv(_CHUNK)
        if not received:
            raise NotMeasured("the service closed the connection")
        return received


def _ask_both(
    call: Call, servers: Sequence[Server], connections: Sequence[_Connection]
) -> tuple[Figure, str]:
    times_s: tuple[list[float], list[float]] = ([], [])
    cpu_s = 0.0
    for _ in range(_ROUNDS):
        before_s = servers[0].program.cpu_s()
        times_s[0].extend(_asked_s(connections[0], call))
        cpu_s += servers[0].program.cpu_s() - before_s
        times_s[1].extend(_asked_s(connections[1], call))
    ours_ms, theirs_ms = (statistics.median(taken_s) * 1000 for taken_s in times_s)
    aim_ms = theirs_ms / _AIM if call.windows <= _AIM_UP_TO else None
    figure = Figure(
        what=call.what,
        unit="ms",
        ours=ours_ms,
        better="less",
        peer="scikit-learn",
        theirs=theirs_ms,
        aim=aim_ms,
    )
    slow_ms = sorted(times_s[0])[int(0.95 * len(times_s[0]))] * 1000
    cpu_us = cpu_s / len(times_s[0]) * 1e6
    note = (
        f"{call.what}: 95 % within {slow_ms:.2f} ms; {cpu_us:,.0f} µs of processor time a call, "
        f"{cpu_us / call.windows:,.0f} a window."
    )
    return figure, note


def _asked_s(connection: _Connection, call: Call) -> list[float]:
    connection.ask_s(call)  # wakes the service up after its peer's turn
    until_s = time.perf_counter() + _SECONDS_A_ROUND
    taken_s = [connection.ask_s(call)]
    while time.perf_counter() < until_s:
        taken_s.append(connection.ask_s(call))
    return taken_s


def _calls(asset: Asset) -> list[Call]:
    """One reading, and batches of a window's readings, of a machine in its first fault."""
    machine = virtual_machines.create(asset.name, _MACHINE)
    machine.inject(asset.faults[0].name)
    step_s = 1.0 / asset.nominal_rate_hz
    readings = [machine.step(step_s) for _ in range(round(asset.window_s / step_s))]
    names = [channel.name for channel in asset.required]
    rows = [[reading[name] for name in names] for reading in readings]
    values = dict(zip(names, rows[-1], strict=True))
    single = msgspec.json.encode({"asset": asset.name, "values": values})
    return [
        Call(what="/predict, one reading", path="/predict", body=single, windows=1),
        *(_batch_call(asset, names, rows, count) for count in _BATCHES),
    ]


def _batch_call(asset: Asset, names: list[str], rows: list[list[float]], count: int) -> Call:
    step_ms = round(1000 / asset.nominal_rate_hz)
    times_ms = [1_763_629_200_000 + index * step_ms for index in range(len(rows))]
    windows = [{"time_ms": times_ms, "rows": rows}] * count
    body = msgspec.json.encode({"asset": asset.name, "channels": names, "windows": windows})
    what = f"/predict/batch, {count:,} window{'s' if count > 1 else ''} of {len(rows)}"
    return Call(what=what, path="/predict/batch", body=body, windows=count)
