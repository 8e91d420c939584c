"""The chips a board may have: what tells them apart, which pins are free, where a lamp is.

From Espressif's data sheets of the three chips, section "Pins" each.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Lamp:
    """``rgb`` is an addressable WS2812; ``inverted`` burns while its pin is low."""

    kind: Literal["plain", "inverted", "rgb", "none"]
    pin: int


@dataclass(frozen=True, kw_only=True)
class Chip:
    """``image_id`` is the chip id in an image's header; ``offset`` where the image goes."""

    name: str
    title: str
    image_id: int
    offset: int
    page: str
    mpy_arch: str
    usable: frozenset[int]
    analogue: frozenset[int]  # of the first ADC: the second one belongs to Wi-Fi
    input_only: frozenset[int]
    starting: frozenset[int]  # their levels say how it starts: from where, with which flash voltage
    unpulled: frozenset[int]  # no resistors of the chip's own
    adc_v: float  # up to which its calibration is promised: ESP-IDF, "ADC", at 11 or 12 dB
    buses: int  # for I2C
    lines: int  # serial ones, beside the console
    lamp: Lamp


def _pins(*ranges: tuple[int, int]) -> frozenset[int]:
    return frozenset(pin for low, high in ranges for pin in range(low, high + 1))


_PAGE = "https://micropython.org/download/"

CHIPS = {
    "esp32": Chip(
        name="esp32",
        title="ESP32",
        image_id=0,
        offset=0x1000,
        page=_PAGE + "ESP32_GENERIC/",
        mpy_arch="xtensawin",
        # Not the console (1, 3), not the flash (6 to 11).
        usable=_pins((0, 0), (2, 2), (4, 5), (12, 19), (21, 23), (25, 27), (32, 36), (39, 39)),
        analogue=_pins((32, 36), (39, 39)),
        input_only=_pins((34, 36), (39, 39)),
        starting=_pins((0, 0), (12, 12)),
        unpulled=_pins((34, 36), (39, 39)),
        adc_v=2.45,
        buses=2,
        lines=2,
        lamp=Lamp(kind="plain", pin=2),
    ),
    "esp32s3": Chip(
        name="esp32s3",
        title="ESP32-S3",
        image_id=9,
        offset=0,
        page=_PAGE + "ESP32_GENERIC_S3/",
        mpy_arch="xtensawin",
        # Not USB (19, 20), not flash and PSRAM (26 to 37), not the console (43, 44).
        usable=_pins((0, 18), (21, 21), (38, 42), (45, 48)),
        analogue=_pins((1, 10)),
        input_only=frozenset(),
        starting=_pins((0, 0), (45, 46)),
        unpulled=frozenset(),
        adc_v=3.1,
        buses=2,
        lines=2,
        lamp=Lamp(kind="rgb", pin=48),
    ),
    "esp32c3": Chip(
        name="esp32c3",
        title="ESP32-C3",
        image_id=5,
        offset=0,
        page=_PAGE + "ESP32_GENERIC_C3/",
        mpy_arch="rv32imc",
        # Not the flash (12 to 17), not USB (18, 19), not the console (20, 21).
        usable=_pins((0, 10)),
        analogue=_pins((0, 4)),
        input_only=frozenset(),
        starting=_pins((9, 9)),
        unpulled=frozenset(),
        adc_v=2.5,
        buses=1,
        lines=1,
        lamp=Lamp(kind="inverted", pin=8),
    ),
}
