"""What every virtual machine tells of its fault: symptoms in, truth and intensity out."""

import math

GONE = 0.2  # a symptom below this share of its full size is no longer called a fault
_SUDDEN = ("stuck_sensor",)  # faults that are there at once, and whole
_MOST_EVENTS = 64  # kept for whoever takes none


class Simulated:
    """A machine whose faults grow and recover.

    Who extends it sets ``_fault``, the one that was injected, and ``_true``, the values of the
    channels without noise in their order, and says in ``_symptoms`` how far each fault has grown.
    ``pace`` may be set: what wears out grows so many times as fast, where the machine has such.
    """

    pace = 1.0

    def __init__(self, channels) -> None:
        self._channels = channels  # (name, unit) of each
        self._fault = ""
        self._true: tuple[float, ...] = ()
        self._events: list[tuple[str, dict[str, object]]] = []

    def take_events(self) -> list[tuple[str, dict[str, object]]]:
        """``(name, values)`` of what has happened since the last call, the newest 64 at most."""
        events, self._events = self._events, []
        return events

    def _happened(self, name: str, values) -> None:
        self._events.append((name, values))
        if len(self._events) > _MOST_EVENTS:
            self._events.pop(0)

    @property
    def truth(self) -> str:
        """``normal``, or the fault from its onset until its symptoms have gone."""
        if self._fault:
            return self._fault
        share, name = max(self._symptoms())
        return name if share >= GONE else "normal"

    @property
    def intensity(self) -> float:
        """How far the symptom of the present fault has grown, 0 to 1."""
        if self._fault in _SUDDEN:
            return 1.0
        truth = self.truth
        for share, name in self._symptoms():
            if name == truth:
                return share
        return 0.0

    @property
    def true_values(self) -> dict[str, float]:
        """``{channel: value}`` of the last step as no sensor can see it, without noise."""
        channels, true = self._channels, self._true
        return {channels[index][0]: true[index] for index in range(len(true))}

    def _symptoms(self) -> tuple[tuple[float, str], ...]:
        """``((share of its full size, fault), …)``."""
        raise NotImplementedError


def share(dt_s: float, time_constant_s: float) -> float:
    """The part of its way that a first-order lag covers in ``dt_s``."""
    return 1.0 - math.exp(-dt_s / time_constant_s)


def toward(level: float, aim: float, dt_s: float, time_constant_s: float) -> float:
    """``level`` after ``dt_s`` of such a lag; one that has arrived costs nothing."""
    return level if level == aim else level + (aim - level) * share(dt_s, time_constant_s)


def within(value, allowed, name: str, unit: str) -> float:
    """``value`` as a number. Raises ValueError: it is none of ``allowed``, (least, most)."""
    low, high = allowed
    if isinstance(value, str) or not low <= value <= high:
        raise ValueError(f"{name} must be {low:.0f} to {high:.0f} {unit}")
    return float(value)


def ramp(level: float, aim: float, dt_s: float, seconds: float) -> float:
    """``level`` after ``dt_s`` on its way to ``aim``, of which a whole one takes ``seconds``."""
    most = dt_s / seconds
    return level + max(-most, min(most, aim - level))


def likely(seen: float, own: float) -> float:
    """How many times as much a real one shows; more than another series has is something else."""
    return max(0.3, min(3.0, seen / own)) if own > 0.0 else 1.0
