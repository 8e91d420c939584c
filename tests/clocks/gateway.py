"""A real gateway whose wall clock a test makes wrong, and boards whose clocks are right."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.clocks.wall import WallClock
from tests.mosquitto import HOST, Mosquitto, eventually, free_port

ROOT = Path(__file__).parents[2]
SITE = "workshop"
GOOD = {"temperature": 41.0, "rpm": 1200.0, "current": 1.05, "vibration": 0.8}
PERIOD_S = 0.1
STOP_WITHIN_S = 120.0


class Gateway:
    """The process, its API and its journal. ``die`` and ``start`` again as you like."""

    def __init__(self, directory: Path, *, broker: Mosquitto, clock: WallClock) -> None:
        self.directory = directory
        self.broker = broker
        self.clock = clock
        self.journal = directory / "var" / "journal.db"
        self.alarms: list[dict[str, Any]] = []  # every word on the gateway's own
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._ear = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._ear.on_message = lambda _client, _userdata, said: self._hear(bytes(said.payload))

    def __enter__(self) -> Self:
        self._ear.connect(HOST, self.broker.port)
        self._ear.subscribe(f"edgetwin/v1/{SITE}/gateway/alarm", 1)
        self._ear.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()
        self._ear.disconnect()
        self._ear.loop_stop()

    def _hear(self, payload: bytes) -> None:
        event = json.loads(payload)["event"]
        if event is not None and event["name"] == "clock_in_doubt":
            self.alarms.append(event)

    # ------------------------------------------------------------ its life

    def start(self) -> None:
        environ = {key: value for key, value in os.environ.items() if "EDGETWIN" not in key}
        environ |= self.clock.env | {
            "EDGETWIN_DATA_DIR": str(self.directory / "var"),
            "EDGETWIN_BROKER_PORT": str(self.broker.port),
            "EDGETWIN_GATEWAY_PORT": str(self._port),
            "EDGETWIN_INFERENCE_PORT": "1",  # nobody answers there
            "EDGETWIN_SITE": SITE,
            "PYTHONPATH": str(ROOT),
        }
        with (self.directory / "gateway.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway"],
                cwd=self.directory, env=environ, stdout=log, stderr=log,
            )  # fmt: skip
        eventually(self._is_up, "the gateway is up")

    def _is_up(self) -> bool:
        try:
            return bool(self.health()["dependencies"]["broker"]["status"] == "ok")
        except httpx.TransportError:
            return False

    def die(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STOP_WITHIN_S)
            self._process = None

    # ------------------------------------------------------------ what it says

    def health(self) -> Any:
        return self.get("/health")

    def get(self, path: str) -> Any:
        return httpx.get(f"http://{HOST}:{self._port}{path}", timeout=60).json()

    @property
    def is_in_doubt(self) -> bool:
        return bool(self.health()["dependencies"]["clock"]["status"] == "down")

    def await_doubt(self, said: str) -> None:
        """Wait until ``/health`` and an alarm say so."""
        eventually(lambda: self.is_in_doubt, "/health says that the clock is in doubt")
        health = self.health()
        assert health["status"] == "degraded"
        assert said in health["dependencies"]["clock"]["detail"]
        eventually(lambda: "clock: The gateway's clock" in self.log, "the log says so")
        eventually(lambda: self.alarms and not self.alarms[-1]["cleared_ms"], "an alarm is raised")
        assert said in self.alarms[-1]["text"]

    def await_certainty(self) -> None:
        """Wait until neither says so any more."""
        eventually(lambda: not self.is_in_doubt, "/health says that the clock is right")
        eventually(lambda: self.alarms and self.alarms[-1]["cleared_ms"], "the alarm is cleared")
        eventually(lambda: "clock: it is right again" in self.log, "the log says so")

    def await_live(self, devices: Sequence[str]) -> None:
        """Wait until the states tell of this very moment, and are fresh."""
        eventually(lambda: all(map(self._is_live, devices)), f"{devices} are live")

    def _is_live(self, device: str) -> bool:
        state = self.get(f"/devices/{device}/latest")
        if "fresh" not in state:  # a problem: it has not been heard yet
            return False
        return bool(state["fresh"] and abs(state["time_ms"] - time.time() * 1000) < 2_000)

    @property
    def log(self) -> str:
        return (self.directory / "gateway.log").read_text()

    # ------------------------------------------------------------ what it holds

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        journal = sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)
        try:
            return journal.execute(sql).fetchall()
        finally:
            journal.close()

    def counts(self) -> dict[str, int]:
        tables = ("reading", "minute", "alarm", "gap", "quarantine")
        return {name: self.rows(f"SELECT count(*) FROM {name}")[0][0] for name in tables}

    def right_clocks(self) -> int:
        """How many boards a restart will know to have been right."""
        known = (json.loads(clock) for (clock,) in self.rows("SELECT clock FROM device") if clock)
        return sum(clock["is_known"] and not clock["offset_ms"] for clock in known)

    def times(self) -> dict[tuple[str, int], int]:
        """(device, seq) to the time it was stored with."""
        sql = "SELECT d.name, r.seq, r.time_ms FROM reading r JOIN device d ON d.id = r.device"
        return {(name, seq): time_ms for name, seq, time_ms in self.rows(sql)}


class Boards:
    """Sequenced boards that send ten readings a second of the true time, or ``off_ms`` from it."""

    def __init__(self, broker: Mosquitto, count: int, *, off_ms: int = 0) -> None:
        self.names = [f"fan-{number:02d}" for number in range(1, count + 1)]
        self.sent: dict[tuple[str, int], int] = {}
        self.acked: dict[str, int] = dict.fromkeys(self.names, 0)
        self._off_ms = off_ms
        self._stopping = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = lambda _client, _userdata, said: self._hear(said)
        self._client.connect(HOST, broker.port)
        self._client.subscribe(f"edgetwin/v1/{SITE}/+/ack", 0)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._send)
        self._seq = 0

    def _hear(self, said: paho.MQTTMessage) -> None:
        device = said.topic.split("/")[3]
        self.acked[device] = max(self.acked[device], json.loads(said.payload)["seq"])

    def start(self) -> None:
        self._thread.start()

    def _send(self) -> None:
        while not self._stopping.wait(PERIOD_S):
            self._seq += 1
            for name in self.names:
                time_ms = time.time_ns() // 1_000_000 + self._off_ms
                self.sent[name, self._seq] = time_ms
                reading = {"epoch": "00c10c00-1", "seq": self._seq, "time_ms": time_ms}
                payload = json.dumps(reading | {"values": GOOD})
                self._client.publish(f"edgetwin/v1/{SITE}/{name}/telemetry", payload, 1)

    def await_acked(self, more: int) -> None:
        """Wait until every board has so many more of its readings acknowledged."""
        goal = {name: seq + more for name, seq in self.acked.items()}
        eventually(
            lambda: all(self.acked[name] >= seq for name, seq in goal.items()),
            f"{more} more are acknowledged",
        )

    def stop(self) -> None:
        """Send no more, and wait until all is acknowledged."""
        self._stopping.set()
        self._thread.join()
        goal = dict.fromkeys(self.names, self._seq)
        eventually(lambda: self.acked == goal, "all is acknowledged")
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def sending(broker: Mosquitto, count: int, *, off_ms: int = 0) -> Iterator[Boards]:
    boards = Boards(broker, count, off_ms=off_ms)
    boards.start()
    try:
        yield boards
    finally:
        boards.stop()
