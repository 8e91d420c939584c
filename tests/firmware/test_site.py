"""site.toml: what is right becomes the board's settings, what is wrong is named."""

import json
import ssl
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware import site
from firmware.chips import CHIPS
from firmware.errors import SiteError

ROOT = Path(__file__).parents[2]
BASE = """
[device]
id = "fan-11"
[wifi]
ssid = "hall"
password = "secret"
[broker]
host = "192.168.1.10"
"""
SENSORS = """
[sensors.temperature]
driver = "ds18b20"
pin = 4
[sensors.rpm]
driver = "tachometer"
pin = 27
[sensors.current]
driver = "ina219"
scl = 22
sda = 21
[sensors.vibration]
driver = "mpu6050"
scl = 22
sda = 21
"""
ESP32 = CHIPS["esp32"]


def written(path: Path, text: str) -> Path:
    file = path / "site.toml"
    file.write_text(text)
    return file


def test_the_example_is_right_and_so_is_all_it_comments_out(tmp_path: Path) -> None:
    example = (ROOT / "site.example.toml").read_text()
    site.read(written(tmp_path, example))
    lines = example.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("# [sensors.temperature]"))
    shown = "\n".join(line.lstrip("# ") for line in lines[start:])
    lists = 'simulate = ["vibration"]\nleave_out = ["ambient"]\n'
    shown = shown.partition("[sensors.vibration]")[0]
    read = site.read(written(tmp_path, lists + example + shown))
    site.check_pins(read, ESP32)
    assert set(read.sensors) == {"temperature", "rpm", "current"}


def test_the_boards_settings_hold_all_that_start_reads(tmp_path: Path) -> None:
    read = site.read(written(tmp_path, 'leave_out = ["ambient"]\n' + BASE + SENSORS))
    settings = json.loads(site.settings(read, ESP32, update_key=b"\x01\xff"))
    assert settings == {
        "site": "workshop",
        "device": "fan-11",
        "asset": "fan",
        "location": "",
        "rate_hz": 5.0,
        "update_key": "01ff",
        "host": "192.168.1.10",
        "port": 1883,
        "username": "",
        "password": "",
        "tls": False,
        "wifi": {"ssid": "hall", "password": "secret"},
        "ntp": "pool.ntp.org",
        "lamp": {"kind": "plain", "pin": 2},
        "sensors": {
            "temperature": {"driver": "ds18b20", "pin": 4},
            "rpm": {"driver": "tachometer", "pin": 27, "pulses_per_turn": 2},
            "current": {
                "driver": "ina219",
                "scl": 22,
                "sda": 21,
                "address": 64,
                "shunt_ohm": 0.1,
            },
            "vibration": {"driver": "mpu6050", "scl": 22, "sda": 21, "address": 104},
        },
        "simulate": [],
        "leave_out": ["ambient"],
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = ", "not TOML"),
        (BASE.replace('"hall"', "5"), "wifi.ssid: Expected `str`"),
        (BASE.replace('ssid = "hall"', ""), "ssid"),
        (BASE.replace("fan-11", "fan/11"), "device.id: must be letters"),
        (BASE.replace('host = "192.168.1.10"', 'host = "x"\nport = 99999'), "broker.port"),
        (BASE + "colour = 1", "colour"),
        (BASE.replace("[wifi]", 'asset = "dragon"\n[wifi]'), "no virtual machine of type dragon"),
        ('simulate = ["rpm"]' + BASE, r"for boards with \[sensors\]"),
        (BASE + SENSORS, "nothing measures ambient"),
        ('leave_out = ["ambient"]\nsimulate = ["ambient"]' + BASE + SENSORS, "must stand in one"),
        ('leave_out = ["ambient", "depth"]' + BASE + SENSORS, "no channel 'depth'"),
        (BASE + SENSORS.replace("ds18b20", "dht11"), "dht11"),
        (BASE + SENSORS.replace("pin = 4", "pin = 4\nohm = 3"), "ohm"),
        (BASE + SENSORS.replace("pin = 4", "pin = 99"), "temperature|pin"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SiteError, match=words):
        site.read(written(tmp_path, text))


def test_a_file_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"Copy site\.example\.toml"):
        site.read(tmp_path / "none.toml")


@given(st.text(max_size=200))
def test_any_text_is_a_site_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "site.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SiteError):
        site.read(path)


@pytest.mark.parametrize(
    ("chip", "change", "words"),
    [
        ("esp32", ("pin = 27", "pin = 6"), "does not have that pin free"),
        ("esp32", ("pin = 27", "pin = 4"), "taken by the sensor of temperature"),
        ("esp32", ("pin = 4\n", "pin = 34\n"), "only listen"),
        ("esp32", ('"ds18b20"\npin = 4', '"ntc"\npin = 4'), "no voltage beside Wi-Fi"),
        ("esp32", ("pin = 27", "pin = 22"), "taken"),
        ("esp32c3", ("pin = 27", "pin = 5"), "does not have that pin free"),
        ("esp32s3", ("pin = 27", "pin = 5"), "does not have that pin free"),
    ],
)
def test_a_pin_the_chip_cannot_use_so_is_named(
    tmp_path: Path, chip: str, change: tuple[str, str], words: str
) -> None:
    text = 'leave_out = ["ambient"]\n' + BASE + SENSORS.replace(*change)
    read = site.read(written(tmp_path, text))
    with pytest.raises(SiteError, match=words):
        site.check_pins(read, CHIPS[chip])


def certificate(path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=x", "-keyout", "/dev/null", "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)


def test_the_authority_becomes_der_and_must_be_one(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    certificate(pem)
    read = site.read(written(tmp_path, BASE + 'ca = "ca.pem"'))
    assert site.authority(read, tmp_path) == ssl.PEM_cert_to_DER_cert(pem.read_text())
    assert json.loads(site.settings(read, ESP32, update_key=b""))["tls"] is True
    pem.write_text(pem.read_text() * 2)
    with pytest.raises(SiteError, match="one PEM certificate, not 2"):
        site.authority(read, tmp_path)
    pem.unlink()
    with pytest.raises(SiteError, match=r"ca\.pem"):
        site.authority(read, tmp_path)
