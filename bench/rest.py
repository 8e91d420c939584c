"""What the dashboard waits for: a day of one machine as a chart, and the whole fleet as a list."""

import statistics
import time
from pathlib import Path
from typing import Final

import httpx

from bench import backlog
from bench.backlog import DEVICES, RATE_HZ, device_name
from bench.programs import NotMeasured
from bench.report import Figure, Section
from bench.screen import Screen
from bench.servers import Server, gateway, mosquitto, wait_until_connected
from contract.messages import Reading
from gateway.journal import Journal, Row

_DAY_MS: Final = 24 * 3_600_000
_PERIOD_MS: Final = round(1000 / RATE_HZ)
_BATCH: Final = 10_000
_EPOCH: Final = "0ddba11a-1"
_REPEATS: Final = 15
_BODY: Final = b'{"temperature":%.2f,"rpm":%d,"current":%.3f,"vibration":%.3f}'
_CALLS: Final = {
    "/devices/{id}/history, 24 h in 500 points": (
        "/devices/{device}/history?from={from_ms}&to={to_ms}"
    ),
    "/devices/{id}/history, 15 min": "/devices/{device}/history",
    "/devices/{id}/kpis, 24 h by hour": (
        "/devices/{device}/kpis?from={from_ms}&to={to_ms}&bucket=hour"
    ),
    "/devices, 200 devices": "/devices",
}


def measure(directory: Path, *, screen: Screen) -> Section:
    """Fill a journal with a day at 5 Hz, start a gateway on it, and ask."""
    end_ms = time.time_ns() // 1_000_000
    with screen.counting("a day of readings", _DAY_MS // _PERIOD_MS) as progress:
        _fill(directory / "journal.db", end_ms=end_ms, progress=progress)
    with mosquitto(directory) as broker:
        started_s = time.perf_counter()
        with gateway(directory, broker_port=broker.port, inference_port=None) as server:
            with screen.working("the gateway folds them all"):
                wait_until_connected(server)
            restored_s = time.perf_counter() - started_s
            _insist_on_a_whole_day(server, end_ms)
            figures = [_ask(server, what, path, end_ms) for what, path in _CALLS.items()]
    rows = _DAY_MS // _PERIOD_MS
    return Section(
        title="REST, as the dashboard asks it",
        figures=figures,
        notes=[
            (
                f"Median of {_REPEATS} calls over one connection; the journal holds {rows:,} "
                "readings of that device. A gateway that must fold them all from nothing is up "
                f"in {restored_s:.1f} s; after a checkpoint it folds what came since."
            )
        ],
    )


def _fill(path: Path, *, end_ms: int, progress: backlog.Progress) -> None:
    journal = Journal(path)
    total = _DAY_MS // _PERIOD_MS
    _add(journal, 0, [end_ms - (total - at) * _PERIOD_MS for at in range(total)], progress)
    for index in range(1, DEVICES):
        _add(journal, index, [end_ms - (10 - at) * _PERIOD_MS for at in range(10)], None)
    journal.close()


def _add(
    journal: Journal, index: int, times_ms: list[int], progress: backlog.Progress | None
) -> None:
    journal.begin()
    device_id = journal.add_device(name=device_name(index), asset="fan", now_ms=times_ms[0])
    epoch_id = journal.add_epoch(device_id=device_id, name=_EPOCH)
    for at, time_ms in enumerate(times_ms):
        body = _BODY % (40 + at % 900 / 50, 1180 + at % 20, 1.08, 0.8 + at % 7 / 100)
        reading = Reading(_EPOCH, at + 1, {}, time_ms, received_ms=time_ms)
        row = Row(journal.next_id, epoch_id, device_id, reading, body)
        journal.add_items([row])
        journal.next_id += 1
        if progress is not None and at % _BATCH == _BATCH - 1:
            journal.commit()
            journal.begin()
            progress(at + 1)
    journal.commit()


def _insist_on_a_whole_day(server: Server, end_ms: int) -> None:
    """A quick answer about some of the readings would be another measurement."""
    url = f"{server.url}/devices/{device_name(0)}/history?from={end_ms - _DAY_MS}&to={end_ms}"
    counted = sum(httpx.get(url, trust_env=False, timeout=60).json()["count"])
    if counted < 0.99 * _DAY_MS / _PERIOD_MS:
        raise NotMeasured(f"a day's history counts {counted:,} readings only")


def _ask(server: Server, what: str, path: str, end_ms: int) -> Figure:
    url = path.format(device=device_name(0), from_ms=end_ms - _DAY_MS, to_ms=end_ms)
    times_s = []
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        for _ in range(_REPEATS):
            started_s = time.perf_counter()
            answer = client.get(url)
            times_s.append(time.perf_counter() - started_s)
            if answer.status_code != httpx.codes.OK:
                raise NotMeasured(f"{path} answered {answer.status_code}: {answer.text[:200]}")
    return Figure(what=what, unit="ms", ours=statistics.median(times_s) * 1e3, better="less")
