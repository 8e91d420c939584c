"""A whole workshop of real processes on free ports, from broker to devices, killed at will."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import paho.mqtt.publish
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.mosquitto import free_port

ROOT: Final = Path(__file__).parents[2]
TOKEN: Final = "token-of-this-test"
LOGIN: Final = ("anybody", TOKEN)  # of the dashboard, where only the password counts
OPERATOR: Final = "tester"  # may write in the name of every device
SITE: Final = "workshop"
ZONE: Final = "Asia/Kathmandu"  # 5 h 45 min ahead of UTC, and of the browser
DEVICES: Final = 2
START_WITHIN_S: Final = 240.0
STOP_WITHIN_S: Final = 60.0
HEAR_WITHIN_S: Final = 120.0

_PYTHON: Final = (sys.executable, "-m")
_COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "broker": (*_PYTHON, "scripts.broker"),
    "inference": (*_PYTHON, "inference", "serve"),
    "gateway": (*_PYTHON, "scripts.login", "gateway", *_PYTHON, "gateway"),
    "dashboard": (
        *(*_PYTHON, "scripts.login", "dashboard"),
        *("node", str(ROOT / "node-red" / "start.mjs")),
    ),
    "devices": (*_PYTHON, "firmware.emulator", "--devices", str(DEVICES), "--faults", "none"),
}
_PORTS: Final = ("BROKER", "GATEWAY", "INFERENCE", "DASHBOARD")


class Workshop:
    """Starts and kills the processes by name; ``folder`` holds their data and their logs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = {name: free_port() for name in _PORTS}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def environ(self) -> dict[str, str]:
        """Every setting, so that no ``.env`` of the checkout plays a part."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("EDGETWIN_")}
        ports = {f"EDGETWIN_{name}_PORT": str(port) for name, port in self._ports.items()}
        return (
            clean
            | ports
            | {
                "EDGETWIN_API_TOKEN": TOKEN,
                "EDGETWIN_BROKER_PASSWORD": TOKEN,
                "EDGETWIN_BROKER_USERNAME": OPERATOR,
                "EDGETWIN_DATA_DIR": str(self._folder),
                "EDGETWIN_HOST": "127.0.0.1",
                "EDGETWIN_INFLUXDB_URL": "",
                "EDGETWIN_SITE": SITE,
                "EDGETWIN_TIME_ZONE": ZONE,
                "PYTHONPATH": str(ROOT),
            }
        )

    @property
    def data(self) -> Path:
        return self._folder

    @property
    def models(self) -> Path:
        """Where inference looks for its models."""
        return self._folder / "models"

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name.upper()]}"

    @property
    def dashboard(self) -> str:
        return self.url("dashboard")

    def start(self, name: str) -> None:
        """Start one process and wait until it serves."""
        self.launch(name)
        self._wait(name, _PROBES[name])

    def launch(self, name: str) -> None:
        """Start one process, whatever becomes of it."""
        log = (self._folder / f"{name}.log").open("ab")
        with log:
            self._running[name] = subprocess.Popen(
                _COMMANDS[name], env=self.environ, cwd=self._folder, stdout=log, stderr=log
            )

    def runs(self, name: str) -> bool:
        """Whether it was started, and not stopped."""
        return name in self._running

    def end(self, name: str) -> None:
        """SIGTERM, and wait until it has gone."""
        process = self._running.pop(name)
        process.terminate()
        _end(process)

    def await_end(self, name: str) -> int:
        """Wait until it has ended by itself; its exit code."""
        return self._running.pop(name).wait(START_WITHIN_S)

    def kill(self, name: str) -> None:
        """SIGKILL: no farewell."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    @contextmanager
    def suspended(self, name: str) -> Iterator[None]:
        """A process that is there and says nothing."""
        process = self._running[name]
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        for process in reversed(self._running.values()):
            process.terminate()
        for process in self._running.values():
            _end(process)
        self._running.clear()

    def publish(self, device: str, kind: str, payload: str | None, *, retain: bool = True) -> None:
        """A message from a device; None takes a retained one back."""
        topic = f"edgetwin/v1/{SITE}/{device}/{kind}"
        port = self._ports["BROKER"]
        paho.mqtt.publish.single(
            topic,
            payload,
            qos=1,
            retain=retain,
            port=port,
            auth={"username": OPERATOR, "password": TOKEN},
        )

    def hear(self, device: str, kind: str) -> bytes:
        """Wait for the message that is retained, or the next one."""
        heard, came_as = threading.Event(), list[bytes]()

        def take(_client: Client, _data: object, message: MQTTMessage) -> None:
            came_as.append(bytes(message.payload))
            heard.set()

        client = Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set(OPERATOR, TOKEN)
        client.on_message = take
        client.connect("127.0.0.1", self._ports["BROKER"])
        client.subscribe(f"edgetwin/v1/{SITE}/{device}/{kind}", 1)
        client.loop_start()
        came = heard.wait(HEAR_WITHIN_S)
        client.disconnect()
        client.loop_stop()
        assert came, f"no {kind} of {device}"
        return came_as[0]

    def api(self, path: str) -> httpx.Response:
        """The gateway itself, past the dashboard, with the token."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.get(self.url("gateway") + path, headers=headers, timeout=60)

    def send(self, method: str, path: str, body: object) -> None:
        """Tell the gateway itself; it is taken."""
        answer = self._told(method, path, body)
        assert answer.is_success, answer.text

    def order(self, device: str, command: object) -> httpx.Response:
        """Tell a device to do something, which it may refuse or not hear."""
        return self._told("POST", f"/devices/{device}/commands", command)

    def _told(self, method: str, path: str, body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = self.url("gateway") + path
        return httpx.request(method, url, json=body, headers=headers, timeout=60)

    def _wait(self, name: str, probe: "Callable[[Workshop], bool]") -> None:
        deadline_s = time.monotonic() + START_WITHIN_S
        while not _answers(self, probe):
            if self._running[name].poll() is not None or time.monotonic() > deadline_s:
                raise AssertionError(f"{name} did not start:\n{self.log(name)}")
            time.sleep(0.1)

    def log(self, name: str) -> str:
        """The end of what it wrote."""
        return (self._folder / f"{name}.log").read_text(errors="replace")[-4000:]


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(workshop: Workshop, probe: "Callable[[Workshop], bool]") -> bool:
    try:
        return probe(workshop)
    except (OSError, httpx.HTTPError):
        return False


def _listens(workshop: Workshop) -> bool:
    port = int(workshop.url("broker").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def _serves(name: str, path: str) -> Callable[[Workshop], bool]:
    return lambda workshop: (
        httpx.get(
            workshop.url(name) + path, auth=LOGIN, follow_redirects=True, timeout=60
        ).is_success
    )


def _devices_known(workshop: Workshop) -> bool:
    devices = workshop.api("/devices").json()
    told = [device for device in devices if device["state"]]
    judged = [device for device in told if device["diagnosis"]]
    return len(judged if workshop.runs("inference") else told) >= DEVICES


_PROBES: Final[dict[str, Callable[[Workshop], bool]]] = {
    "broker": _listens,
    "inference": _serves("inference", "/health"),
    "gateway": _serves("gateway", "/health"),
    "dashboard": _serves("dashboard", "/dashboard"),
    "devices": _devices_known,
}
