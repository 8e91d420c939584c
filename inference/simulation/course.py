"""What one simulated machine goes through: all that its readings depend on but its seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contract.assets import CATALOGUE
from contract.assets.words import Asset
from contract.language.folding import Terms
from firmware import models
from inference.errors import BadRequest

Value = float | str

_USUAL_STEP_S: Final = 1.0  # no shorter unless somebody asks for it: figures are the same


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A fault that is injected, ``until_s`` it is cleared; None: it stays."""

    fault: str
    after_s: float
    until_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Course:
    """Of one machine.

    Attributes:
        duration_s: from the first reading to the last.
        period_s: from one reading to the next.
        start_ms: of the first reading.
        hour: of the day, by the site's clock, at the first reading.
        inputs: what it is told before it begins.
        terms: the parameters of its type, in order; the first count from the start on.
        state: what a real machine showed last, from which it goes on; None: a new machine, settled.
        troubles: what is injected, in order.
    """

    asset: Asset
    duration_s: float
    period_s: float
    start_ms: int
    hour: float
    inputs: Mapping[str, Value]
    terms: tuple[Terms, ...]
    state: Mapping[str, Value] | None = None
    troubles: tuple[Trouble, ...] = ()

    @property
    def readings(self) -> int:
        return round(self.duration_s / self.period_s) + 1

    @property
    def end_ms(self) -> int:
        return self.start_ms + (self.readings - 1) * round(self.period_s * 1000.0)

    @property
    def steps(self) -> int:
        """Of the simulation: a machine may need shorter ones than its readings lie apart."""
        longest_s = float(getattr(model_of(self.asset), "STEP_S", self.period_s))
        return round((self.before_s + self.duration_s) / min(self.period_s, longest_s)) + 1

    @property
    def before_s(self) -> float:
        """So long it runs before its first reading: a new one settles."""
        return 0.0 if self.state is not None else float(model_of(self.asset).SETTLES_S)


def model_of(asset: Asset) -> Any:  # a module of the MicroPython subset: untyped
    """Raises BadRequest: there is no virtual machine of that type."""
    try:
        return models.module(asset.name)
    except ValueError:
        raise BadRequest(
            f"A {asset.name} cannot be simulated: there is no virtual machine of that type. There"
            f" are those of {', '.join(simulated())}."
        ) from None


def simulated() -> list[str]:
    """The types of which there is a virtual machine."""
    return [name for name in CATALOGUE if _has_model(name)]


def _has_model(name: str) -> bool:
    try:
        models.module(name)
    except ValueError:
        return False
    return True


def usual_period_s(asset: Asset) -> float:
    """From one reading to the next where somebody wants to look at them."""
    return max(1.0 / asset.nominal_rate_hz, _USUAL_STEP_S)


def longest_period_s(asset: Asset) -> float:
    """The same where figures alone are asked for: they come out alike, and sooner."""
    usual_s = usual_period_s(asset)
    return max(usual_s, float(getattr(model_of(asset), "LONGEST_STEP_S", usual_s)))
