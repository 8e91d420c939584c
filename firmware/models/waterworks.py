"""What is inside a water dispenser: reservoir, hot and cold tank, heater, cooler, and its power."""

from firmware.models.tanks import Reservoir, Tank, Thermostat

_RESERVOIR_L = 12.0
_INLET_L_PER_S = 6.0 / 60.0
_TANK_L = 3.0
_HEATER_W = 2000.0
_HOT_BAND_K = 0.8
_COOLER_W = 130.0  # electrical; it moves so many times as much heat:
_COOLER_COP = 2.2
_COLD_SET_POINT_C = 5.0
_COLD_BAND_K = 0.6
_PUMP_W = 25.0
_SCALE_ON_HEATER = 0.40  # scale insulates: the heater's limiter opens ever again
_LEAK_L_PER_S = 0.4 / 60.0
# Mains without pressure suck the reservoir empty through its valve.
_RUNS_BACK_L_PER_S = 4.0 / 60.0
_GIVES_UP_S = 900.0  # a heater that is on for so long and does not get there is an error


class Waterworks:
    """Water, heat and power. Faults are shares, 0 to 1, that whoever advances it sets."""

    def __init__(self, noise, *, hot_c: float) -> None:
        self._heater_w = noise.about(_HEATER_W, 0.05)
        self._base_w = noise.about(4.0, 0.2)
        hot_c += noise.uniform(-_HOT_BAND_K, _HOT_BAND_K)
        cold_c = _COLD_SET_POINT_C + noise.uniform(-_COLD_BAND_K, _COLD_BAND_K)
        loss_w_per_k = noise.about(1.2, 0.1)
        self.hot = Tank(litres=_TANK_L, loss_w_per_k=loss_w_per_k, temperature_c=hot_c)
        # The same water with a heater that works.
        self.healthy = Tank(litres=_TANK_L, loss_w_per_k=loss_w_per_k, temperature_c=hot_c)
        self.cold = Tank(litres=_TANK_L, loss_w_per_k=noise.about(0.8, 0.1), temperature_c=cold_c)
        self.reservoir = Reservoir(
            litres=_RESERVOIR_L,
            level=noise.uniform(0.4, 0.9),
            inlet_l_per_s=noise.about(_INLET_L_PER_S, 0.1),
        )
        self._heating = Thermostat(_HOT_BAND_K)
        self._healthy_heating = Thermostat(_HOT_BAND_K)
        self._cooling = Thermostat(_COLD_BAND_K)
        self._was_heating = False
        self._unheated_s = 0.0  # that the heater is on without getting there
        self.heater_works = True
        self.supplied = True
        self.scale = 0.0
        self.leak = 0.0
        self.power_w = self._base_w

    def goes_on_with(self, power_w: float) -> None:
        """Heat and cool as a machine does that draws ``power_w``."""
        heats = power_w > _HEATER_W / 2.0
        self._heating.is_on = self._healthy_heating.is_on = self._was_heating = heats
        self._cooling.is_on = power_w - heats * self._heater_w > _COOLER_W / 2.0

    @property
    def is_out_of_order(self) -> bool:
        return self.reservoir.is_empty or self._unheated_s > _GIVES_UP_S

    def advance(
        self, dt_s: float, *, hot_l: float, cold_l: float, aim_c: float, room_c: float
    ) -> tuple[float, float]:
        """Draw ``hot_l`` and ``cold_l``; the temperatures at which they come, in this order."""
        self._supply(dt_s, hot_l + cold_l)
        hot_c, heater_w = self._heat(dt_s, hot_l / dt_s, aim_c, room_c)
        cold_c, cooler_w = self._cool(dt_s, cold_l / dt_s, room_c)
        pump_w = _PUMP_W if hot_l + cold_l > 0.0 else 0.0
        self.power_w = self._base_w + pump_w + heater_w + cooler_w
        return hot_c, cold_c

    def _supply(self, dt_s: float, drawn_l: float) -> None:
        lost_l = self.leak * _LEAK_L_PER_S * dt_s
        if not self.supplied:
            lost_l += _RUNS_BACK_L_PER_S * dt_s
        self.reservoir.advance(dt_s, out_l=drawn_l + lost_l, supplied=self.supplied)

    def _heat(
        self, dt_s: float, draw_l_per_s: float, aim_c: float, room_c: float
    ) -> tuple[float, float]:
        """The temperature at which hot water comes, and the heater's power."""
        able_w = self._heater_w * (1.0 - _SCALE_ON_HEATER * self.scale)
        wanted = self._heating.advance(aim_c - self.hot.temperature_c)
        self._unheated_s = self._unheated_s + dt_s if wanted else 0.0
        power_w = able_w if wanted and self.heater_works else 0.0
        hot_c = self.hot.advance(
            dt_s, heat_w=power_w, draw_l_per_s=draw_l_per_s, inlet_c=room_c, room_c=room_c
        )
        if self.heater_works and self._was_heating and not wanted:
            # It got there: from here on both are the same, and switch at the same time.
            self.healthy.temperature_c = self.hot.temperature_c
            self._healthy_heating.is_on = False
        self._was_heating = wanted
        wanted = self._healthy_heating.advance(aim_c - self.healthy.temperature_c)
        self.healthy.advance(
            dt_s,
            heat_w=able_w if wanted else 0.0,
            draw_l_per_s=draw_l_per_s,
            inlet_c=room_c,
            room_c=room_c,
        )
        return hot_c, power_w

    def _cool(self, dt_s: float, draw_l_per_s: float, room_c: float) -> tuple[float, float]:
        """The temperature at which cold water comes, and the cooler's power."""
        wanted = self._cooling.advance(self.cold.temperature_c - _COLD_SET_POINT_C)
        power_w = _COOLER_W if wanted else 0.0
        cold_c = self.cold.advance(
            dt_s,
            heat_w=-_COOLER_COP * power_w,
            draw_l_per_s=draw_l_per_s,
            inlet_c=room_c,
            room_c=room_c,
        )
        return cold_c, power_w
