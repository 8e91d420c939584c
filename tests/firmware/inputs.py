"""Tables of site.toml for the inputs of any machine, and what the board is then told."""

import json
from pathlib import Path
from typing import Any

from firmware import site
from firmware.chips import CHIPS

BASE = """
[device]
id = "press-1"
asset = "press"
[wifi]
ssid = "hall"
[broker]
host = "192.168.1.10"
"""
STATE = """
[sensors.state]
driver = "digital"
pin = 25
on = "running"
off = "idle"
"""
TOWER = """
[sensors.state]
driver = "digital"
inputs = [{ pin = 25, state = "error" }, { pin = 26, state = "running" }]
off = "idle"
"""
LITRES = """
[sensors.litres]
driver = "pulses"
pin = 27
unit = "L"
units_per_pulse = "1/450"
"""
LEVEL = """
[sensors.level]
driver = "voltage_input"
pin = 33
unit = "%"
low = 0
high = 100
divider = 0.23
"""
PRESSURE = """
[sensors.pressure]
driver = "current_loop"
pin = 34
unit = "bar"
low = 0
high = 16
decimals = 3
shunt_ohm = 100
"""
METER = """
[sensors.meter]
driver = "pzem004t"
tx = 17
rx = 16
channels = { supply = "voltage", power = "power", meter = "energy_kwh" }
"""
ALL = STATE + LITRES + LEVEL + PRESSURE + METER


def read(path: Path, text: str) -> site.Site:
    file = path / "site.toml"
    file.write_text(text)
    return site.read(file)


def told(path: Path, text: str, chip: str = "esp32") -> dict[str, Any]:
    wanted = read(path, BASE + text)
    site.check_pins(wanted, CHIPS[chip])
    content: dict[str, Any] = json.loads(site.settings(wanted, CHIPS[chip], update_key=b""))
    return content
