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
password = "long secret"
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
ONE = SENSORS.partition("[sensors.rpm]")[0]
LEFT_OUT = 'leave_out = ["ambient"]\n'
REQUIRED = r"sensors\.temperature: Object missing required field `driver`; there are ds18b20, ntc"


def written(path: Path, text: str) -> Path:
    file = path / "site.toml"
    file.write_text(text)
    return file


def test_the_example_is_right_and_so_is_all_it_comments_out(tmp_path: Path) -> None:
    example = (ROOT / "site.example.toml").read_text()
    site.read(written(tmp_path, example))
    fan, _title, press = example.partition("# Contacts, pulses")
    fan = uncommented(fan).partition("[sensors.vibration]")[0]
    lists = 'simulate = ["vibration"]\nleave_out = ["ambient"]\n'
    read = site.read(written(tmp_path, lists + example + fan))
    site.check_pins(read, ESP32)
    assert set(read.sensors) == {"temperature", "rpm", "current"}
    own = example.replace('asset = "fan"', 'asset = "press"') + uncommented(press)
    site.check_pins(site.read(written(tmp_path, own)), ESP32)


def uncommented(text: str) -> str:
    """The tables of sensors that ``text`` comments out."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("# [sensors."))
    return "\n".join(line.lstrip("# ") for line in lines[start:])


def test_the_boards_settings_hold_all_that_start_reads(tmp_path: Path) -> None:
    read = site.read(written(tmp_path, 'leave_out = ["ambient"]\n' + BASE + SENSORS))
    settings = json.loads(site.settings(read, ESP32, update_key=b"\x01\xff"))
    assert settings == {
        "site": "workshop",
        "device": "fan-11",
        "asset": "fan",
        "location": "",
        "rate_hz": 5.0,
        "nominal_hz": 5.0,
        "update_key": "01ff",
        "host": "192.168.1.10",
        "port": 1883,
        "username": "",
        "password": "",
        "tls": False,
        "wifi": {"ssid": "hall", "password": "long secret"},
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
        "channels": [
            ["temperature", "°C", "measurement", 2],
            ["rpm", "rpm", "measurement", 0],
            ["current", "A", "measurement", 3],
            ["vibration", "mm/s", "measurement", 3],
        ],
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
        (BASE.replace("fan-11", r"fan-11\n"), "device.id: must be letters"),
        (BASE.replace("[wifi]", f'location = "{"x" * 65}"\n[wifi]'), "device: location has 65"),
        (BASE.replace('"hall"', '""'), "wifi: ssid must have 1 to 32 bytes"),
        (BASE.replace('"hall"', f'"{"ü" * 17}"'), "wifi: ssid must have 1 to 32 bytes"),
        (BASE.replace('"hall"', r'"a\u0000b"'), "wifi: ssid must have .* no NUL"),
        (BASE.replace("long secret", "seven77"), "wifi: password must have 8 to 63 bytes"),
        (BASE.replace("long secret", "g" * 64), "wifi: password must have .* 64 hex digits"),
        (BASE.replace("long secret", "a" * 65), "wifi: password must have .* 64 hex digits"),
        (BASE.replace("long secret", "ü" * 32), "wifi: password must have 8 to 63 bytes"),
        (BASE.replace("192.168.1.10", "mqtt://192.168.1.10:1883"), "broker: host = .*a port"),
        (BASE.replace("192.168.1.10", "192.168.1. 10"), "broker: host = .* neither a name"),
        (BASE.replace("192.168.1.10", "192.168.1.300"), "broker: host = .* neither a name"),
        (BASE.replace("192.168.1.10", "brücke"), "broker: host = .* neither a name"),
        (BASE.replace("192.168.1.10", ""), "broker: host = '' is neither"),
        ('ntp = "a b"' + BASE, "ntp = 'a b' is neither"),
        (BASE + 'password = "x"', "broker: username is missing"),
        (BASE + '[lamp]\nkind = "plain"', "lamp: pin is missing"),
        (LEFT_OUT + BASE + SENSORS.replace('driver = "ds18b20"\n', ""), REQUIRED),
        (LEFT_OUT + BASE + SENSORS.replace("ds18b20", "tachometer"), "temperature is in °C"),
        (LEFT_OUT.replace("ambient", "rpm") + BASE + ONE, "nothing measures current"),
        (BASE.replace('host = "192.168.1.10"', 'host = "x"\nport = 99999'), "broker.port"),
        (BASE + "colour = 1", "colour"),
        (BASE.replace("[wifi]", 'asset = "dragon"\n[wifi]'), "no virtual machine of type dragon"),
        ('simulate = ["rpm"]' + BASE, r"for boards with \[sensors\]"),
        (BASE + SENSORS, "nothing measures ambient"),
        ('leave_out = ["ambient"]\nsimulate = ["ambient"]' + BASE + SENSORS, "must stand in one"),
        ('leave_out = ["ambient", "depth"]' + BASE + SENSORS, "no channel 'depth'"),
        (
            BASE + SENSORS.replace("ds18b20", "dht11"),
            r"temperature\.driver: .*'dht11'.*ds18b20, ntc",
        ),
        (BASE + SENSORS.replace("pin = 4", "pin = 4\nohm = 3"), r"sensors\.temperature: .*`ohm`"),
        (BASE + SENSORS.replace("pin = 4", "pin = 99"), r"sensors\.temperature\.pin: "),
        (BASE + "[sensors]\nrpm = 3", r"sensors\.rpm: Expected `object`"),
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
        ("esp32", ("pin = 27", "pin = 2"), "rpm.pin = 2: the pin is taken by the lamp"),
        ("esp32", ("pin = 27", "pin = 12"), "may not start"),
        ("esp32", ("pin = 27", "pin = 0"), "may not start"),
        ("esp32", ("sda = 21\n[", "sda = 19\n["), "scl = 22: .* clock of the I2C bus .* sda = 19"),
        ("esp32", ("scl = 22\nsda = 21\n[", "scl = 21\nsda = 22\n["), "22: .* by the data line"),
        ("esp32", ("scl = 22\nsda = 21\n[", "scl = 22\nsda = 22\n["), "22: .* by the clock"),
        ("esp32c3", ("pin = 27", "pin = 5"), "does not have that pin free"),
        ("esp32s3", ("pin = 27", "pin = 5"), "does not have that pin free"),
    ],
)
def test_a_pin_the_chip_cannot_use_so_is_named(
    tmp_path: Path, chip: str, change: tuple[str, str], words: str
) -> None:
    text = LEFT_OUT + BASE + SENSORS.replace(*change)
    read = site.read(written(tmp_path, text))
    with pytest.raises(SiteError, match=words):
        site.check_pins(read, CHIPS[chip])


# The pins that docs/boards.md tells to use.
S3 = (("pin = 27", "pin = 5"), ("scl = 22", "scl = 9"), ("sda = 21", "sda = 8"))
C3 = (("pin = 27", "pin = 10"), ("scl = 22", "scl = 6"), ("sda = 21", "sda = 5"))


@pytest.mark.parametrize(
    ("chip", "changes", "analogue"), [("esp32", (), 32), ("esp32s3", S3, 1), ("esp32c3", C3, 0)]
)
def test_the_pins_that_the_docs_advise_are_free(
    tmp_path: Path, chip: str, changes: tuple[tuple[str, str], ...], analogue: int
) -> None:
    text = SENSORS
    for change in changes:
        text = text.replace(*change)
    site.check_pins(site.read(written(tmp_path, LEFT_OUT + BASE + text)), CHIPS[chip])
    bus = text.split('driver = "ina219"\n')[1].split("[")[0]
    current = f'driver = "acs712"\npin = {analogue + (3 if chip == "esp32" else 1)}\n'
    text = text.replace('"ds18b20"\npin = 4', f'"ntc"\npin = {analogue}')
    text = text.replace('driver = "ina219"\n' + bus, current + "volts_per_ampere = 0.185\n")
    site.check_pins(site.read(written(tmp_path, LEFT_OUT + BASE + text)), CHIPS[chip])


def test_a_chip_with_one_bus_is_given_no_second(tmp_path: Path) -> None:
    text = SENSORS
    for change in C3:
        text = text.replace(*change, 1)
    text = text.replace("scl = 22\nsda = 21", "scl = 0\nsda = 1")
    read = site.read(written(tmp_path, LEFT_OUT + BASE + text))
    with pytest.raises(SiteError, match="ESP32-C3 has 1 I2C bus, not 2"):
        site.check_pins(read, CHIPS["esp32c3"])


@pytest.mark.parametrize(
    ("pin", "words"), [(6, "does not have that pin free"), (34, "cannot feed a lamp")]
)
def test_a_lamp_on_a_pin_that_feeds_none_is_named(tmp_path: Path, pin: int, words: str) -> None:
    read = site.read(written(tmp_path, BASE + f'[lamp]\nkind = "plain"\npin = {pin}'))
    with pytest.raises(SiteError, match=f"lamp.pin = {pin}: .*{words}"):
        site.check_pins(read, ESP32)


def test_a_board_without_a_lamp_has_its_pin_free(tmp_path: Path) -> None:
    text = LEFT_OUT + BASE + SENSORS.replace("pin = 27", "pin = 2") + '[lamp]\nkind = "none"'
    site.check_pins(site.read(written(tmp_path, text)), ESP32)


def test_the_longest_that_works_is_taken(tmp_path: Path) -> None:
    text = BASE.replace("fan-11", "f" * 64).replace("hall", "h" * 32)
    text = text.replace("[wifi]", f'location = "{"ü" * 64}"\n[wifi]')
    for password in ("a" * 64, "x" * 63, "12345678", ""):
        site.read(written(tmp_path, text.replace("long secret", password)))
    for host in ("broker", "my_broker.local", "::1", "10.0.0.1"):
        site.read(written(tmp_path, text.replace("192.168.1.10", host)))


def test_an_editors_byte_order_mark_is_no_part_of_it(tmp_path: Path) -> None:
    assert site.read(written(tmp_path, "\ufeff" + BASE)).device.id == "fan-11"


@given(st.text(max_size=70), st.text(max_size=70), st.text(max_size=70))
def test_any_value_is_right_or_named(
    tmp_path_factory: pytest.TempPathFactory, ssid: str, password: str, host: str
) -> None:
    path = tmp_path_factory.mktemp("any")
    text = BASE.replace('"hall"', json.dumps(ssid)).replace('"long secret"', json.dumps(password))
    try:
        read = site.read(written(path, text.replace('"192.168.1.10"', json.dumps(host))))
    except SiteError:
        return
    assert 1 <= len(read.wifi.ssid.encode()) <= 32
    assert not read.wifi.password or 8 <= len(read.wifi.password.encode()) <= 64
    assert read.broker.host.isascii()


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
    pem.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(SiteError, match=r"ca\.pem holds is no certificate"):
        site.authority(read, tmp_path)
    pem.unlink()
    with pytest.raises(SiteError, match=r"ca\.pem"):
        site.authority(read, tmp_path)
