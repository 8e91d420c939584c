"""Water at rest: a tank that is kept hot or cold, and the reservoir that it is filled from."""

import math

J_PER_L_K = 4186.0  # water; a litre of it is taken as a kilogram, hot or cold


class Tank:
    """Stirred water of one temperature; what is drawn is replaced by as much from the inlet."""

    def __init__(self, *, litres: float, loss_w_per_k: float, temperature_c: float) -> None:
        self._capacity_j_per_k = J_PER_L_K * litres
        self._loss_w_per_k = loss_w_per_k
        self.temperature_c = temperature_c

    def advance(
        self, dt_s: float, *, heat_w: float, draw_l_per_s: float, inlet_c: float, room_c: float
    ) -> float:
        """The mean temperature over ``dt_s``, which is also that of the water drawn.

        Heat balance with one thermal mass, exact as long as nothing changes within ``dt_s``.
        """
        carried_w_per_k = J_PER_L_K * draw_l_per_s
        per_k_w = self._loss_w_per_k + carried_w_per_k
        settled_c = (heat_w + self._loss_w_per_k * room_c + carried_w_per_k * inlet_c) / per_k_w
        time_constant_s = self._capacity_j_per_k / per_k_w
        away_k = self.temperature_c - settled_c
        covered = 1.0 - math.exp(-dt_s / time_constant_s)
        self.temperature_c -= away_k * covered
        return settled_c + away_k * covered * time_constant_s / dt_s


class Thermostat:
    """A switch that closes when ``band_k`` is lacking and opens when there is as much too much."""

    def __init__(self, band_k: float) -> None:
        self._band_k = band_k
        self.is_on = False

    def advance(self, lacking_k: float) -> bool:
        if lacking_k > self._band_k:
            self.is_on = True
        elif lacking_k < -self._band_k:
            self.is_on = False
        return self.is_on


class Reservoir:
    """Water at the temperature of the room; a float valve lets more in from the mains."""

    REFILL_AT = 0.30  # share of the reservoir, as is the next
    FULL_AT = 0.95
    EMPTY_AT = 0.02  # below this the pump draws air

    def __init__(self, *, litres: float, level: float, inlet_l_per_s: float) -> None:
        self._litres = litres
        self._inlet_l_per_s = inlet_l_per_s
        self._refilling = False
        self.level = level  # share of the reservoir

    @property
    def is_empty(self) -> bool:
        return self.level < self.EMPTY_AT

    def advance(self, dt_s: float, *, out_l: float, supplied: bool) -> float:
        """Give ``out_l``, as far as there is water; litres that the valve let in."""
        if self.level < self.REFILL_AT:
            self._refilling = True
        elif self.level >= self.FULL_AT:
            self._refilling = False
        let_in_l = self._inlet_l_per_s * dt_s if self._refilling and supplied else 0.0
        self.level = max(0.0, self.level + (let_in_l - out_l) / self._litres)
        return let_in_l
