"""Who works with an instrument, one after the other, and how long it waits between two batches."""

from firmware.models.noise import Noise

NAMES = ("Ada Brandt", "Ben Okafor", "Chiara Rossi", "Dan Weiss")
_PACES = (0.86, 0.97, 1.05, 1.2)  # how long a sample of theirs takes: each has a method of his own
_SHIFT_S = (2400.0, 5400.0)  # one of them works so long, then another
_BATCH = (5, 14)  # samples
_PAUSE_S = (30.0, 200.0)  # by day, from one batch to the next
_NIGHT = 3.0  # by night pauses are so many times as long


class Operators:
    """Draws from ``noise``; ``demand`` is how often batches come, 1 as usual."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise
        self._at = noise.below(len(NAMES))
        self._works_s = noise.uniform(600.0, _SHIFT_S[1])
        self.demand = 1.0

    @property
    def name(self) -> str:
        return NAMES[self._at]

    @property
    def pace(self) -> float:
        return _PACES[self._at]

    def spend(self, dt_s: float) -> None:
        self._works_s -= dt_s

    def batch(self) -> int:
        """How many samples somebody loads."""
        return _BATCH[0] + self._noise.below(_BATCH[1] - _BATCH[0] + 1)

    def begun(self) -> int:
        """How many are left of a batch that was begun at some time."""
        return 1 + self._noise.below(_BATCH[1])

    def pause_s(self, hour: float) -> float:
        """Until somebody loads the next one, perhaps another person by then."""
        noise = self._noise
        is_night = not 6.0 <= hour < 20.0
        found = noise.uniform(*_PAUSE_S) * (_NIGHT if is_night else 1.0) / self.demand
        if self._works_s <= 0.0:
            self._at = (self._at + 1 + noise.below(len(NAMES) - 1)) % len(NAMES)
            self._works_s = noise.uniform(*_SHIFT_S)
        return found
