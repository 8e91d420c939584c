"""A stand-in for the gateway, and device processes that can be killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.mosquitto import HOST, eventually

ROOT = Path(__file__).parents[2]


class Gateway:
    """Keeps books of what the devices send and acknowledges five times a second, as ours does."""

    def __init__(self, port: int) -> None:
        self.stored: dict[str, dict[tuple[str, int], dict[str, Any]]] = {}
        self.order: dict[str, list[tuple[str, int]]] = {}
        self.latest: dict[str, bytes] = {}  # "device/kind" -> payload, all but telemetry
        self.results: list[dict[str, Any]] = []
        self.watermark: dict[tuple[str, str], int] = {}
        self.gaps = 0
        self.wrong: list[str] = []
        self._due: set[tuple[str, str]] = set()
        self._stopping = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="stand-in")
        self._client.on_connect = lambda client, *_: client.subscribe("edgetwin/v1/workshop/#", 1)
        self._client.on_message = self._receive
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(HOST, port)
        self._client.loop_start()
        self._acknowledging = threading.Thread(target=self._acknowledge)
        self._acknowledging.start()

    def close(self) -> None:
        self._stopping.set()
        self._acknowledging.join()
        self._client.disconnect()
        self._client.loop_stop()

    def _receive(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        _root, _version, _site, device, kind = message.topic.split("/")
        if kind != "telemetry":
            self.latest[f"{device}/{kind}"] = bytes(message.payload)
            if kind == "result":
                self.results.append(json.loads(message.payload))
            return
        if message.qos != 1 or message.retain:
            self.wrong.append("telemetry must be QoS 1 and not retained")
        content = json.loads(message.payload)
        for item in content if isinstance(content, list) else [content]:
            self._store(device, item)

    def _store(self, device: str, item: dict[str, Any]) -> None:
        key = (device, item["epoch"])
        books = self.stored.setdefault(device, {})
        seq = self.watermark.get(key, 0)
        if "oldest" in item:
            self.gaps += sum(
                (item["epoch"], s) not in books for s in range(seq + 1, item["oldest"])
            )
            seq = max(seq, item["oldest"] - 1)
        else:
            identity = (item["epoch"], item["seq"])
            if identity not in books:
                self.order.setdefault(device, []).append(identity)
            if books.setdefault(identity, item) != item:
                self.wrong.append(f"{device} {identity} came with other content")
        while (item["epoch"], seq + 1) in books:
            seq += 1
        self.watermark[key] = seq
        self._due.add(key)

    def _acknowledge(self) -> None:
        while not self._stopping.wait(0.2):
            for device, epoch in list(self._due):
                self._due.discard((device, epoch))
                self.send(device, "ack", {"epoch": epoch, "seq": self.watermark[(device, epoch)]})

    def send(self, device: str, kind: str, message: object) -> None:
        payload = json.dumps(message)
        self._client.publish(f"edgetwin/v1/workshop/{device}/{kind}", payload, 1)

    def command(self, device: str, name: str, **args: object) -> dict[str, Any]:
        """Order and wait for the result."""
        number = f"{name}-{len(self.results)}-{time.monotonic_ns()}"
        expires_ms = int(time.time() * 1000) + 100_000
        order = {"id": number, "name": name, "args": args, "expires_ms": expires_ms}
        self.send(device, "command", order)
        eventually(lambda: self._result(number), f"the result of {name}")
        return self._result(number) or {}

    def _result(self, number: str) -> dict[str, Any] | None:
        return next((result for result in list(self.results) if result["id"] == number), None)

    def count(self, device: str) -> int:
        return len(self.stored.get(device, {}))

    def readings(self, device: str) -> list[dict[str, Any]]:
        """Those of this moment, in the order they came: more come while somebody looks at them."""
        return list(self.stored.get(device, {}).values())

    def epochs(self, device: str) -> list[str]:
        """Those that readings have come of, in the order they came."""
        return list(dict.fromkeys(epoch for epoch, _seq in list(self.stored.get(device, {}))))


class Program:
    """A process of ours, its output kept."""

    def __init__(self, command: Sequence[str], log: Path, **environ: str) -> None:
        self.log = log
        clean = {k: v for k, v in os.environ.items() if not k.startswith("EDGETWIN_")}
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=clean | environ, stdout=file, stderr=subprocess.STDOUT
            )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal, unless it has ended, and wait."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(timeout=120)

    def text(self) -> str:
        return self.log.read_text()


@contextmanager
def program(command: Sequence[str], log: Path, **environ: str) -> Iterator[Program]:
    started = Program(command, log, **environ)
    try:
        yield started
    finally:
        started.stop(signal.SIGKILL)


def micropython(script: str, *arguments: object) -> list[str]:
    """The command line of one of the boards in firmware/emulator/wasm."""
    node = shutil.which("node")
    assert node, "node is not installed"
    assert (ROOT / "firmware" / "node_modules").is_dir(), "run `npm --prefix firmware ci`"
    path = ROOT / "firmware" / "emulator" / "wasm" / script
    return [node, str(path), *map(str, arguments)]


def emulator(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "firmware.emulator", *map(str, arguments)]
