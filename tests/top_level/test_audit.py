"""Who was refused what, from where: the real broker and gateway, asked through REST."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.accounts.credentials import Credential
from scripts.settings import ROOT
from tests.mosquitto import free_port
from tests.top_level.mqtt5 import HOST, until
from tests.top_level.test_credentials import TOKEN, Broker, folder, topic

pytestmark = pytest.mark.broker


class Site:
    """A broker and a gateway that works with it."""

    def __init__(self, data_dir: Path) -> None:
        self.broker = Broker(data_dir)
        self.port = free_port()
        login = self.broker.account("gateway")
        self.environ = self.broker.environ | {
            "EDGETWIN_BROKER_PASSWORD": login.password,
            "EDGETWIN_BROKER_USERNAME": login.username,
            "EDGETWIN_GATEWAY_PORT": str(self.port),
        }
        self.client = httpx.Client(
            base_url=f"http://{HOST}:{self.port}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=60,
            limits=httpx.Limits(max_keepalive_connections=0),  # the gateway closes idle ones
        )
        self.start()

    def start(self, **environ: str) -> None:
        self.gateway = subprocess.Popen(
            [sys.executable, "-m", "gateway"], cwd=ROOT, env=self.environ | environ
        )
        until(self._is_connected, "the gateway")

    def _is_connected(self) -> bool:
        try:
            dependencies = self.client.get("/health").json()["dependencies"]
        except httpx.TransportError:
            return False
        return bool(dependencies["broker"]["status"] == "ok")

    def stop(self) -> None:
        self.gateway.terminate()
        self.gateway.wait()

    def entries(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.client.get("/audit", params=query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def await_entry(self, *, count: int = 1, **query: Any) -> dict[str, Any]:
        """The one entry of that kind, once it counts as many."""

        def is_there() -> bool:
            found = self.entries(**query)
            return bool(sum(entry["count"] for entry in found) >= count)

        until(is_there, f"{count} times {query} in the audit trail")
        found = self.entries(**query)
        assert sum(entry["count"] for entry in found) == count
        return found[0]


class Plain:
    """A paho client with the login of ``dev1`` that sends bare values and comes back when cut."""

    def __init__(self, broker: Broker, temperature: float) -> None:
        values = {"temperature": temperature, "rpm": 1187, "current": 1.08, "vibration": 0.82}
        self._payload = json.dumps({"values": values})
        self._is_over = threading.Event()
        login = broker.dev1
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=login.username)
        self._client.username_pw_set(login.username, login.password)
        self._client.connect(HOST, broker.port)
        self._thread = threading.Thread(target=self._measure)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._thread.start()
        return self

    def _measure(self) -> None:
        while not self._is_over.wait(0.5):
            self._client.publish(topic("dev1", "telemetry"), self._payload)

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with folder() as place:
        running = Site(Path(place))
        yield running
        running.stop()
        running.client.close()
        running.broker.stop()


def test_wrong_passwords(site: Site) -> None:
    for number in range(10):
        wrong = Credential(username="dev1", password=f"guess {number}")
        with site.broker.join(wrong) as stranger:
            assert not stranger.let_in
    entry = site.await_entry(what="login_refused", count=10)
    assert (entry["who"], entry["origin"]) == ("unknown", HOST)


def test_a_denied_publish_though_nothing_else_happens(site: Site) -> None:
    with site.broker.join(site.broker.dev1) as board:
        assert board.publish(topic("dev2", "birth")) == "Not authorized"
    entry = site.await_entry(what="publish_denied", who="dev1")
    assert entry["origin"] == HOST
    assert entry["detail"] == topic("dev2", "birth")


def test_two_connections_with_one_login(site: Site) -> None:
    with site.broker.join(site.broker.dev2) as first, site.broker.join(site.broker.dev2):
        until(first.lost.is_set, "the first connection ends")
    entry = site.await_entry(what="taken_over", who="dev2")
    assert entry["origin"] == HOST


def test_two_boards_that_say_nothing_of_themselves_are_told_apart(site: Site) -> None:
    """No will, no birth, no epoch: only the broker sees that there are two of them."""

    def open_alarms() -> list[str]:
        answer = site.client.get("/alarms", params={"state": "open", "device": "dev1"})
        return [alarm["name"] for alarm in answer.json()] if answer.status_code == 200 else []

    with Plain(site.broker, 30.0):
        until(lambda: site.client.get("/devices/dev1").status_code == 200, "the first board")
        assert open_alarms() == []
        with Plain(site.broker, 68.0):
            until(lambda: open_alarms() == ["two_boards"], "the two of them")


def test_wrong_tokens(site: Site) -> None:
    for number in range(9):
        headers = {"Authorization": f"Bearer guess{number}"}
        assert site.client.get("/devices", headers=headers).status_code == 401
    entry = site.await_entry(what="token_refused", count=9)
    assert entry["origin"] == HOST
    assert "guess" not in entry["detail"]


def test_logins_made_and_taken_away(site: Site) -> None:
    assert site.broker.command("device", "add", "dev8", "dev9").returncode == 0
    assert site.broker.command("device", "add", "dev9", "--renew").returncode == 0
    assert site.broker.command("device", "remove", "dev9", "--yes").returncode == 0
    assert site.broker.command("reader", "add", "screen").returncode == 0
    site.await_entry(what="reader_added")
    site.await_entry(what="device_added", count=2)
    entries = site.entries(what="device_renewed") + site.entries(what="device_removed")
    assert {entry["detail"] for entry in entries} == {"dev9"}
    assert all(entry["who"] and entry["origin"] for entry in entries)


def test_a_command_and_whom_the_dashboard_names(site: Site) -> None:
    reading = b'{"values":{"temperature":41.2,"rpm":1187,"current":1.08,"vibration":0.82}}'
    with site.broker.join(site.broker.dev1) as board:
        board.publish(topic("dev1", "telemetry"), reading)
        until(lambda: site.client.get("/devices/dev1").status_code == 200, "the device")
        for headers in ({}, {"X-Forwarded-For": "192.168.1.7"}):
            order = {"name": "identify"}
            site.client.post("/devices/dev1/commands", json=order, headers=headers)
    entry = site.await_entry(what="command", who="dashboard")
    assert entry["origin"] == "192.168.1.7"
    assert entry["detail"].startswith("identify to dev1")
    assert site.await_entry(what="command", who="api")["origin"] == HOST


def test_starts_stops_and_changed_settings(site: Site) -> None:
    site.stop()
    site.start(EDGETWIN_RETENTION_DAYS="9")
    site.await_entry(what="gateway_stopped")
    site.await_entry(what="gateway_started", count=2)
    entry = site.await_entry(what="settings_changed")
    assert entry["detail"] == "EDGETWIN_RETENTION_DAYS: 7.0 → 9.0"
    newest = site.entries(limit=2)
    assert newest[0]["id"] > newest[1]["id"]
    assert site.entries(to=newest[-1]["time_ms"], limit=1)[0]["time_ms"] < newest[-1]["time_ms"]
