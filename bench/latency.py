"""From a reading published to its diagnosis received: the whole path, and all of it in Node-RED."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import nodered, sensors
from bench.backlog import DEVICES, RATE_HZ
from bench.programs import NotMeasured, Program
from bench.report import Figure, Section
from bench.screen import Screen
from bench.sensors import Latencies
from bench.servers import SITE, gateway, inference, mosquitto, wait_until_connected
from contract import topics

_WARM_UP_S: Final = 6.0  # until windows are full and classes have settled
_PEER: Final = "all in Node-RED"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Latencies, and the share of one core that the programs took meanwhile."""

    latencies: Latencies
    cpu_percent: float


def measure(directory: Path, *, models: Path, seconds: float, screen: Screen) -> Section:
    """Diagnose 200 boards at 5 Hz for ``seconds``, with edgetwin and with the baseline."""
    section = Section(title=f"Sensor to diagnosis: {DEVICES} devices at {RATE_HZ:g} Hz, QoS 1")
    with screen.working(f"the gateway and inference, {seconds:g} s"):
        ours = _ours(_made(directory / "ours"), models, seconds)
    try:
        with screen.working(f"{_PEER}, {seconds:g} s"):
            theirs = _theirs(_made(directory / "baseline"), models, seconds)
    except NotMeasured as reason:
        section.notes.append(f"{_PEER}: not measured, {reason}")
        theirs = None
    _fill(section, ours, theirs)
    section.notes += _notes(ours.latencies, theirs.latencies if theirs else None)
    return section


def _ours(directory: Path, models: Path, seconds: float) -> Measured:
    with (
        mosquitto(directory) as broker,
        inference(directory, models=models) as service,
        gateway(directory, broker_port=broker.port, inference_port=service.port) as server,
    ):
        wait_until_connected(server)
        every = topics.subscription(site=SITE, kind=topics.DIAGNOSIS)
        return _watch([server.program, service.program], broker.port, every, seconds)


def _theirs(directory: Path, models: Path, seconds: float) -> Measured:
    with (
        mosquitto(directory) as broker,
        inference(directory, models=models) as service,
        nodered.running(
            directory, broker_port=broker.port, predict_url=f"{service.url}/predict"
        ) as program,
    ):
        return _watch([program, service.program], broker.port, nodered.DIAGNOSES, seconds)


def _watch(programs: list[Program], port: int, diagnoses: str, seconds: float) -> Measured:
    before_s, started_s = sum(program.cpu_s() for program in programs), time.perf_counter()
    latencies = sensors.measure(
        broker_port=port, diagnoses=diagnoses, warm_up_s=_WARM_UP_S, seconds=seconds
    )
    used_s = sum(program.cpu_s() for program in programs) - before_s
    elapsed_s = time.perf_counter() - started_s
    return Measured(latencies=latencies, cpu_percent=used_s / elapsed_s * 100)


def _fill(section: Section, ours: Measured, theirs: Measured | None) -> None:
    def add(what: str, unit: str, of: Callable[[Measured], float], aim: float | None) -> None:
        figure = Figure(
            what=what,
            unit=unit,
            ours=of(ours),
            better="less",
            peer=_PEER,
            theirs=of(theirs) if theirs else None,
            aim=aim,
        )
        section.figures.append(figure)

    add("half of them within", "ms", lambda m: m.latencies.percentile_ms(50), 5)
    add("99 % within", "ms", lambda m: m.latencies.percentile_ms(99), 20)
    add("the slowest", "ms", lambda m: m.latencies.seconds[-1] * 1e3, None)
    add("CPU of gateway/Node-RED and inference", "% of a core", lambda m: m.cpu_percent, None)


def _notes(ours: Latencies, theirs: Latencies | None) -> list[str]:
    taken, published = len(ours.seconds), ours.published
    answered = f"{len(theirs.seconds):,} of {theirs.published:,}" if theirs else "none"
    return [
        (
            "From just before the reading is written to the publisher's socket to the receipt of "
            "the diagnosis with that reading's `time_ms`, on one clock; the process that "
            "publishes and listens shares the cores."
        ),
        (
            "edgetwin stores each reading durably, judges a window of it and publishes an "
            f"unchanged class at most twice a second: {taken:,} of {published:,} readings have a "
            "diagnosis of their own to time."
        ),
        (
            "The baseline is a flow of six nodes (mqtt in, json, function, http request with "
            "keep-alive to the same `/predict`, function, mqtt out), with a broker connection of "
            "its own for each direction, which makes it faster. It judges single readings, "
            f"stores nothing, and answers each: {answered} were answered within half a minute "
            "of the last."
        ),
    ]


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory
