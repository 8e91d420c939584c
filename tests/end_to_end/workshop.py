"""A whole workshop of real processes, broker, gateway and devices, each of which can be killed."""

import contextlib
import json
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self

import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.clocks.wall import Shift
from tests.end_to_end import audit, eventful, evidence, launcher
from tests.end_to_end.audit import DeviceLog
from tests.end_to_end.checker import Marks, violations
from tests.end_to_end.evidence import Evidence
from tests.end_to_end.points import Orders
from tests.mosquitto import HOST, LIMITS, Mosquitto, eventually, free_port

SITE = "workshop"
STOP_WITHIN_S = 120.0
DEATH_WITHIN_S = 180.0  # devices that were not heard for long wait up to a minute
RETAINED_WITHIN_S = 60.0
RESTATED_WITHIN_S = 60.0  # late minutes wait for what is live, and are told with the next state
PATIENCE_S = 120.0  # longer than the longest pause of a device that was not heard
MUTANTS_PATIENCE_S = 6.0
QUIET_HZ = 0.1  # slow enough that everything is acknowledged before the next reading
STILL_S = 1.0  # longer than the live rates' period: who accepts nothing for so long is quiet


class Changed:
    """Since when a count stands still."""

    def __init__(self) -> None:
        self._count = -1
        self._since_s = 0.0

    def ago_s(self, count: int) -> float:
        if count != self._count:
            self._count, self._since_s = count, time.monotonic()
        return time.monotonic() - self._since_s


class Workshop:
    """Everything lives below ``directory``; the devices are fan-01, fan-02 and so on.

    So many ``dispensers`` are among the ``devices``: dispenser-01, dispenser-02 and so on.
    ``mutants`` are put into both programs; each changes only what it knows.
    """

    def __init__(
        self,
        directory: Path,
        *,
        broker: Mosquitto | None = None,
        devices: int = 3,
        dispensers: int = 0,
        rate_hz: float = 10.0,
        seed: int = 1,
        mutants: Sequence[str] = (),
        events: bool = False,
        data_dir: Path | None = None,
    ) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.broker = broker or Mosquitto(directory / "broker", LIMITS)
        self.broker_port_for_gateway = self.broker.port
        self.orders = Orders(directory / "orders")
        self.clock = Shift(directory)  # of the gateway
        self.set_aside: Marks = {}
        self.data_dir = data_dir or directory / "var"  # of the gateway
        self.spools = directory / "spools"
        self._fleet = {"fan": devices - dispensers, "dispenser": dispensers}
        self.names = [
            f"{asset}-{number:02d}"
            for asset, count in self._fleet.items()
            for number in range(1, count + 1)
        ]
        self._rate_hz = rate_hz
        self._seed = seed
        self._mutants = tuple(mutants)
        self._tells = {eventful.ASKS: "1"} if events else {}
        self._api_port = free_port()
        self._gateway: BaseProcess | None = None
        self._devices: BaseProcess | None = None
        self._is_quiet = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill_devices()
        self.kill_gateway()
        self.broker.kill()

    @property
    def journal(self) -> Path:
        return self.data_dir / "journal.db"

    @property
    def api_port(self) -> int:
        """The gateway's."""
        return self._api_port

    @property
    def audit_dir(self) -> Path:
        return self.directory / "audit"

    # ------------------------------------------------------------ the gateway

    def start_gateway(self, *, wait: bool = True, **settings: str) -> None:
        environ = {
            "EDGETWIN_DATA_DIR": str(self.data_dir),
            "EDGETWIN_BROKER_PORT": str(self.broker_port_for_gateway),
            "EDGETWIN_GATEWAY_PORT": str(self._api_port),
            "EDGETWIN_INFERENCE_PORT": "1",  # nobody answers there
            "EDGETWIN_SITE": SITE,
        }
        self._gateway = launcher.start(
            "gateway",
            environ=environ | settings,
            directory=self.directory,
            mutants=self._mutants_of("gateway"),
            shift=self.clock.file,
        )
        if wait:
            self.await_gateway()

    def _mutants_of(self, program: str) -> list[str]:
        of_devices = {"frees_on_puback"}
        return [name for name in self._mutants if (name in of_devices) == (program == "emulator")]

    def await_gateway(self) -> None:
        """Wait until it answers and has its broker."""
        eventually(self._is_connected, f"the gateway is up\n{self.log('gateway')[-2000:]}")

    def _is_connected(self) -> bool:
        assert self.gateway_lives, f"the gateway has ended\n{self.log('gateway')[-4000:]}"
        health = self.health()
        return health is not None and health["dependencies"]["broker"]["status"] == "ok"

    def health(self) -> dict[str, Any] | None:
        """What ``/health`` says, or None while nobody answers."""
        try:
            answer = httpx.get(f"http://{HOST}:{self._api_port}/health", timeout=30)
        except httpx.HTTPError:
            return None
        body: dict[str, Any] = answer.json()
        return body

    def get(self, path: str) -> Any:
        """What the gateway's API answers."""
        return httpx.get(f"http://{HOST}:{self._api_port}{path}", timeout=30).json()

    def send(self, method: str, path: str, body: Any) -> Any:
        """What the gateway's API answers to a body; it is taken."""
        url = f"http://{HOST}:{self._api_port}{path}"
        answer = httpx.request(method, url, json=body, timeout=30)
        assert answer.is_success, answer.text
        return answer.json()

    def metric(self, name: str) -> float:
        """A figure of ``/metrics``."""
        text = httpx.get(f"http://{HOST}:{self._api_port}/metrics", timeout=30).text
        lines = [line for line in text.splitlines() if line.startswith(f"{name} ")]
        assert lines, f"no {name} in\n{text}"
        return float(lines[0].split()[1])

    @property
    def gateway_lives(self) -> bool:
        return self._gateway is not None and self._gateway.is_alive()

    def await_gateway_dead(self) -> None:
        """Wait for the death that was ordered."""
        assert self._gateway is not None
        self._gateway.join(DEATH_WITHIN_S)
        assert not self._gateway.is_alive(), "the gateway did not come to the point"
        self._gateway = None

    def run_second_gateway(self) -> int | None:
        """Start another one on the same journal; returns its exit code, None while it runs on."""
        second = launcher.start(
            "gateway",
            environ={
                "EDGETWIN_DATA_DIR": str(self.data_dir),
                "EDGETWIN_BROKER_PORT": str(self.broker.port),
                "EDGETWIN_GATEWAY_PORT": str(free_port()),
                "EDGETWIN_SITE": SITE,
            },
            directory=self.directory,
        )
        second.join(STOP_WITHIN_S)
        code = second.exitcode
        second.kill()
        second.join()
        return code

    def kill_gateway(self) -> None:
        if self._gateway is not None:
            self._gateway.kill()
            self._gateway.join()
            self._gateway = None

    def stop_gateway(self) -> int | None:
        """SIGTERM; returns the exit code."""
        assert self._gateway is not None
        self._gateway.terminate()
        self._gateway.join(STOP_WITHIN_S)
        code, self._gateway = self._gateway.exitcode, None
        return code

    # ------------------------------------------------------------ the devices

    def start_devices(self, *arguments: str) -> None:
        self._devices = launcher.start(
            "emulator",
            arguments=[
                *("--fleet", ",".join(f"{asset}:{n}" for asset, n in self._fleet.items() if n)),
                *("--rate", str(self._rate_hz)),
                *("--faults", "none", "--seed", str(self._seed), "--site", SITE),
                *("--host", HOST, "--port", str(self.broker.port)),
                *("--data-dir", str(self.spools), "--audit", str(self.audit_dir)),
                *arguments,
            ],
            environ=self._tells,
            directory=self.directory,
            mutants=self._mutants_of("emulator"),
        )

    @property
    def devices_pid(self) -> int | None:
        return self._devices.pid if self._devices is not None else None

    def kill_devices(self) -> None:
        if self._devices is not None:
            self._devices.kill()
            self._devices.join()
            self._devices = None

    # ------------------------------------------------------------ what happens to them

    def signal(self, victim: str, number: int) -> None:
        """Send SIGSTOP or SIGCONT to ``gateway``, ``broker`` or ``devices``."""
        if victim == "broker":
            self.broker.pause(number)
            return
        gateway_pid = self._gateway.pid if self._gateway is not None else None
        pid = gateway_pid if victim == "gateway" else self.devices_pid
        assert pid is not None
        os.kill(pid, number)

    def restart_broker(self) -> None:
        """Let it die with all it holds, come back, and find the gateway again."""
        self.broker.kill()
        eventually(lambda: not self._is_connected(), "the gateway misses its broker")
        self.broker.start()
        self.await_gateway()

    def await_a_new_journal(self, *, after: int) -> None:
        """Wait until another journal than the first ``after`` was set aside and all goes on.

        What the devices had been told was stored may be gone from now on. The last that they were
        told of the old one may still be on its way to them.
        """
        eventually(lambda: self.journals_set_aside() > after, "the damage is noticed")
        self.await_gateway()
        self.await_accepted(20 * len(self.names))
        for log in self.logs():
            self.set_aside[log.device] = dict(log.acknowledged)

    def journals_set_aside(self) -> int:
        """How many so far."""
        return self.log("gateway").count("A new one was begun at")

    # ------------------------------------------------------------ what they say

    def log(self, name: str) -> str:
        path = self.directory / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def logs(self) -> list[DeviceLog]:
        return audit.read(self.audit_dir)

    def accepted(self) -> int:
        return sum(len(log.accepted) for log in self.logs())

    def acknowledged(self) -> int:
        return sum(len(log.promised) for log in self.logs())

    def gone(self) -> int:
        """How many accepted readings the journal does not hold."""
        found = evidence.read(self.journal)
        return sum(
            len(log.accepted.keys() - found.of(log.device).readings.keys()) for log in self.logs()
        )

    def await_progress(self, readings: int) -> None:
        """Wait until so many more readings are acknowledged."""
        goal = self.acknowledged() + readings
        eventually(lambda: self.acknowledged() >= goal, f"{readings} more are acknowledged")

    def await_accepted(self, readings: int) -> None:
        """Wait until the devices have measured so many more, whoever hears of them."""
        goal = self.accepted() + readings
        eventually(lambda: self.accepted() >= goal, f"{readings} more are accepted")

    # ------------------------------------------------------------ the end

    def quiesce(self) -> None:
        """Let the devices fall nearly silent and wait until all they accepted is acknowledged.

        When nothing more is acknowledged for a while, ``violations`` says what is still open.
        """
        for name in self.names:
            self.publish(name, "desired", {"rate_hz": QUIET_HZ}, retain=True)
        patience_s = MUTANTS_PATIENCE_S if self._mutants else PATIENCE_S
        acknowledged, accepted = Changed(), Changed()
        self._is_quiet = False
        while not self._is_quiet and acknowledged.ago_s(self.acknowledged()) < patience_s:
            time.sleep(0.05)
            is_still = accepted.ago_s(self.accepted()) >= STILL_S
            self._is_quiet = is_still and self._is_settled() and self._stays_settled()
        self.kill_devices()

    def _stays_settled(self) -> bool:
        """Whether all is acknowledged while the devices stand still, so that nothing more comes."""
        if self.devices_pid is None:
            return True
        self.signal("devices", signal.SIGSTOP)
        eventually(lambda: _stands(self.devices_pid), "the devices stand still")
        if self._is_settled():
            return True
        self.signal("devices", signal.SIGCONT)
        return False

    def _is_settled(self) -> bool:
        logs = self.logs()
        return len(logs) == len(self.names) and all(log.is_settled for log in logs)

    def evidence(self) -> Evidence:
        """The journal, and the states once they tell of its newest readings."""
        collected = evidence.read(self.journal)
        ours = {log.device for log in self.logs()}
        newest = {
            name: max(sample.time_ms for sample in stored.samples)
            for name, stored in collected.devices.items()
            if stored.samples and name in ours
        }
        states = self.states(lambda found: _is_newest(found, newest))
        return evidence.read(self.journal, states)

    def violations(self, *, gaps_are_expected: bool = False) -> list[str]:
        """What contradicts the promises, once all is quiet and late minutes are restated."""
        deadline_s = time.monotonic() + RESTATED_WITHIN_S
        while True:
            found = violations(
                self.logs(),
                self.evidence(),
                gaps_are_expected=gaps_are_expected,
                set_aside=self.set_aside,
            )
            if not found or self._mutants or time.monotonic() > deadline_s:
                break
        return found if self._is_quiet else ["not all is acknowledged", *found]

    # ------------------------------------------------------------ MQTT

    def client(self) -> paho.Client:
        """A connected client of its own."""
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        client.connect(HOST, self.broker.port)
        client.loop_start()
        return client

    def publish(self, device: str, kind: str, message: Any, *, retain: bool = False) -> None:
        """Publish at QoS 1 and wait for the broker's PUBACK."""
        client = self.client()
        payload = message if isinstance(message, bytes) else json.dumps(message)
        client.publish(_topic(device, kind), payload, 1, retain).wait_for_publish(60)
        client.disconnect()
        client.loop_stop()

    def retained(self, device: str, kind: str) -> Any:
        """The retained message of one topic; None when there is none."""
        found: list[bytes] = []
        marker, passed = f"marker/{uuid.uuid4().hex}", threading.Event()

        def hear(_client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
            if message.topic == marker:
                passed.set()
            else:
                found.append(bytes(message.payload))

        client = self.client()
        client.on_message = hear
        client.subscribe(_topic(device, kind), 1)
        client.subscribe(marker, 1)
        client.publish(marker, b"", 1)  # comes behind whatever is retained
        assert passed.wait(RETAINED_WITHIN_S)
        client.disconnect()
        client.loop_stop()
        return json.loads(found[-1]) if found else None

    def states(
        self, enough: Callable[[dict[str, dict[str, Any]]], bool], *, within_s: float = 60.0
    ) -> dict[str, dict[str, Any]]:
        """The published states by device, once they are ``enough`` or time is up."""
        found: dict[str, dict[str, Any]] = {}
        client = self.client()
        client.on_message = lambda _client, _userdata, message: found.update(
            {message.topic.split("/")[3]: json.loads(message.payload)}
        )
        client.subscribe(_topic("+", "state"), 0)
        deadline_s = time.monotonic() + within_s
        while not enough(dict(found)) and time.monotonic() < deadline_s:
            time.sleep(0.05)
        client.disconnect()
        client.loop_stop()
        return dict(found)


def _topic(device: str, kind: str) -> str:
    return f"edgetwin/v1/{SITE}/{device}/{kind}"


def _stands(pid: int | None) -> bool:
    """Whether every thread of the process is stopped, or ended."""
    with contextlib.suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        states = [(task / "stat").read_text().rpartition(") ")[2][0] for task in tasks]
        return all(state in "TtZX" for state in states)
    return False


def _is_newest(states: dict[str, dict[str, Any]], newest: dict[str, int]) -> bool:
    return all(
        name in states and states[name]["time_ms"] >= time_ms for name, time_ms in newest.items()
    )
