"""From a board with MicroPython to what the dashboard shows, through every real process between."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.accounts.credentials import DASHBOARD, Credential, Credentials
from tests.dashboard.workshop import ROOT, SITE, TOKEN, Workshop
from tests.firmware.servers import micropython, program
from tests.mosquitto import HOST, eventually

pytestmark = [pytest.mark.micropython, pytest.mark.broker]

DEVICE = "fan-90"
PATIENCE_S = 180.0  # for a slow machine; seconds are usual


class Onlooker:
    """Sees what the dashboard sees of the board: with its login, on its topics."""

    def __init__(self, login: Credential, port: int) -> None:
        self.latest: dict[str, Any] = {}  # by kind; `diagnosis` and `alarm` as JSON
        self.retained: set[str] = set()  # kinds that were there before we came
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(login.username, login.password)
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(f"edgetwin/v1/{SITE}/{DEVICE}/{kind}", 1) for kind in ("diagnosis", "alarm")]
        )
        self._client.on_message = self._receive
        self._client.connect(HOST, port)
        self._client.loop_start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _receive(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        kind = message.topic.rpartition("/")[2]
        self.latest[kind] = json.loads(message.payload)
        if message.retain:
            self.retained.add(kind)

    @property
    def diagnosis(self) -> dict[str, Any]:
        found: dict[str, Any] = self.latest.get("diagnosis", {})
        return found

    @property
    def alarms(self) -> set[str]:
        """The names of all that are open."""
        return {alarm["name"] for alarm in self.latest.get("alarm", {}).get("open", [])}

    @property
    def found(self) -> set[str]:
        """The beginnings of all that alarms say, with their evidence."""
        opened = self.latest.get("alarm", {}).get("open", [])
        said = [each["text"] for alarm in opened for each in (alarm, *alarm["evidence"])]
        return {text.split()[0] for text in said}


class Floor:
    """A workshop with one board: what a person does there."""

    def __init__(self, folder: Path) -> None:
        self.workshop = Workshop(folder)
        self._folder = folder

    def start(self, models: Path) -> None:
        shutil.copytree(models, self.workshop.models)
        for name in ("broker", "inference", "gateway"):
            self.workshop.start(name)

    @property
    def _broker_port(self) -> int:
        return int(self.workshop.url("broker").rpartition(":")[2])

    def board(self) -> list[str]:
        """Give the board a login of its own; the command line that starts it."""
        add = (sys.executable, "-m", "gateway", "device", "add", DEVICE, "--quiet")
        done = subprocess.run(
            add, env=self.workshop.environ, cwd=ROOT, check=True, capture_output=True, text=True
        )
        return micropython(
            "board.js",
            *("--device", DEVICE, "--host", HOST, "--port", self._broker_port, "--site", SITE),
            *("--username", DEVICE, "--password", done.stdout.strip(), "--seed", 7),
        )

    def onlooker(self) -> Onlooker:
        login = Credentials(self._folder, site=SITE).own(DASHBOARD)
        return Onlooker(login, self._broker_port)

    def order(self, name: str, **args: str) -> None:
        """A command through the API; again while the board is too slow to answer in time."""
        await_(lambda: self._ordered(name, args), f"{name} is carried out")

    def _ordered(self, name: str, args: dict[str, str]) -> bool:
        answer = httpx.post(
            self.workshop.url("gateway") + f"/devices/{DEVICE}/commands",
            json={"name": name, "args": args},
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=30,
        )
        assert answer.status_code in {200, 409, 504}, answer.text
        return answer.status_code == 200 and answer.json()["ok"]


def await_(true: Callable[[], object], what: str) -> None:
    eventually(true, what, within_s=PATIENCE_S)


@pytest.fixture
def floor(models: Path) -> Iterator[Floor]:
    # A short path: Mosquitto's socket is in it, and the system takes 107 characters.
    with tempfile.TemporaryDirectory(prefix="et-", ignore_cleanup_errors=True) as folder:
        made = Floor(Path(folder))
        try:
            made.start(models)
            yield made
        finally:
            made.workshop.stop()


@pytest.mark.timeout(900)  # with the training of a model
def test_a_fault_goes_from_the_board_to_the_dashboards_topics_and_back(
    floor: Floor, tmp_path: Path
) -> None:
    with floor.onlooker() as onlooker, program(floor.board(), tmp_path / "log") as board:
        await_(lambda: onlooker.diagnosis.get("fault") == "normal", "it is diagnosed as healthy")
        await_(lambda: onlooker.alarms == set(), "no alarm is open")

        floor.order("inject_fault", fault="overcurrent")
        await_(lambda: onlooker.diagnosis["fault"] == "overcurrent", "the fault is diagnosed")
        await_(lambda: onlooker.found == {"Overcurrent", "Current"}, "fault and limit are told")
        assert len(onlooker.alarms) == 1, "one cause, one alarm"
        with floor.onlooker() as latecomer:
            await_(lambda: latecomer.retained == {"diagnosis", "alarm"}, "it is shown at once")
            assert latecomer.diagnosis["fault_label"] == "Overcurrent Fault"
            reasons = {reason["channel"] for reason in latecomer.diagnosis["reasons"]}
            assert "current" in reasons
            assert latecomer.diagnosis["advice"]
            assert latecomer.found == {"Overcurrent", "Current"}

        floor.order("clear_fault")
        await_(lambda: onlooker.diagnosis["fault"] == "normal", "it is healthy again")
        await_(lambda: onlooker.alarms == set(), "no alarm is open")
        assert board.stop() == 0
        assert "Traceback" not in board.text()

    episodes = floor.workshop.api(f"/devices/{DEVICE}/timeline").json()
    assert "overcurrent" in [episode["fault"] for episode in episodes]
    [delivery] = [d for d in floor.workshop.api("/delivery").json() if d["device"] == DEVICE]
    assert delivery["stored"] > 0
    assert (delivery["missing"], delivery["quarantined"], delivery["conflicts"]) == (0, 0, 0)
