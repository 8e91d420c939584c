"""States, counters and transmitters of any machine, from site.toml to the broker, on the board."""

from pathlib import Path

import msgspec
import pytest

from contract.messages import Birth
from tests.firmware.esp32.conftest import Flash
from tests.firmware.esp32.virtual_board import VirtualBoard
from tests.firmware.servers import Gateway
from tests.mosquitto import eventually

pytestmark = [pytest.mark.micropython, pytest.mark.broker]

PROGRAM = ("--program-only", "--chip", "esp32")
INPUTS = """
[sensors.state]
driver = "digital"
inputs = [{ pin = 26, state = "error" }, { pin = 25, state = "running" }]
off = "idle"

[sensors.litres]
driver = "pulses"
pin = 27
unit = "L"
units_per_pulse = "1/450"

[sensors.level]
driver = "voltage_input"
pin = 33
unit = "%"
low = 0
high = 100
decimals = 1
divider = 0.23

[sensors.pressure]
driver = "current_loop"
pin = 34
unit = "bar"
low = 0
high = 16
shunt_ohm = 100

[sensors.temperature]
driver = "current_loop"
pin = 36
unit = "°C"
low = 0
high = 150
shunt_ohm = 100

[sensors.meter]
driver = "pzem004t"
tx = 17
rx = 16
channels = { supply = "voltage", power = "power", energy = "energy_kwh" }
"""


@pytest.fixture
def press(site: Path) -> None:
    text = site.read_text().replace('id = "fan-11"', 'id = "fan-11"\nasset = "press"')
    site.write_text(text + INPUTS)


@pytest.mark.usefixtures("press")
def test_a_machine_of_a_type_of_its_own_is_read_and_its_count_outlives_a_restart(
    flash: Flash, board: VirtualBoard, gateway: Gateway
) -> None:
    done = flash(*PROGRAM)
    assert done.returncode == 0, done.stdout + done.stderr
    eventually(lambda: gateway.count("fan-11") >= 20, "readings")
    birth = msgspec.json.decode(gateway.latest["fan-11/birth"], type=Birth)
    assert birth.asset == "press"
    assert not birth.virtual
    values = gateway.readings("fan-11")[-1]["values"]
    assert set(values) == {"state", "litres", "level", "pressure", "supply", "power", "energy"}
    assert values["state"] == "running"
    assert values["level"] == pytest.approx(50, abs=0.1)
    assert values["pressure"] == pytest.approx(8, abs=0.02)
    assert (values["supply"], values["power"], values["energy"]) == (230.1, 98.7, 4.711)
    eventually(
        lambda: "temperature: current loop: 0.00 mA is a fault" in board.text(), "the cut loop"
    )
    assert gateway.command("fan-11", "restart")["ok"]
    eventually(lambda: len(litres(gateway)) >= 2, "another life")
    first, second = litres(gateway)[:2]
    assert first == sorted(first)
    assert second == sorted(second)
    assert second[0] >= first[-1] > 0


def litres(gateway: Gateway) -> list[list[float]]:
    """What the counter said in each life of the board."""
    lives: dict[str, list[float]] = {}
    for reading in gateway.readings("fan-11"):
        lives.setdefault(reading["epoch"], []).append(reading["values"]["litres"])
    return list(lives.values())
