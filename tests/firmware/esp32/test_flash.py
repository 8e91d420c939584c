"""From a bare board to readings at the broker: the real tools, real MicroPython, a real broker."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.messages import Birth
from firmware.models import fan
from tests.firmware.esp32.conftest import Flash
from tests.firmware.esp32.virtual_board import VirtualBoard
from tests.firmware.servers import Gateway
from tests.mosquitto import Mosquitto, eventually

pytestmark = [pytest.mark.micropython, pytest.mark.broker]

PROGRAM = ("--program-only", "--chip", "esp32")
REAL = """
[sensors.temperature]
driver = "{temperature}"
pin = 32
[sensors.rpm]
driver = "tachometer"
pin = 27
[sensors.current]
driver = "{current}"
{where}
[sensors.vibration]
driver = "{vibration}"
scl = 22
sda = 21
"""


def test_a_board_is_set_up_reports_restarts_and_is_renewed(
    flash: Flash, board: VirtualBoard, gateway: Gateway, tmp_path: Path
) -> None:
    done = flash(*PROGRAM)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fan-11 is there" in done.stdout
    assert "/dashboard" in done.stdout
    assert "Wi-Fi: in hall" in done.stdout
    key = (tmp_path / "var" / "keys" / "fan-11").read_text().strip()
    assert json.loads((board.flash / "site.json").read_text())["update_key"] == key

    eventually(lambda: gateway.count("fan-11") >= 20, "readings")
    birth = msgspec.json.decode(gateway.latest["fan-11/birth"], type=Birth)
    assert birth.virtual
    assert [(c.name, c.unit) for c in birth.channels] == list(fan.CHANNELS)
    eventually(lambda: "time_ms" in newest(gateway), "a clock")
    assert abs(newest(gateway)["time_ms"] - time.time() * 1000) < 60_000
    dated = [item.get("time_ms") for item in gateway.readings("fan-11")]
    assert all(ms is None or ms > 1_700_000_000_000 for ms in dated)
    assert gateway.command("fan-11", "identify")["ok"]
    assert gateway.command("fan-11", "restart")["ok"]
    eventually(lambda: newest(gateway)["epoch"] != birth.epoch, "another epoch")
    first, second = gateway.epochs("fan-11")[:2]
    assert first.partition("-")[0] == second.partition("-")[0]

    again = flash(*PROGRAM)
    assert again.returncode == 0, again.stdout + again.stderr
    assert board.bites == 0
    assert gateway.gaps == 0


def newest(gateway: Gateway) -> dict[str, Any]:
    return gateway.readings("fan-11")[-1]


@pytest.mark.parametrize(
    ("temperature", "current", "where", "ampere"),
    [
        ("ntc", "ina219", "scl = 22\nsda = 21", 1.25),
        ("ds18b20", "acs712", "pin = 35\nvolts_per_ampere = 0.185", 1.0),
    ],
)
def test_real_sensors_are_read(  # noqa: PLR0917 - three of them are fixtures
    flash: Flash,
    site: Path,
    gateway: Gateway,
    temperature: str,
    current: str,
    where: str,
    ampere: float,
) -> None:
    sensors = REAL.format(
        temperature=temperature, current=current, where=where, vibration="adxl345"
    )
    text = site.read_text().replace("leave_out = []", 'leave_out = ["ambient"]')
    site.write_text(text + sensors)
    done = flash(*PROGRAM)
    assert done.returncode == 0, done.stdout + done.stderr
    eventually(lambda: gateway.count("fan-11") >= 10, "readings")
    birth = msgspec.json.decode(gateway.latest["fan-11/birth"], type=Birth)
    assert not birth.virtual
    assert "sensors" in birth.model
    reading = newest(gateway)
    assert "truth" not in reading
    values = reading["values"]
    assert set(values) == {"temperature", "rpm", "current", "vibration"}
    assert values["temperature"] == pytest.approx(25, abs=0.5)
    assert 100 < values["rpm"] <= 1300  # a busy host delays its pulses, and adds none
    assert values["current"] == pytest.approx(ampere, abs=0.02)
    assert values["vibration"] > 0
    assert "real machine" in gateway.command("fan-11", "inject_fault", fault="overcurrent")["error"]
    assert "not controlled" in gateway.command("fan-11", "set_point", set_point=900)["error"]


def test_a_silent_sensor_costs_its_channel_and_is_named_once(
    flash: Flash, site: Path, board: VirtualBoard, gateway: Gateway
) -> None:
    sensors = REAL.format(
        temperature="ntc", current="ina219", where="scl = 22\nsda = 21", vibration="mpu6050"
    )
    text = site.read_text().replace("leave_out = []", 'leave_out = ["ambient"]')
    site.write_text(text + sensors)
    done = flash(*PROGRAM)
    assert done.returncode == 0, done.stdout + done.stderr
    missing = "channels are missing: vibration: [Errno 19] ENODEV"
    eventually(lambda: missing in board.text(), "its name")
    seen = gateway.count("fan-11")
    eventually(lambda: gateway.count("fan-11") >= seen + 20, "readings without it")
    assert board.text().count("channels are missing") == 1
    assert set(newest(gateway)["values"]) == {"temperature", "rpm", "current"}


def test_what_was_damaged_on_the_way_is_noticed(flash: Flash, board: VirtualBoard) -> None:
    def spoil(data: bytes) -> bytes:
        return data.replace(b"delivery", b"delivary")

    board.spoil = spoil
    done = flash(*PROGRAM)
    assert done.returncode == 1
    assert "not what was sent" in done.stderr
    assert not (board.flash / "main.py").exists()


def test_a_board_that_is_no_micropython_is_named(flash: Flash, board: VirtualBoard) -> None:
    board.spoil = lambda _data: b""
    done = flash(*PROGRAM)
    assert done.returncode == 1
    assert "MicroPython does not answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("world", "words"),
    [
        ({"wifi_password": "other"}, ["the password of hall is wrong", "wifi.password"]),
        ({"ssid": "elsewhere"}, ["there is no network hall", "wifi.ssid"]),
    ],
)
def test_without_wifi_the_reason_is_given(
    flash: Flash, board: VirtualBoard, world: dict[str, str], words: list[str]
) -> None:
    board.world |= world
    done = flash(*PROGRAM, "--wait", "45")
    assert done.returncode == 1
    for word in words:
        assert word in done.stderr


def test_a_broker_that_refuses_the_board_is_named(
    board: VirtualBoard, flash: Flash, site: Path, tmp_path: Path
) -> None:
    directory = tmp_path / "locked"
    directory.mkdir()
    broker = Mosquitto(directory, users={"us": "right"})
    broker.start()
    try:
        port = f"port = {broker.port}\n"
        text = site.read_text().partition("port =")[0]
        site.write_text(text + port + 'username = "fan-11"\npassword = "wrong"\n')
        ours = {"EDGETWIN_BROKER_USERNAME": "us", "EDGETWIN_BROKER_PASSWORD": "right"}
        done = flash(*PROGRAM, **ours)
        assert done.returncode == 1
        assert "broker.username and broker.password" in done.stderr
        untouched = board.starts
        done = flash(*PROGRAM)
        assert done.returncode == 1
        assert "refused: Not authorized" in done.stderr
        assert board.starts == untouched
    finally:
        broker.kill()


def test_beside_make_ups_broker_no_login_of_ones_own_is_needed(
    flash: Flash, board: VirtualBoard, site: Path, tmp_path: Path
) -> None:
    """Its TCP port takes the board only, under its own name; the local socket lets us listen."""
    directory = tmp_path / "var" / "broker"
    directory.mkdir(parents=True)
    broker = Mosquitto(directory, users={"fan-11": "right"})
    conf = directory / "mosquitto.conf"
    listener = conf.read_text().splitlines()[0]
    passwords = f"password_file {directory}/passwords\n"
    conf.write_text(
        f"per_listener_settings true\nuser root\n{listener}\nallow_anonymous false\n{passwords}"
        f"use_username_as_clientid true\nlistener 0 {directory}/local.sock\nallow_anonymous true\n"
    )
    broker.start()
    try:
        text = site.read_text().partition("port =")[0]
        login = f'port = {broker.port}\nusername = "fan-11"\npassword = "right"\n'
        site.write_text(text + login)
        done = flash(*PROGRAM)
        assert done.returncode == 0, done.stdout + done.stderr
        assert board.text().count("connected to 127.0.0.1") == 1
    finally:
        broker.kill()


def test_no_broker_is_noticed_before_the_board_is_touched(
    flash: Flash, board: VirtualBoard, broker: Mosquitto
) -> None:
    broker.kill()
    untouched = board.starts
    done = flash(*PROGRAM)
    assert done.returncode == 1
    assert "No broker answers" in done.stderr
    assert board.starts == untouched


def test_a_dry_run_says_each_step_and_touches_nothing(flash: Flash, board: VirtualBoard) -> None:
    untouched = board.starts
    done = flash(*PROGRAM, "--dry-run")
    assert done.returncode == 0, done.stderr
    for words in (
        "/slot-a/firmware/device/app.mpy",
        "/main.py",
        "/site.json",
        "Nothing was written",
    ):
        assert words in done.stdout
    assert board.starts == untouched
    assert not (board.flash / "main.py").exists()


def cut_power(board: VirtualBoard) -> None:
    """And wait for the next life: only then does the host see what is on flash."""
    starts = board.starts
    board.power_cut()
    eventually(lambda: board.starts > starts, "the next life")


def test_readings_on_flash_survive_a_board_that_lost_power_without_a_gateway(
    flash: Flash, board: VirtualBoard, broker: Mosquitto
) -> None:
    """No gateway settles anything: what was flushed must be there for the next life."""
    assert flash(*PROGRAM).returncode == 0
    for patience_s in (20, 40, 80):  # 100 readings are due: a block of 64, on a host that works
        time.sleep(patience_s)
        cut_power(board)
        if list((board.flash / "spool").glob("*.seg2")):
            break
    late = Gateway(broker.port)
    try:
        eventually(lambda: len(late.epochs("fan-11")) >= 2, "both lives")
        old = late.epochs("fan-11")[0]
        seqs = sorted(seq for epoch, seq in list(late.stored["fan-11"]) if epoch == old)
        assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) >= 64
    finally:
        late.close()
    assert late.wrong == []
