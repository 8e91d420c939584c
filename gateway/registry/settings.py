"""Settings of a device that a person may set: checked, and which command changes which. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contract.errors import Refused

LEAST_HZ: Final = 1 / 3600
MOST_HZ: Final = 100.0
_LARGEST: Final = 3e38  # that a float of 32 bits holds

# A command is the hand on the knob, the setting the note beside it: the one changes the other.
OF_COMMANDS: Final[Mapping[str, str]] = {"set_rate": "rate_hz", "set_point": "set_point"}


def checked(name: str, value: Any) -> float:
    """``value`` as the setting ``name`` has it. What a machine takes, it says itself.

    Raises:
        Refused: there is no such setting, or no board takes that.
    """
    check = _CHECKS.get(name)
    if check is None:
        raise Refused(f"There is no setting {name[:40]!r}; there are {', '.join(_CHECKS)}.")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) <= _LARGEST:  # not so of NaN
        raise Refused(f"{name} must be a number.")
    return check(float(value))


def _rate_hz(value: float) -> float:
    if not LEAST_HZ <= value <= MOST_HZ:
        raise Refused("rate_hz must be 1/3600 (a reading an hour) to 100 readings a second.")
    return value


def _set_point(value: float) -> float:
    return value


_CHECKS: Final[Mapping[str, Callable[[float], float]]] = {
    "rate_hz": _rate_hz,
    "set_point": _set_point,
}
