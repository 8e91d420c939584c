"""A unit's text in; its factor and its dimensions out: what a formula does to them is checked.

A closed list, and not ``pint``: that takes ``pH`` for picohenry, ``c`` for the speed of light and a
turn for 2 pi, knows no currency, and costs half a second at every start.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from contract.errors import WrongType

Dimensions = tuple[tuple[str, int], ...]  # base unit and exponent, in order of name

_CLOSE: Final = 1e-12  # factors that differ by less are the same: 1/60/60 and 1/3600


@dataclass(frozen=True, slots=True)
class Unit:
    """``factor`` base units. A ``point`` on a scale (20 °C) is no amount: two have no sum."""

    factor: float
    dimensions: Dimensions = ()
    is_point: bool = False

    def __mul__(self, other: "Unit") -> "Unit":
        return Unit(self.factor * other.factor, _added(self.dimensions, other.dimensions))

    def __truediv__(self, other: "Unit") -> "Unit":
        return self * other**-1

    def __pow__(self, exponent: int) -> "Unit":
        powers = tuple((base, exponent * power) for base, power in self.dimensions)
        return Unit(self.factor**exponent, powers if exponent else ())

    def root(self) -> "Unit | None":
        """Of a square; None where it is none."""
        if any(power % 2 for _, power in self.dimensions):
            return None
        halves = tuple((base, power // 2) for base, power in self.dimensions)
        return Unit(self.factor**0.5, halves)

    def is_like(self, other: "Unit") -> bool:
        """Whether one can be added to, or compared with, the other."""
        return self.dimensions == other.dimensions and self.is_point == other.is_point

    def per(self, other: "Unit") -> float:
        """How many of ``other`` one of these is."""
        ratio = self.factor / other.factor
        return 1.0 if abs(ratio - 1.0) < _CLOSE else ratio

    def difference(self) -> "Unit":
        """What lies between two of these: K between two of °C."""
        return Unit(self.factor, self.dimensions)

    def __str__(self) -> str:
        """In base units, for a sentence."""
        names = [base if power == 1 else f"{base}^{power}" for base, power in self.dimensions] or [
            "a plain number"
        ]
        return f"{' '.join(names)}{' (a point on a scale)' if self.is_point else ''}"


def _added(one: Dimensions, other: Dimensions) -> Dimensions:
    powers = dict(one)
    for base, power in other:
        powers[base] = powers.get(base, 0) + power
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def _base(name: str) -> Unit:
    return Unit(1.0, ((name, 1),))


def _scaled(unit: Unit, **factors: float) -> dict[str, Unit]:
    return {name: Unit(factor * unit.factor, unit.dimensions) for name, factor in factors.items()}


ONE: Final = Unit(1.0)
SECOND: Final = _base("s")
_METRE, _KILOGRAM, _AMPERE, _KELVIN = _base("m"), _base("kg"), _base("A"), _base("K")
_NEWTON = _KILOGRAM * _METRE / SECOND**2
_JOULE = _NEWTON * _METRE
_WATT = _JOULE / SECOND
_VOLT = _WATT / _AMPERE
_PASCAL = _NEWTON / _METRE**2
_OHM = _VOLT / _AMPERE
_CURRENCIES: Final = (
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR JPY KRW MXN MYR NOK NZD PHP PLN RON "
    "SEK SGD THB TRY TWD USD ZAR"
)

_SYMBOLS: Final[dict[str, Unit]] = {
    **_scaled(ONE, **{"1": 1.0, "%": 0.01, "ppm": 1e-6}),
    **_scaled(SECOND, us=1e-6, ms=1e-3, s=1.0, min=60.0, h=3600.0, d=86_400.0),
    **_scaled(ONE / SECOND, Hz=1.0, kHz=1e3, rpm=1 / 60),  # a turn is 1, not 2 pi
    **_scaled(_METRE, um=1e-6, mm=1e-3, cm=1e-2, m=1.0, km=1e3),
    **_scaled(_METRE**3, mL=1e-6, L=1e-3),
    **_scaled(_KILOGRAM, mg=1e-6, g=1e-3, kg=1.0, t=1e3),
    **_scaled(_AMPERE, mA=1e-3, A=1.0),
    **_scaled(_AMPERE * SECOND, mAh=3.6, Ah=3600.0, C=1.0),
    **_scaled(_VOLT, mV=1e-3, V=1.0, kV=1e3),
    **_scaled(_WATT, mW=1e-3, W=1.0, kW=1e3, MW=1e6, VA=1.0, kVA=1e3, var=1.0, kvar=1e3),
    **_scaled(_JOULE, J=1.0, kJ=1e3, MJ=1e6, Wh=3600.0, kWh=3.6e6, MWh=3.6e9),
    **_scaled(_NEWTON, N=1.0, kN=1e3),
    **_scaled(_PASCAL, Pa=1.0, hPa=100.0, mbar=100.0, kPa=1e3, bar=1e5, MPa=1e6),
    **_scaled(_OHM, ohm=1.0, kohm=1e3),
    **_scaled(ONE / _OHM, S=1.0, mS=1e-3, uS=1e-6),
    **_scaled(_VOLT * SECOND / _METRE**2, mT=1e-3, T=1.0),
    **_scaled(_KELVIN, K=1.0, degC=1.0),
    **{name: _base(name) for name in ("dB", "pH", "lx", *_CURRENCIES.split())},
}
_SPELLINGS: Final = str.maketrans(
    {"°": "deg", "µ": "u", "μ": "u", "Ω": "ohm", "·": " ", "*": " ", "²": "2", "³": "3"}
)
_FACTOR: Final = re.compile(r"([A-Za-z%]+)(\d?)|1")
_LONGEST: Final = 40


@cache
def unit(text: str) -> Unit:
    """``kWh/L``, ``N m``, ``m3``, ``1/h``. ``°C`` alone is a point, in ``°C/min`` a difference.

    Raises:
        WrongType: it is not known; the sentence says what is.
    """
    if len(text) > _LONGEST:
        raise WrongType(
            f"{text[:_LONGEST]!r}... is no unit: it is longer than {_LONGEST} characters."
        )
    plain = text.translate(_SPELLINGS)
    if plain == "degC":
        return Unit(1.0, _KELVIN.dimensions, is_point=True)
    above, *below = plain.split("/")
    found = _product(above, text)
    for part in below:
        found = found / _product(part, text)
    return found


def _product(part: str, text: str) -> Unit:
    found = ONE
    for word in part.split() or [""]:
        match = _FACTOR.fullmatch(word)
        symbol = _SYMBOLS.get(match[1] or "1") if match else None
        if match is None or symbol is None:
            raise WrongType(
                f"{text!r} is no unit that is known: {word!r} is none of "
                f"{' '.join(sorted(_SYMBOLS))} (as in kWh/L, 1/h, N m, m3, °C/min)."
            )
        found = found * symbol ** int(match[2] or 1)
    return found
