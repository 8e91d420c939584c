"""What devices can be told to do and what each order needs: checks, description, examples.

Devices carry their own copy (``firmware/device/commands.py``, ``firmware/uno_r4/commands.h``),
which the tests compare with this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["number", "text"]


@dataclass(frozen=True, kw_only=True)
class Argument:
    """A named value that a command needs."""

    name: str
    kind: Kind
    example: float | str

    def fits(self, value: object) -> bool:
        """Whether ``value`` is of its kind; whether it is in range is the device's to say."""
        if self.kind == "text":
            return isinstance(value, str)
        return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, kw_only=True)
class Order:
    """One thing a device can be told to do."""

    name: str
    meaning: str
    arguments: tuple[Argument, ...] = ()

    @property
    def example(self) -> dict[str, Any]:
        """The arguments as one would send them."""
        return {argument.name: argument.example for argument in self.arguments}

    def mistake(self, args: Mapping[str, object]) -> str | None:
        """What is wrong with ``args``, in words for who sent them; None where they fit."""
        for argument in self.arguments:
            if argument.name not in args:
                return f"{self.name} needs {argument.name!r}, a {argument.kind}"
            if not argument.fits(args[argument.name]):
                return f"{argument.name!r} of {self.name} must be a {argument.kind}"
        return None


ORDERS: Final = (
    Order(
        name="inject_fault",
        meaning="begin a fault; virtual machines only, see their birth",
        arguments=(Argument(name="fault", kind="text", example="overcurrent"),),
    ),
    Order(name="clear_fault", meaning="begin the recovery; virtual machines only"),
    Order(
        name="set_rate",
        meaning="readings a second, from one an hour (1/3600) to 100, an UNO R4 to 10",
        arguments=(Argument(name="rate_hz", kind="number", example=5.0),),
    ),
    Order(
        name="set_point",
        meaning="what the machine's controller aims at",
        arguments=(Argument(name="set_point", kind="number", example=1200),),
    ),
    Order(name="identify", meaning="show which one it is: its lamp blinks"),
    Order(name="restart", meaning="start anew, after the answer"),
    Order(
        name="update",
        meaning="fetch another program; `python -m firmware update` sends it, signed",
        arguments=(
            Argument(name="manifest", kind="text", example='{"version":"0.2.0","files":[]}'),
            Argument(name="signature", kind="text", example="5f1d" * 16),
        ),
    ),
)
BY_NAME: Final[Mapping[str, Order]] = {order.name: order for order in ORDERS}
