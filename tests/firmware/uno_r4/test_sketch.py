"""The sketch itself, on a host: real TCP, real Mosquitto, shims for the board's libraries."""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from contract.messages import Birth
from tests.firmware.servers import Gateway
from tests.firmware.uno_r4.slow import LongWay
from tests.firmware.uno_r4.toolchain import environment
from tests.mosquitto import HOST, Mosquitto, eventually

DEVICE = "uno-r4-01"

pytestmark = pytest.mark.broker


class Board:
    """The running sketch; what it says and its LED's changes stand in the log."""

    def __init__(self, program: Path, directory: Path, port: int) -> None:
        self.log = directory / "board.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(program)],
                env=environment(port=port, eeprom=directory / "eeprom"),
                stderr=log,
            )


@contextmanager
def running(program: Path, directory: Path, port: int) -> Iterator[Board]:
    board = Board(program, directory, port)
    try:
        yield board
    finally:
        board.process.kill()
        board.process.wait()
        assert "Sanitizer" not in board.log.read_text()
        assert "runtime error" not in board.log.read_text()


@contextmanager
def births(port: int) -> Iterator[list[float | None]]:
    """The rate that each birth tells of, as they are published; those kept from before left out."""
    rates: list[float | None] = []

    def receive(_client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        if not message.retain:
            rates.append(msgspec.json.decode(message.payload, type=Birth).rate_hz)

    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = receive
    client.on_connect = lambda client, *_: client.subscribe("edgetwin/v1/+/+/birth", 1)
    subscribed = threading.Event()
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect(HOST, port)
    client.loop_start()
    assert subscribed.wait(timeout=120)
    try:
        yield rates
    finally:
        client.disconnect()
        client.loop_stop()


def stamps(gateway: Gateway, period_ms: int | None = None) -> list[int]:
    """When readings were taken that say this period, as far as the board had the time by then."""
    said = [reading for reading in gateway.readings(DEVICE) if "time_ms" in reading]
    said.sort(key=lambda reading: int(reading["seq"]))
    return [reading["time_ms"] for reading in said if reading.get("period_ms") == period_ms]


def usual_ms(times: list[int]) -> float:
    """From one to the next: over five of them, as a busy host is late for one or the other."""
    return median((after - before) / 5 for before, after in zip(times, times[5:], strict=False))


def test_it_greets_sends_five_a_second_and_dies_offline(
    sketch: Path, broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    with running(sketch, tmp_path, broker.port) as board:
        eventually(lambda: gateway.count(DEVICE) >= 25, "25 readings")
        assert board.log.read_text().splitlines()[-1] in {"online", "led 1"}
        birth = msgspec.json.decode(gateway.latest[f"{DEVICE}/birth"], type=Birth)
        assert (birth.asset, birth.location, birth.virtual) == ("fan", "bench", True)
        assert gateway.latest[f"{DEVICE}/status"] == b"online"
        epoch = gateway.epochs(DEVICE)[0]
        assert birth.epoch == epoch
        assert [seq for _epoch, seq in gateway.order[DEVICE][:25]] == list(range(1, 26))
        eventually(lambda: len(stamps(gateway)) >= 25, "readings with their time")
        assert abs(stamps(gateway)[-1] - time.time() * 1000) < 60_000
        assert usual_ms(stamps(gateway)) == pytest.approx(200, abs=10)
        assert gateway.watermark[(DEVICE, epoch)] >= 25
    eventually(lambda: gateway.latest[f"{DEVICE}/status"] == b"offline", "the will")
    assert gateway.gaps == 0


def test_it_obeys(sketch: Path, broker: Mosquitto, gateway: Gateway, tmp_path: Path) -> None:
    with running(sketch, tmp_path, broker.port) as board:
        eventually(lambda: gateway.count(DEVICE) >= 1, "a reading")
        result = gateway.command(DEVICE, "inject_fault", fault="overcurrent")
        assert (result["ok"], result["error"]) == (True, None)
        eventually(lambda: gateway.readings(DEVICE)[-1]["truth"] == "overcurrent", "the truth")
        eventually(lambda: gateway.readings(DEVICE)[-1]["values"]["current"] > 2.0, "the symptom")
        assert not gateway.command(DEVICE, "inject_fault", fault="rust")["ok"]
        gateway.send(DEVICE, "desired", {"rate_hz": 8, "set_point": 900})
        wanted = {"rate_hz": 8.0, "set_point": 900.0}
        eventually(lambda: json.loads(gateway.latest[f"{DEVICE}/reported"]) == wanted, "reported")
        assert gateway.command(DEVICE, "restart")["ok"]
        assert board.process.wait(timeout=120) == 3  # NVIC_SystemReset
    eventually(lambda: gateway.latest[f"{DEVICE}/status"] == b"offline", "a farewell")


def test_each_boot_has_its_own_epoch_and_the_broker_may_go(
    sketch: Path, broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    with running(sketch, tmp_path, broker.port):
        eventually(lambda: gateway.count(DEVICE) >= 3, "readings")
    with running(sketch, tmp_path, broker.port):
        eventually(lambda: len(gateway.epochs(DEVICE)) == 2, "readings of the second boot")
        first, second = gateway.epochs(DEVICE)
        assert first.split("-")[0] == second.split("-")[0]
        assert (first.split("-")[1], second.split("-")[1]) == ("1", "2")
        broker.kill()
        time.sleep(2)
        broker.start()
        reached = gateway.count(DEVICE)
        eventually(lambda: gateway.count(DEVICE) >= reached + 25, "readings after the outage")
    assert gateway.gaps == 0
    received = [seq for epoch, seq in gateway.order[DEVICE] if epoch == second]
    assert sorted(received) == list(range(1, max(received) + 1))


def test_a_broker_that_answers_nothing_does_not_stop_the_sensors(
    sketch: Path, broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    with running(sketch, tmp_path, broker.port):
        eventually(lambda: stamps(gateway), "readings with their time")
        assert broker._process
        broker._process.send_signal(signal.SIGSTOP)
        began_ms = time.time() * 1000
        time.sleep(8)
        ended_ms = time.time() * 1000
        broker._process.send_signal(signal.SIGCONT)
        reached = gateway.count(DEVICE)
        eventually(lambda: gateway.count(DEVICE) >= reached + 30, "readings after the silence")
    # 40 are due in the silence. A sketch that waited for a PUBACK would have one or two.
    assert sum(began_ms < stamp < ended_ms for stamp in stamps(gateway)) >= 10
    assert gateway.gaps == 0


def test_a_broker_that_answers_late_is_told_each_thing_once(
    sketch: Path, broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    with (
        births(broker.port) as rates,
        LongWay(broker.port, delay_s=0.2) as way,  # each PUBACK after 0.4 s: two periods
        running(sketch, tmp_path, way.port) as board,
    ):
        eventually(lambda: gateway.count(DEVICE) >= 25, "25 readings")
        assert gateway.command(DEVICE, "identify")["ok"]
        reached = gateway.count(DEVICE)
        eventually(lambda: gateway.count(DEVICE) >= reached + 10, "more readings")
        assert rates == [5.0]
        assert board.log.read_text().splitlines()[-1] in {"online", "led 0", "led 1"}
        assert gateway.command(DEVICE, "restart")["ok"]
        assert board.process.wait(timeout=120) == 3
        eventually(lambda: gateway.latest[f"{DEVICE}/status"] == b"offline", "a farewell")
    assert len(gateway.results) == 2
    assert gateway.gaps == 0


def test_it_keeps_the_rates_it_accepts_and_says_no_to_others(
    sketch: Path, broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    with (
        births(broker.port) as rates,
        LongWay(broker.port, delay_s=0.1) as way,
        running(sketch, tmp_path, way.port),
    ):
        eventually(lambda: stamps(gateway), "the clock is set")
        refusal = gateway.command(DEVICE, "set_rate", rate_hz=50)
        assert (refusal["ok"], refusal["error"]) == (False, "rate_hz must be 1/3600 to 10")
        assert gateway.command(DEVICE, "set_rate", rate_hz=10)["ok"]
        eventually(lambda: len(stamps(gateway, 100)) >= 50, "readings at ten a second")
        assert rates == [5.0, 10.0]
    assert usual_ms(stamps(gateway, 100)) == pytest.approx(100, abs=5)
