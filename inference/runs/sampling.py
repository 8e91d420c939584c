"""True values in, what real sensors report out: one function a kind of driver.

What the board's own drivers (``firmware.device.sensors``) make of a signal, over the whole of a
run at once: values that are held between two conversions, steps, whole pulses, and noise. A test
holds them against those drivers. Times are in seconds, the sensors' figures in the channel's unit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from inference.windows.features import FloatArray

_See = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class Sensor:
    """One machine's, with the figures drawn for it: times and true values in, reported ones out.

    Attributes:
        driver: what docs/boards.md calls it; of accelerometers, whose figures overlap, the kind.
        see: what it makes of a signal.
    """

    driver: str
    see: _See


_KELVIN: Final = 273.15
_T0_K: Final = 298.15
_CODES: Final = 4095  # a 12 bit converter's full scale
_REFERENCE_V: Final = 3.3


def ds18b20(
    time_s: FloatArray,
    celsius: FloatArray,
    rng: np.random.Generator,
    *,
    noise_c: float,
    conversion_s: float = 0.75,
) -> FloatArray:
    """A reading shows the last conversion that has ended; the next one begins with that reading."""
    after = np.searchsorted(time_s, time_s + conversion_s).tolist()
    begun = [0]  # readings that a conversion began with
    while (ended := after[begun[-1]]) < len(time_s):
        begun.append(ended)
    # The reading that began what is shown: the first conversion has none before it.
    shown = np.repeat([0, *begun[:-1]], np.diff([*begun, len(time_s)]))
    middle_s = time_s[shown] + conversion_s / 2
    noise = rng.normal(0.0, noise_c, len(time_s))[shown]
    found: FloatArray = np.rint((np.interp(middle_s, time_s, celsius) + noise) * 16.0) / 16.0
    return found


def ntc(
    _time_s: FloatArray,
    celsius: FloatArray,
    rng: np.random.Generator,
    *,
    noise_codes: float,
    beta: float = 3950.0,
) -> FloatArray:
    """10 kohm at 25 °C below 10 kohm, over a 12 bit converter."""
    over_fixed = np.exp(beta * (1.0 / (celsius + _KELVIN) - 1.0 / _T0_K))
    share = over_fixed / (1.0 + over_fixed)
    codes = np.rint(share * _CODES + rng.normal(0.0, noise_codes, len(celsius)))
    seen = np.clip(codes, 1, _CODES - 1) / _CODES
    found: FloatArray = 1.0 / (1.0 / _T0_K + np.log(seen / (1.0 - seen)) / beta) - _KELVIN
    return found


def tachometer(
    time_s: FloatArray,
    rpm: FloatArray,
    rng: np.random.Generator,
    *,
    jitter: float,
    pulses_per_turn: int = 2,
) -> FloatArray:
    """Whole pulses between two readings; ``jitter`` is the share by which the speed varies."""
    elapsed_s = np.diff(time_s, prepend=2.0 * time_s[0] - time_s[1])
    turned = np.maximum(rpm * (1.0 + rng.normal(0.0, jitter, len(rpm))), 0.0) * elapsed_s / 60.0
    edges = np.floor(rng.random() + turned.cumsum() * pulses_per_turn)
    pulses = np.diff(edges, prepend=np.floor(edges[0] - turned[0] * pulses_per_turn))
    found: FloatArray = pulses * 60.0 / (elapsed_s * pulses_per_turn)
    return found


def ina219(
    _time_s: FloatArray,
    amperes: FloatArray,
    rng: np.random.Generator,
    *,
    noise_a: float,
    shunt_ohm: float = 0.1,
) -> FloatArray:
    """10 uV a bit over the shunt; less than nothing is clipped, as the gateway does."""
    seen = amperes + rng.normal(0.0, noise_a, len(amperes))
    bits = np.rint(seen * shunt_ohm / 1e-5)
    return np.maximum(bits * 1e-5 / shunt_ohm, 0.0)


def acs712(
    _time_s: FloatArray,
    amperes: FloatArray,
    rng: np.random.Generator,
    *,
    volts_per_ampere: float,
    noise_v: float,
    zero_error_v: float,
    divider: float = 0.667,
    samples: int = 32,
) -> FloatArray:
    """A mean of samples of a 12 bit converter behind a divider; the magnitude."""
    step_v = _REFERENCE_V / _CODES / divider
    true_v = zero_error_v + amperes * volts_per_ampere
    sampled = true_v[:, np.newaxis] + rng.normal(0.0, noise_v, (len(amperes), samples))
    mean_v = np.rint(sampled / step_v).mean(axis=1) * step_v
    found: FloatArray = np.abs(mean_v) / volts_per_ampere
    return found


def accelerometer(
    _time_s: FloatArray,
    velocity: FloatArray,
    rng: np.random.Generator,
    *,
    spread: float,
    floor: float,
) -> FloatArray:
    """RMS over a finite stretch: it scatters, and the chip's own noise adds to it."""
    count = len(velocity)
    own = floor * (1.0 + rng.normal(0.0, 0.15, count))
    found: FloatArray = np.hypot(velocity * (1.0 + rng.normal(0.0, spread, count)), own)
    return found


def converter(
    _time_s: FloatArray, values: FloatArray, rng: np.random.Generator, *, noise: float, step: float
) -> FloatArray:
    """Any other sensor: noise, and steps that may be coarser than it."""
    return np.rint((values + rng.normal(0.0, noise, len(values))) / step) * step


def held(time_s: FloatArray, reported: FloatArray, *, every_s: float) -> FloatArray:
    """A sensor that gives a new value every ``every_s`` at most."""
    begun = np.floor(time_s / every_s).astype(np.intp)
    first = np.concatenate(([True], begun[1:] != begun[:-1]))
    return reported[np.maximum.accumulate(np.where(first, np.arange(len(reported)), 0))]


def drawn(unit: str, typical: float, rng: np.random.Generator) -> Sensor:
    """A sensor for a channel of that unit, with figures as parts and places have them.

    Args:
        unit: the channel's; docs/boards.md says which drivers measure in it.
        typical: a value of the channel, for sensors that nothing is known of.
        rng: draws which, and its figures and noise.
    """
    kinds = _KINDS.get(unit, (("other", _any),))
    driver, kind = kinds[rng.integers(len(kinds))]
    return Sensor(driver, kind(typical, rng))


def _ds18b20(_typical: float, rng: np.random.Generator) -> _See:
    noise_c = rng.uniform(0.0, 0.06)
    return lambda time_s, true: ds18b20(time_s, true, rng, noise_c=noise_c)


def _ntc(_typical: float, rng: np.random.Generator) -> _See:
    noise_codes, beta = rng.uniform(0.4, 4.0), rng.uniform(3380.0, 4300.0)
    return lambda time_s, true: ntc(time_s, true, rng, noise_codes=noise_codes, beta=beta)


def _tachometer(_typical: float, rng: np.random.Generator) -> _See:
    jitter = rng.uniform(0.005, 0.06)
    return lambda time_s, true: tachometer(time_s, true, rng, jitter=jitter)


def _ina219(_typical: float, rng: np.random.Generator) -> _See:
    noise_a = rng.uniform(0.0005, 0.02)
    return lambda time_s, true: ina219(time_s, true, rng, noise_a=noise_a)


def _acs712(_typical: float, rng: np.random.Generator) -> _See:
    volts_per_ampere = (0.185, 0.1, 0.066)[rng.integers(3)]
    noise_v, zero_error_v = rng.uniform(0.002, 0.012), rng.normal(0.0, 0.002)
    return lambda time_s, true: acs712(
        time_s,
        true,
        rng,
        volts_per_ampere=volts_per_ampere,
        noise_v=noise_v,
        zero_error_v=zero_error_v,
    )


def _accelerometer(_typical: float, rng: np.random.Generator) -> _See:
    spread, floor = rng.uniform(0.002, 0.08), rng.uniform(0.0, 0.4)
    return lambda time_s, true: accelerometer(time_s, true, rng, spread=spread, floor=floor)


def _any(typical: float, rng: np.random.Generator) -> _See:
    noise = abs(typical) * 10.0 ** rng.uniform(-4.0, -1.7)
    step = max(noise, 1e-9) * 10.0 ** rng.uniform(-2.0, 0.3)
    every_s = rng.uniform(0.1, 2.0)
    return lambda time_s, true: held(
        time_s, converter(time_s, true, rng, noise=noise, step=step), every_s=every_s
    )


# docs/boards.md: which drivers measure in which unit.
_KINDS: Final = {
    "°C": (("ds18b20", _ds18b20), ("ds18b20", _ds18b20), ("ntc", _ntc)),
    "rpm": (("tachometer", _tachometer),),
    "A": (("ina219", _ina219), ("acs712", _acs712)),
    "mm/s": (("accelerometer", _accelerometer),),
}
