"""What one honest board notices of an old journal and of bad neighbours: its acks, at 10 Hz."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import aged, attacks
from bench.attacks import Board
from bench.programs import ROOT, NotMeasured
from bench.report import Figure, Section
from bench.screen import Screen
from bench.servers import Server, gateway, mosquitto, wait_until_connected

_WARM_UP_S: Final = 3.0
_SECONDS: Final = 25.0  # more than two rounds of retention
_LATE: Final = 600_000
_LATE_MINUTES: Final = 9_000
_ONE_MINUTE: Final = 200_000
_HOLES: Final = 300_000
_EPOCHS: Final = 300_000
_FLOOD_S: Final = 15.0
_PEER: Final = "alone, empty journal"


@dataclass(frozen=True, kw_only=True)
class Acks:
    """How long the honest board waited for its acks."""

    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, kw_only=True)
class Running:
    """A broker and a gateway."""

    broker_port: int
    server: Server


def measure(directory: Path, *, rows: int, minutes: int, screen: Screen) -> Section:
    """Each case beside the same board alone, in one run."""
    section = Section(title="Hostile: the acks of one honest board at 10 Hz")
    with _running(directory / "attacked") as running:
        alone = _watched(running, lambda: None, screen, _PEER)
        for what, attack in _ATTACKS.items():
            found = _watched(running, lambda a=attack: a(running.broker_port), screen, what)  # type: ignore[misc]
            _add(section, what, found, alone)
        peak_mb = running.server.program.memory_mb(peak=True)
        section.figures.append(
            Figure(what="memory, at most", unit="MB", ours=peak_mb, better="less", aim=400)
        )
    for what, sizes in {
        f"{rows:,} readings of a week": (rows, 0),
        f"{minutes:,} minutes": (0, minutes),
    }.items():
        place = directory / f"aged-{sizes[0]}"
        place.mkdir(parents=True)
        with screen.working(f"a journal of {what}"):
            aged.make(place / "journal.db", rows=sizes[0], minutes=sizes[1])
        started_s = time.monotonic()
        with _running(place) as running:
            start_s = time.monotonic() - started_s
            _add(section, what, _watched(running, lambda: None, screen, what), alone)
        section.figures.append(
            Figure(what=f"start on {what}", unit="s", ours=start_s, better="less", aim=3)
        )
        (place / "journal.db").unlink()
    section.notes.append(
        "From the publication of a reading to the `ack` that covers it; the gateway sends at most"
        " five a second. The attacker has a login of its own and what it may publish; sender,"
        " broker, gateway and the honest board share the cores."
    )
    return section


@contextmanager
def _running(directory: Path) -> Iterator[Running]:
    directory.mkdir(parents=True, exist_ok=True)
    with (
        mosquitto(directory) as broker,
        gateway(directory, broker_port=broker.port, inference_port=None) as server,
    ):
        wait_until_connected(server)
        yield Running(broker_port=broker.port, server=server)


def _watched(running: Running, attack: Callable[[], None], screen: Screen, what: str) -> Acks:
    """The honest board's acks while ``attack`` goes on, and for the rest of the time."""
    command = [sys.executable, "-m", "bench.honest", "--port", str(running.broker_port)]
    command += ["--seconds", str(_SECONDS)]
    with (
        screen.working(what),
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as honest,
    ):
        time.sleep(_WARM_UP_S)
        attack()
        output, _ = honest.communicate()
    waits = json.loads(output)
    if not waits:
        raise NotMeasured("the honest board has published nothing")
    # One that no ack has covered counts as the half minute it was waited for.
    ranked = sorted(30.0 if waited is None else waited for waited in waits)
    return Acks(p50_ms=ranked[len(ranked) // 2] * 1e3, p99_ms=ranked[int(len(ranked) * 0.99)] * 1e3)


def _add(section: Section, what: str, found: Acks, alone: Acks) -> None:
    for name, ours, theirs in (
        ("p50", found.p50_ms, alone.p50_ms),
        ("p99", found.p99_ms, alone.p99_ms),
    ):
        is_old = what not in _ATTACKS
        aim = (1.2 * theirs if is_old else 1_000.0) if name == "p99" else None
        section.figures.append(
            Figure(
                what=f"{what}: {name}",
                unit="ms",
                ours=ours,
                better="less",
                peer=_PEER,
                theirs=theirs,
                aim=aim,
            )
        )


# ---------------------------------------------------------------- attacks


def _send(name: str, items: Iterator[attacks.Reading], port: int, *, seconds: float = 60) -> None:
    board = Board(name, port=port)
    try:
        board.send(items, until_s=time.monotonic() + seconds)
    finally:
        board.close()


def _one_minute(port: int) -> None:
    """Fill a minute, then send 20 late readings a second into it."""
    board = Board("crowded", port=port)
    try:
        board.send(attacks.one_minute(_ONE_MINUTE))
        for second in range(12):
            board.send(attacks.into_that_minute(_ONE_MINUTE + 2 + 20 * second, 20))
            time.sleep(1.0)
    finally:
        board.close()


_ATTACKS: Final[dict[str, Callable[[int], None]]] = {
    f"{_LATE:,} late readings in {_LATE_MINUTES:,} minutes": lambda port: _send(
        "late", attacks.late(_LATE, minutes=_LATE_MINUTES), port
    ),
    f"{_ONE_MINUTE:,} readings in one minute, then 20 late a second": _one_minute,
    f"{_HOLES:,} holes, then a floor": lambda port: _send("holes", attacks.holes(_HOLES), port),
    f"{_EPOCHS:,} epochs": lambda port: _send("epochs", attacks.epochs(_EPOCHS), port),
    f"a flood of {_FLOOD_S:g} s": lambda port: _send(
        "flood", attacks.flood(), port, seconds=_FLOOD_S
    ),
}
