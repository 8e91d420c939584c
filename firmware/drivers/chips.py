"""Sensors that measure one quantity, in one unit."""

from typing import Annotated, Literal

import msgspec

from firmware.drivers.base import OnBus, OnPin, Positive


class Ds18b20(OnPin, frozen=True, kw_only=True, tag="ds18b20"):
    unit = "°C"


class Ntc(OnPin, frozen=True, kw_only=True, tag="ntc"):
    unit = "°C"
    analogue = True
    listens = True
    fixed_ohm: Positive = 10_000.0
    nominal_ohm: Positive = 10_000.0
    beta: Positive = 3950.0


class Tachometer(OnPin, frozen=True, kw_only=True, tag="tachometer"):
    unit = "rpm"
    listens = True
    pulses_per_turn: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 2


class Acs712(OnPin, frozen=True, kw_only=True, tag="acs712"):
    unit = "A"
    analogue = True
    listens = True
    volts_per_ampere: Positive
    divider: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.667
    zero_v: Positive = 2.5


class Ina219(OnBus, frozen=True, kw_only=True, tag="ina219"):
    unit = "A"
    address: Annotated[int, msgspec.Meta(ge=0x40, le=0x4F)] = 0x40
    shunt_ohm: Positive = 0.1


class Mpu6050(OnBus, frozen=True, kw_only=True, tag="mpu6050"):
    unit = "mm/s"
    address: Literal[0x68, 0x69] = 0x68


class Adxl345(OnBus, frozen=True, kw_only=True, tag="adxl345"):
    unit = "mm/s"
    address: Literal[0x53, 0x1D] = 0x53
