"""The units of a file's column and of its channel in; factor and offset out. Pure."""

from typing import Final, NamedTuple

from contract.errors import Refused, WrongType
from contract.language.units import unit

# What the language of types has no need of, by a unit that it has: factor, offset.
_OTHERS: Final[dict[str, tuple[str, float, float]]] = {
    "°F": ("°C", 5 / 9, -160 / 9),
    "psi": ("kPa", 6.894757293168, 0.0),
    "inHg": ("kPa", 3.386389, 0.0),
    "hp": ("W", 745.6998715823, 0.0),
    "ft": ("m", 0.3048, 0.0),
    "in": ("mm", 25.4, 0.0),
    "lb": ("kg", 0.45359237, 0.0),
    "gal": ("L", 3.785411784, 0.0),
    "gpm": ("L/min", 3.785411784, 0.0),
    "BTU": ("kJ", 1.05505585262, 0.0),
}
_SPELLINGS: Final = {
    "F": "°F", "degF": "°F", "ºF": "°F", "C": "°C", "degC": "°C", "ºC": "°C", "Nm": "N m",
    "percent": "%", "sec": "s", "kph": "km/h", "l": "L", "l/min": "L/min", "1/min": "rpm",
    "U/min": "rpm", "/min": "1/min",
}  # fmt: skip
_KELVIN: Final = {("K", "°C"): -273.15, ("°C", "K"): 273.15}


class Line(NamedTuple):
    """``value * factor + offset``."""

    factor: float = 1.0
    offset: float = 0.0

    @property
    def changes(self) -> bool:
        return self != (1.0, 0.0)


AS_IT_IS: Final = Line()


def spelled(text: str) -> str:
    """A unit as types write it, where it is one of those that are written otherwise."""
    return _SPELLINGS.get(text.strip(), text.strip())


def is_known(text: str) -> bool:
    """Whether anything can be made of it."""
    try:
        unit(_OTHERS.get(text, (text,))[0])
    except WrongType:
        return False
    return True


def line(said: str, wanted: str, *, column: str) -> Line:
    """From the unit of a column to that of its channel.

    Raises:
        Refused: one is not known, or they are of different things.
    """
    if said == wanted:
        return Line()
    base, factor, offset = _OTHERS.get(said, (said, 1.0, 0.0))
    if (base, wanted) in _KELVIN:
        return Line(factor, offset + _KELVIN[base, wanted])
    try:
        one, other = unit(base), unit(wanted)
    except WrongType as error:
        raise Refused(f"The column {column!r}: {error}") from error
    if not one.is_like(other):
        raise Refused(f"The column {column!r} is in {said}, which cannot be told in {wanted}.")
    ratio = one.per(other)
    return Line(factor * ratio, offset * ratio)
