"""A machine of which nothing is known but its channels: least and greatest in, a course out."""

import math
from typing import Any, Final

from firmware.emulator.spans import Span, Spans
from firmware.models.noise import Noise
from firmware.models.simulated import Simulated, share, toward

_FAULTS: Final = ("drift", "spikes", "stuck_sensor")
_GROWS_S: Final = 20.0
_WANDERS_S: Final = 120.0
_WANDERS_BY: Final = 0.2  # of the span, one standard deviation
_NOISE: Final = 0.005  # of the span
_SPIKE: Final = 1.0  # of the span
_SPIKES_A_S: Final = 0.2
_FINE: Final = 1000.0  # so many steps at least a span has


class Channels:
    """What ``firmware.models`` has a module for, of such a machine."""

    MODEL: Final = "virtual machine of a fleet file"
    FAULTS: Final = _FAULTS
    RATE_HZ: Final = 1.0
    GROWN_WITHIN_S: Final = 60.0
    STATES = COUNTERS = EVENTS = LABELS = OPTIONAL = ()

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self.CHANNELS = tuple((name, span.unit) for name, span in spans.items())
        self.DECIMALS = {name: _decimals(span) for name, span in spans.items()}

    def Machine(self, seed: int) -> "Wanderer":  # noqa: N802 - as a module has it
        return Wanderer(self._spans, seed)


def _decimals(span: Span) -> int:
    """As many as show the noise."""
    if span.decimals is not None:
        return span.decimals
    return min(9, max(0, math.ceil(math.log10(_FINE / (span.most - span.least)))))


class Wanderer(Simulated):
    """Its values wander between their ends; one of them has the fault."""

    def __init__(self, spans: Spans, seed: int) -> None:
        super().__init__(tuple((name, span.unit) for name, span in spans.items()))
        self._noise = Noise(seed)
        self._spans = list(spans.items())
        self._at = [self._noise.uniform(0.3, 0.7) for _ in self._spans]  # shares of the span
        self._grown = dict.fromkeys(_FAULTS[:2], 0.0)
        self._ill = 0  # index of the channel
        self._last: dict[str, float] = {}

    def set_point(self, value: float) -> None:
        raise ValueError(f"no set_point, got {value!r}")

    def inject(self, fault: str) -> None:
        """Begin ``fault``.

        Raises:
            ValueError: there is no such fault; the text names those there are.
        """
        if fault not in _FAULTS:
            raise ValueError(f"fault must be one of {', '.join(_FAULTS)}")
        self._fault = fault
        self._ill = self._noise.below(len(self._spans))

    def clear(self) -> None:
        self._fault = ""

    def take_events(self) -> list[tuple[str, dict[str, Any]]]:
        return []

    def _symptoms(self) -> tuple[tuple[float, str], ...]:
        return tuple((grown, name) for name, grown in self._grown.items())

    def step(self, dt_s: float) -> dict[str, float]:
        """Advance by ``dt_s`` seconds; what its sensors see."""
        for name in self._grown:
            self._grown[name] = toward(self._grown[name], self._fault == name, dt_s, _GROWS_S)
        stuck = self._fault == "stuck_sensor" and bool(self._last)
        values: dict[str, float] = {}
        for index, (name, span) in enumerate(self._spans):
            at = self._wander(index, dt_s) + self._symptom(index, dt_s)
            seen = span.least + at * (span.most - span.least)
            values[name] = self._last[name] if stuck and index == self._ill else seen
        self._last = values
        return values

    def _wander(self, index: int, dt_s: float) -> float:
        """Ornstein-Uhlenbeck about the middle, turned back at the ends."""
        kick = _WANDERS_BY * math.sqrt(2.0 * min(dt_s, _WANDERS_S) / _WANDERS_S)
        at = self._at[index] + (0.5 - self._at[index]) * share(dt_s, _WANDERS_S)
        self._at[index] = min(0.98, max(0.02, at + self._noise.normal(kick)))
        return self._at[index] + self._noise.normal(_NOISE)

    def _symptom(self, index: int, dt_s: float) -> float:
        if index != self._ill:
            return 0.0
        spikes = self._noise.uniform(0.0, 1.0) < 1.0 - math.exp(-_SPIKES_A_S * dt_s)
        return self._grown["drift"] + (_SPIKE * self._grown["spikes"] if spikes else 0.0)
