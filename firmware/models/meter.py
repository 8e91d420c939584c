"""A meter that counts whole units, so that not even 32-bit floats lose what is small beside it."""


class Meter:
    """Counts from ``units`` on; at ``wraps_at`` units it begins at 0 again, where it does so."""

    def __init__(self, units: int, *, wraps_at: int = 0) -> None:
        self.units = units
        self._wraps_at = wraps_at
        self._part = 0.0  # of a unit

    def add(self, units: float) -> None:
        self._part += units
        whole = int(self._part)
        self._part -= whole
        self.units += whole
        if self._wraps_at:
            self.units %= self._wraps_at
