"""Boards that are connected and useless: real clients and a real broker, and what is told."""

import itertools
import json
import math
import re
import signal
import threading
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.judging.conditions import PATIENCE_S
from tests.end_to_end.workshop import SITE, Workshop
from tests.mosquitto import HOST, eventually

pytestmark = pytest.mark.broker

GOOD = {"temperature": 41.0, "rpm": 1200.0, "current": 1.05, "vibration": 0.8}


class Board:
    """A paho client with a will, a birth and a reading every 100 ms; it comes back when it is cut.

    Boards of one name have one client id. Without an epoch it gives its readings no key.
    """

    def __init__(
        self,
        workshop: Workshop,
        name: str,
        *,
        epoch: str | None,
        values: dict[str, float] | None = None,
    ) -> None:
        self._topic = f"edgetwin/v1/{SITE}/{name}"
        self._epoch = epoch
        self._values = values or GOOD
        self._hung = threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name)
        self.client.will_set(f"{self._topic}/status", b"offline", 1, retain=True)
        self.client.on_connect = self._greet
        self.client.connect(HOST, workshop.broker.port)
        self.client.loop_start()
        self._thread = threading.Thread(target=self._measure)
        self._thread.start()

    def _greet(self, client: paho.Client, *_: Any) -> None:
        birth = {"asset": "fan", "epoch": self._epoch or "", "rate_hz": 10.0}
        client.publish(f"{self._topic}/birth", json.dumps(birth), 1, retain=True)
        client.publish(f"{self._topic}/status", b"online", 1, retain=True)

    def _measure(self) -> None:
        for seq in itertools.count(1):
            if self._hung.wait(0.1):
                return
            reading: dict[str, Any] = {"values": self._values}
            if self._epoch is not None:
                reading |= {"epoch": self._epoch, "seq": seq}
            self.client.publish(f"{self._topic}/telemetry", json.dumps(reading), 0)

    def hang(self) -> None:
        """Its program measures no more; its connection stands."""
        self._hung.set()
        self._thread.join()

    def end(self) -> None:
        self.hang()
        self.client.disconnect()
        self.client.loop_stop()


def alarms(workshop: Workshop, name: str) -> dict[str, str]:
    """The open alarms of a device with their sentences."""
    found = workshop.get(f"/alarms?state=open&device={name}")
    return {alarm["name"]: alarm["text"] for alarm in found}


def stored(workshop: Workshop, name: str) -> int:
    return sum(each["stored"] for each in workshop.get("/delivery") if each["device"] == name)


def shows_its_rate(workshop: Workshop, name: str) -> bool:
    period_ms = workshop.get(f"/devices/{name}/latest").get("period_ms")
    return period_ms is not None and 60 < period_ms < 160


def test_a_board_that_hangs_and_one_that_spoke_once_are_silent(workshop: Workshop) -> None:
    board = Board(workshop, "hung", epoch="aaaaaaaa-1")
    try:
        board.client.publish(f"edgetwin/v1/{SITE}/once/telemetry", json.dumps({"values": GOOD}), 0)
        eventually(lambda: stored(workshop, "hung") > 5, "it measures")
        eventually(lambda: shows_its_rate(workshop, "hung"), "and is heard as it measures")
        assert alarms(workshop, "hung") == {}
        board.hang()
        for name in ("hung", "once"):
            eventually(lambda name=name: "silent" in alarms(workshop, name), f"{name} is missed")  # type: ignore[misc]
        assert "its period is 0.1 s" in alarms(workshop, "hung")["silent"]
        assert workshop.get("/devices/hung")["status"] == "online"
    finally:
        board.end()
    again = Board(workshop, "hung", epoch="aaaaaaaa-2")
    try:
        eventually(lambda: alarms(workshop, "hung") == {}, "it is heard again")
    finally:
        again.end()


@pytest.mark.parametrize("epochs", [("aaaaaaaa-1", "bbbbbbbb-1"), (None, None)])
def test_two_boards_of_one_name_are_told(
    workshop: Workshop, epochs: tuple[str | None, str | None]
) -> None:
    boards = [Board(workshop, "both", epoch=epoch) for epoch in epochs]
    try:
        eventually(lambda: set(alarms(workshop, "both")) == {"two_boards"}, "they are told")
    finally:
        for board in boards:
            board.end()


def test_a_sensor_that_answers_nonsense_is_named_on_every_way(workshop: Workshop) -> None:
    heard: list[dict[str, Any]] = []
    listener = workshop.client()
    listener.on_message = lambda _, __, message: heard.append(json.loads(message.payload))
    listener.subscribe(f"edgetwin/v1/{SITE}/broken/alarm", 1)
    board = Board(workshop, "broken", epoch="aaaaaaaa-1", values=GOOD | {"temperature": -127.0})
    try:
        eventually(lambda: "refused" in alarms(workshop, "broken"), "it is told")
        text = alarms(workshop, "broken")["refused"]
        assert "temperature" in text
        assert "-127" in text
        eventually(
            lambda: any(each["event"] and each["event"]["name"] == "refused" for each in heard),
            "over MQTT as well",
        )
    finally:
        board.end()
        listener.disconnect()
        listener.loop_stop()


def told_of_the_broker(workshop: Workshop) -> str:
    """The sentence of ``/health``, which then is degraded; empty while all is well."""
    health = workshop.health()
    assert health is not None
    broker = health["dependencies"]["broker"]
    if broker["status"] == "ok":
        return ""
    assert health["status"] == "degraded"
    return str(broker["detail"])


def unanswered_s(workshop: Workshop) -> float:
    """For how long the broker has not answered; for ever where it was given up."""
    said = told_of_the_broker(workshop)
    found = re.search(r"but it has not answered for (\d+) s", said)
    if found:
        return float(found[1])
    return math.inf if said else 0.0


def test_a_broker_that_hangs_is_told_and_not_the_boards(workshop: Workshop) -> None:
    boards = [Board(workshop, name, epoch="aaaaaaaa-1") for name in ("one", "other")]
    try:
        for name in ("one", "other"):
            eventually(lambda name=name: shows_its_rate(workshop, name), f"{name} is heard")  # type: ignore[misc]
        workshop.signal("broker", signal.SIGSTOP)
        eventually(lambda: "it has not answered" in told_of_the_broker(workshop), "it is told")
        eventually(lambda: unanswered_s(workshop) > PATIENCE_S + 2.0, "boards would be missed")
        workshop.signal("broker", signal.SIGCONT)
        eventually(lambda: not told_of_the_broker(workshop), "all is well again")
        before = stored(workshop, "one")
        eventually(lambda: stored(workshop, "one") > before, "boards are heard again")
        assert workshop.get("/alarms?state=all") == []
    finally:
        workshop.signal("broker", signal.SIGCONT)
        for board in boards:
            board.end()
