"""Pins, dividers, shunts and serial lines of site.toml against what the chip has."""

import re
from pathlib import Path

import pytest

from firmware.errors import SiteError
from tests.firmware.inputs import LEVEL, LITRES, METER, PRESSURE, STATE, TOWER, told


@pytest.mark.parametrize(
    ("chip", "text", "words"),
    [
        (
            "esp32",
            STATE.replace("25", "34"),
            r"state\.pin = 34: .*10 kOhm, and say pull = .none",
        ),
        ("esp32", LITRES.replace("27", "35"), r"litres\.pin = 35: ESP32 has no pull-up"),
        ("esp32", TOWER.replace("26", "25"), r"inputs\[1\]\.pin = 25: .*by input 1 of state"),
        (
            "esp32",
            TOWER.replace("26", "6"),
            r"state\.inputs\[1\]\.pin = 6: .*not have that",
        ),
        ("esp32", LEVEL.replace("33", "4"), "no voltage beside Wi-Fi"),
        (
            "esp32",
            LEVEL.replace("0.23", "0.25"),
            r"divider = 0\.25: 10 V would be 2\.50 V .*0\.245",
        ),
        ("esp32c3", LEVEL.replace("33", "0").replace("0.23", "0.3"), "ESP32-C3 measures up to 2.5"),
        ("esp32", PRESSURE.replace("= 100", "= 150"), r"shunt_ohm = 150: 21 mA would be 3\.15 V"),
        ("esp32s3", PRESSURE.replace("= 100", "= 150").replace("34", "1"), "147 ohm do at most"),
        ("esp32", METER.replace("17", "34"), r"meter\.tx = 34: it can only listen"),
        ("esp32", METER.replace("17", "16"), r"rx = 16: the pin is taken by the sender"),
        ("esp32", METER + STATE.replace("25", "17"), r"state\.pin = 17: .*taken by the sender of"),
    ],
)
def test_what_the_chip_cannot_measure_so_is_named(
    tmp_path: Path, chip: str, text: str, words: str
) -> None:
    with pytest.raises(SiteError, match=words):
        told(tmp_path, text, chip)


# The pins that docs/boards.md tells to use, and what ESP32's above become.
PINS: dict[str, dict[int, int]] = {
    "esp32": {},
    "esp32s3": {25: 6, 26: 7, 27: 5, 33: 3, 34: 10, 16: 18},
    "esp32c3": {25: 5, 26: 6, 27: 10, 33: 3, 34: 4, 17: 7, 16: 1},
}


@pytest.mark.parametrize(("chip", "pins"), PINS.items())
def test_the_pins_that_the_docs_advise_are_free_for_all_at_once(
    tmp_path: Path, chip: str, pins: dict[int, int]
) -> None:
    def there(match: re.Match[str]) -> str:
        return match[1] + str(pins.get(int(match[2]), int(match[2])))

    every = TOWER + LITRES + LEVEL + PRESSURE + METER
    told(tmp_path, re.sub(r"((?:pin|tx|rx) = )(\d+)", there, every), chip)


def other(meter: str, *, address: int | None = None, line: tuple[int, int] = (17, 16)) -> str:
    """Another meter on a line."""
    text = METER.replace("sensors.meter", f"sensors.{meter}").partition("channels")[0]
    text = text.replace("17", str(line[0])).replace("16", str(line[1]))
    text += f'channels = {{ {meter} = "power" }}\n'
    return text + (f"address = {address}\n" if address else "")


def test_meters_on_one_line_have_addresses_of_their_own(tmp_path: Path) -> None:
    told(tmp_path, other("a", address=1) + other("b", address=2))
    for second in (1, None):
        with pytest.raises(SiteError, match="need an address each, of their own and not 0xf8"):
            told(tmp_path, other("a", address=1) + other("b", address=second))


def test_a_chip_has_only_so_many_serial_lines(tmp_path: Path) -> None:
    lines = other("a", line=(7, 3)) + other("b", line=(6, 5))
    with pytest.raises(SiteError, match=r"ESP32-C3 has 1 serial line\(s\), not 2"):
        told(tmp_path, lines, "esp32c3")


def test_a_pin_that_only_listens_will_do_for_contacts_with_a_resistor(tmp_path: Path) -> None:
    told(tmp_path, STATE.replace("25", "39") + 'pull = "none"\n')
