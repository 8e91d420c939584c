"""The sampled sensors against the board's own drivers, over chips as data sheets have them."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from contract import assets
from contract.assets.words import Asset
from firmware.device.sensors.acs712 import Acs712
from firmware.device.sensors.adxl345 import Adxl345
from firmware.device.sensors.ds18b20 import Ds18b20
from firmware.device.sensors.ina219 import Ina219
from firmware.device.sensors.mpu6050 import Mpu6050
from firmware.device.sensors.ntc import Ntc
from firmware.device.sensors.tachometer import Tachometer
from inference.runs import sampling
from inference.runs.seen import driver_periods_s
from inference.windows.features import FloatArray
from tests.firmware.device.sensors.buses import (
    Adc,
    Adxl345Chip,
    I2c,
    Ina219Chip,
    Mpu6050Chip,
    OneWire,
    Pin,
)

PERIODS_S = pytest.mark.parametrize("period_s", driver_periods_s(assets.get("fan")))


def times(period_s: float, count: int = 200) -> FloatArray:
    return np.asarray(np.arange(count) * period_s, dtype=np.float64)


def swing(time_s: FloatArray, middle: float, by: float) -> FloatArray:
    """A signal that wanders slowly."""
    return np.asarray(middle + by * np.sin(time_s / 17.0), dtype=np.float64)


def no_noise() -> np.random.Generator:
    return np.random.default_rng(1)


@PERIODS_S
def test_a_ds18b20_shows_its_last_conversion_in_sixteenths(period_s: float) -> None:
    time_s = times(period_s)
    true = swing(time_s, 41.0, 3.0)
    now_ms = [0]
    bus = OneWire(lambda: now_ms[0])
    driver = Ds18b20(bus=bus, ticks_ms=lambda: now_ms[0])
    expected = []
    for at, celsius in zip(time_s.tolist(), true.tolist(), strict=True):
        now_ms[0] = round(1000 * at)
        bus.celsius = celsius  # measured when it is fetched, here
        try:
            expected.append(driver.read())
        except OSError:
            expected.append(math.nan)
    found = sampling.ds18b20(time_s, true, no_noise(), noise_c=0.0)
    told = ~np.isnan(expected)
    # A conversion sees what was there meanwhile: this chip its end, the sampling its middle.
    slope = 3.0 / 17.0 * (0.75 + 2.0 * period_s)
    assert np.abs(found - expected)[told].max() <= slope + 1 / 16
    changes = [int((np.diff(seen[told]) != 0).sum()) for seen in (found, np.array(expected))]
    assert changes[0] == pytest.approx(changes[1], abs=3)
    assert set(np.unique(found * 16 % 1)) == {0.0}


@PERIODS_S
def test_a_tachometer_counts_whole_pulses(period_s: float) -> None:
    time_s = times(period_s)
    true = swing(time_s, 1200.0, 300.0)
    pin, now_us = Pin(), [round(-1e6 * period_s)]
    driver = Tachometer(pin=pin, falling=Pin.IRQ_FALLING, ticks_us=lambda: now_us[0])
    expected, turned, sent = [], 0.0, 0
    for at, rpm in zip(time_s.tolist(), true.tolist(), strict=True):
        turned += 2.0 * rpm / 60.0 * period_s
        pin.pulse(math.floor(turned) - sent)
        sent = math.floor(turned)
        now_us[0] = round(1e6 * at)
        expected.append(driver.read())
    found = sampling.tachometer(time_s, true, no_noise(), jitter=0.0)
    one_pulse = 30.0 / period_s
    assert np.abs(found - expected).max() <= one_pulse * 1.001
    np.testing.assert_allclose(found / one_pulse, np.rint(found / one_pulse), atol=1e-3)


def test_an_ina219_has_steps_of_a_tenth_of_a_milliampere() -> None:
    time_s = times(0.2)
    true = swing(time_s, 1.03, 0.2)
    chip = Ina219Chip(0.0)
    driver = Ina219(i2c=I2c(chip, 0x40))
    expected = []
    for amperes in true.tolist():
        chip.shunt_v = 0.1 * amperes
        expected.append(driver.read())
    found = sampling.ina219(time_s, true, no_noise(), noise_a=0.0)
    np.testing.assert_allclose(found, expected, atol=1.01e-4)


@pytest.mark.parametrize("volts_per_ampere", [0.185, 0.1, 0.066])
def test_an_acs712_reads_its_current_back(volts_per_ampere: float) -> None:
    time_s = times(0.2)
    true = swing(time_s, 1.03, 0.2)
    adc = Adc(0.0)
    driver = Acs712(adc=adc, volts_per_ampere=volts_per_ampere)
    expected = []
    for amperes in true.tolist():
        adc.share = (2.5 + volts_per_ampere * amperes) * 0.667 / 3.3
        expected.append(driver.read())
    found = sampling.acs712(
        time_s,
        true,
        no_noise(),
        volts_per_ampere=volts_per_ampere,
        noise_v=0.004,
        zero_error_v=0.0,
    )
    np.testing.assert_allclose(found, expected, atol=0.006 / volts_per_ampere)


def test_an_ntc_has_the_steps_of_its_converter() -> None:
    time_s = times(0.2)
    true = swing(time_s, 41.0, 3.0)
    adc = Adc(0.0)
    driver = Ntc(adc=adc, fixed_ohm=10_000, nominal_ohm=10_000, beta=3950)
    expected = []
    for celsius in true.tolist():
        ohm = 10_000 * math.exp(3950 * (1 / (celsius + 273.15) - 1 / 298.15))
        adc.share = ohm / (ohm + 10_000)
        expected.append(driver.read())
    found = sampling.ntc(time_s, true, no_noise(), noise_codes=0.0)
    np.testing.assert_allclose(found, expected, atol=0.03)


@pytest.mark.parametrize(
    ("chip", "driver", "address", "sample_hz"),
    [(Mpu6050Chip, Mpu6050, 0x68, 500), (Adxl345Chip, Adxl345, 0x53, 100)],
)
def test_an_accelerometer_scatters_no_more_than_is_drawn(
    chip: Callable[[], Mpu6050Chip | Adxl345Chip],
    driver: Callable[..., Mpu6050 | Adxl345],
    address: int,
    sample_hz: int,
) -> None:
    """A steady vibration of 25 Hz, 0.8 mm/s RMS, with the chip's own noise."""
    own, rng = chip(), np.random.default_rng(2)
    sensor = driver(i2c=I2c(own, address), address=address)
    peak_g = 0.8 * math.sqrt(2) * 2 * math.pi * 25 / 9806.65
    read, at = [], 0
    for _ in range(80):
        for _ in range(sample_hz // 5):
            at += 1
            noise = rng.normal(0.0, 0.004, 3)
            wave = peak_g * math.sin(2 * math.pi * 25 * at / sample_hz)
            own.sample(wave + noise[0], noise[1], 1.0 + noise[2])
        try:
            read.append(sensor.read())
        except OSError:  # its filters settle
            continue
    measured = np.array(read[5:])
    drawn = sampling.accelerometer(
        times(0.2), np.full(200, 0.8), np.random.default_rng(3), spread=0.08, floor=0.4
    )
    assert len(measured) > 40
    assert measured.std() <= 1.5 * drawn.std()
    assert measured.mean() == pytest.approx(0.85, abs=0.15)


def test_any_other_sensor_holds_and_steps() -> None:
    time_s = times(0.2)
    sensor = sampling.drawn("bar", 6.0, np.random.default_rng(4))
    found = sensor.see(time_s, swing(time_s, 6.0, 1.0))
    assert found.shape == time_s.shape
    assert np.abs(found - swing(time_s, 6.0, 1.0)).max() < 1.0


def test_every_channel_of_the_fan_has_the_boards_drivers(fan: Asset) -> None:
    for channel in fan.required:
        sensor = sampling.drawn(channel.unit, 1.0, np.random.default_rng(5))
        assert sensor.see(times(1.0), np.full(200, 20.0)).shape == (200,)
