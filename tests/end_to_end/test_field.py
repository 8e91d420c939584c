"""Boards whose clocks are wrong or that measure seldom, by a real broker, gateway and REST."""

import itertools
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import httpx
import paho.mqtt.client as paho
import pytest

from tests.end_to_end.workshop import SITE, Workshop
from tests.mosquitto import eventually

pytestmark = pytest.mark.broker

GOOD: Final = {"temperature": 41.0, "rpm": 1200.0, "current": 1.05, "vibration": 0.8}
HOT: Final = {"temperature": 95.0, "rpm": 100.0, "current": 5.0, "vibration": 9.0}
ALL_FOUR: Final = {"temperature_high", "rpm_low", "current_high", "vibration_high"}
HOUR_MS: Final = 3_600_000


class Board:
    """Sends as it measures; ``values``, ``off_ms`` and ``period_s`` may change on the way."""

    def __init__(self, client: paho.Client, name: str, *, off_ms: int, period_s: float) -> None:
        self._client = client
        self.name = name
        self.off_ms = off_ms
        self.period_s = period_s
        self.values: dict[str, Any] = GOOD
        self.sent = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for seq in itertools.count(1):
            reading = {"epoch": "f1e1d000-1", "seq": seq, "time_ms": now_ms() + self.off_ms}
            payload = json.dumps(reading | {"values": self.values})
            self._client.publish(f"edgetwin/v1/{SITE}/{self.name}/telemetry", payload, 1)
            self.sent = seq
            if self._stopping.wait(self.period_s):
                return

    def end(self) -> None:
        self._stopping.set()
        self._thread.join()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def client(workshop: Workshop) -> Iterator[paho.Client]:
    made = workshop.client()
    yield made
    made.disconnect()
    made.loop_stop()


def alarms(workshop: Workshop, name: str, *, state: str = "open") -> dict[str, Any]:
    return {each["name"]: each for each in workshop.get(f"/alarms?state={state}&device={name}")}


def lines_of_csv(workshop: Workshop, name: str) -> list[str]:
    url = f"http://127.0.0.1:{workshop._api_port}/devices/{name}/export.csv"
    query = {"from": str(now_ms() - HOUR_MS), "to": str(now_ms())}
    return httpx.get(url, params=query, timeout=30).text.splitlines()


def test_wrong_clocks_and_rare_readings_are_shown_alarmed_and_summed_as_any(
    workshop: Workshop, client: paho.Client
) -> None:
    """One board is 5 h behind, one falls an hour back, one measures each 3 s: all burn."""
    behind = Board(client, "behind", off_ms=-5 * HOUR_MS, period_s=0.2)
    stepped = Board(client, "stepped", off_ms=0, period_s=0.2)
    rare = Board(client, "rare", off_ms=0, period_s=3.0)
    boards = (behind, stepped, rare)
    try:
        await_all(boards, lambda board: is_live(workshop, board.name), "live")
        hot_ms = now_ms()
        stepped.off_ms = -HOUR_MS
        for board in boards:
            board.values = HOT
        await_all(boards, lambda board: alarms(workshop, board.name).keys() >= ALL_FOUR, "alarmed")
        for board in boards:
            assert workshop.get(f"/devices/{board.name}/latest")["values"] == HOT
            found = alarms(workshop, board.name)
            assert found.keys() - ALL_FOUR <= ({"clock_off"} if board is not rare else set())
            for alarm in found.values():  # of now, not of hours ago
                assert abs(alarm["raised_ms"] - hot_ms) < HOUR_MS / 4
        eventually(lambda: "clock_off" in alarms(workshop, "stepped"), "its step is told")
        eventually(lambda: is_known_to_be_5_h_behind(workshop), "how far is told")
        await_all(boards, lambda board: has_sums(workshop, board), "measured")
        for board in boards:
            board.period_s, board.values = 0.2, GOOD
        await_all(
            boards, lambda board: not alarms(workshop, board.name).keys() & ALL_FOUR, "well again"
        )
        await_all(boards, lambda board: has_sums(workshop, board), "measured")
    finally:
        for board in boards:
            board.end()
    await_all(boards, lambda board: stored(workshop, board.name) == board.sent, "stored, once")


def await_all(boards: Iterable[Board], true: Callable[[Board], object], what: str) -> None:
    for board in boards:
        eventually(lambda b=board: true(b), f"{board.name} is {what}")  # type: ignore[misc]


def is_live(workshop: Workshop, name: str) -> bool:
    state = workshop.get(f"/devices/{name}/latest")
    return bool(state.get("fresh")) and abs(state["time_ms"] - now_ms()) < 5_000


def is_known_to_be_5_h_behind(workshop: Workshop) -> bool:
    alarm = alarms(workshop, "behind").get("clock_off", {"text": ""})
    clock = workshop.get("/devices/behind")["state"]["clock"]
    is_so = clock["corrected"] and abs(clock["offset_ms"] - 5 * HOUR_MS) < 2_000
    return is_so and "5 h 0 min behind" in alarm["text"]


def has_sums(workshop: Workshop, board: Board) -> bool:
    """History and CSV of the last minutes are there, and nearly all of the time is measured."""
    history = workshop.get(f"/devices/{board.name}/history")  # of the last 15 minutes
    energy = workshop.get(f"/devices/{board.name}/latest")["kpis"]["energy_wh"]
    hours = workshop.get(f"/devices/{board.name}/kpis?from={now_ms() - HOUR_MS}&to={now_ms()}")
    return (
        sum(history["count"]) > 5
        and len(lines_of_csv(workshop, board.name)) > 5
        and (energy["coverage"] or 0.0) > 0.6
        and (energy["value"] or 0.0) > 0.0
        and sum(each or 0.0 for each in hours["kpis"]["energy_wh"]["value"]) > 0.0
    )


def stored(workshop: Workshop, name: str) -> int:
    journal = sqlite3.connect(f"file:{workshop.journal}?mode=ro", uri=True)
    sql = "SELECT count(*) FROM reading WHERE device = (SELECT id FROM device WHERE name = ?)"
    try:
        return int(journal.execute(sql, (name,)).fetchone()[0])
    finally:
        journal.close()
