"""A hot and cold water dispenser: people in; flow, levels, temperatures, power, services out.

A reservoir is filled from the mains and fills a hot and a cold tank with what is drawn from them.
Both lose heat to the room and are held by thermostats. People come by the hour of the day, choose,
and get a cup or a bottle.
"""

import math

from firmware.models.meter import Meter
from firmware.models.noise import Noise
from firmware.models.preferences import SET_POINT, Preferences
from firmware.models.simulated import Simulated, toward, within
from firmware.models.tanks import Reservoir
from firmware.models.users import STATES as USED_AS
from firmware.models.users import Panel, visits_per_s
from firmware.models.waterworks import Waterworks

MODEL = "virtual water dispenser, 230 V"
CHANNELS = (
    ("flow", "L/min"),
    ("tank_level", "%"),
    ("hot_temperature", "°C"),
    ("cold_temperature", "°C"),
    ("power", "W"),
    ("hot_set_point", "°C"),
)
STATES = (("state", USED_AS),)
COUNTERS = (("litres", "L"), ("energy", "kWh"))
EVENTS = (
    (
        "service",
        (("wait", "s"), ("volume", "L"), ("temperature", "°C"), ("right", "1")),
        ("drink",),
    ),
    ("descaled", (), ()),
)
DECIMALS = {
    "tank_level": 2,
    "hot_temperature": 2,
    "cold_temperature": 2,
    "power": 1,
    "hot_set_point": 1,
}
OPTIONAL = ()
RATE_HZ = 1.0
INPUTS = ("users", "flow_rate", "temp_setpoint", "heater_regime")
STEP_S = 1.0  # the longest within which nothing changes
LONGEST_STEP_S = 10.0
RESUMES = ("tank_level", "hot_temperature", "cold_temperature", "power", "hot_set_point")
FAULTS = ("leak", "heater_failure", "limescale", "stuck_sensor", "empty_tank", "overuse")
# Its time scale, by day: so soon a fault can be told from a healthy machine, is fully grown, and
# is gone after it was cleared; and so long a machine takes until it is as usual.
SHOWS_WITHIN_S = 900.0
GROWN_WITHIN_S = 1800.0
RECOVERS_WITHIN_S = 900.0
SETTLES_S = 300.0

METER_WRAPS_WH = 1000000  # six digits, three of them decimals of a kWh

# Per channel but the set point: standard deviation of the noise, and steps of the converter per
# unit. Flow is counted in pulses, which make no noise.
_NOISE = (0.0, 0.15, 0.06, 0.05, 0.4)
_STEPS = (1000.0, 20.0, 100.0, 100.0, 10.0)
_STICKING = (1, 2, 3, 4)  # indices of the channels that may repeat a value; a pulse counter cannot
_FULL_DEFICIT_K = 8.0  # hot water that is so much too cold is a heater failure, fully grown
_SCALE_ON_FLOW = 0.45  # fully grown limescale takes so much of the flow

_MOST_STEPS = 120
_DAY_MS = 86400000


class Machine(Simulated):
    """One dispenser. ``step`` advances it; ``inject`` and ``clear`` begin a fault and its end."""

    def __init__(self, seed: int) -> None:
        super().__init__(CHANNELS)
        noise = Noise(seed)
        self._noise = noise
        self.preferences = Preferences()
        self._valve = noise.about(1.0, 0.03)  # what it lets through, of the flow it is set to
        self._habit = noise.about(1.7, 0.12)  # visits a user and hour
        self._mean_room_c = noise.uniform(20.0, 24.0)
        self._time_ms = int(noise.uniform(8.0, 17.0) * 3600000.0)  # of the day
        self._water = Waterworks(noise, hot_c=self.preferences.hot_set_point)
        self._panel = Panel(noise)
        self._millilitres = Meter(int(noise.uniform(500.0, 4000.0)) * 1000)
        watt_hours = int(noise.uniform(0.0, 1.0) * METER_WRAPS_WH)
        self._watt_hours = Meter(watt_hours, wraps_at=METER_WRAPS_WH)
        self._last: dict[str, object] = {}

        self._scale = 0.0  # 0..1, as are the next two
        self._leak = 0.0
        self._crowd = 0.0
        self._stuck = -1  # index of the channel

    # ------------------------------------------------------------- what others tell it

    def set_point(self, value: float) -> None:
        """Aim at ``value`` °C in the hot tank.

        Raises:
            ValueError: outside what it can do; the text names the range.
        """
        self.preferences.hot_set_point = within(value, SET_POINT, "set_point", "°C")

    def tell(self, name: str, value) -> None:
        """From now on one of INPUTS is ``value``.

        Raises:
            ValueError: there is no such input, or it cannot be so; the text says what can.
        """
        if name not in INPUTS:
            raise ValueError(f"it can be told {', '.join(INPUTS)}")
        if name == "temp_setpoint":
            self.set_point(value)
        else:
            self.preferences.set(name, value)

    def resume(self, values) -> None:
        """Go on from what a real one has told last, ``{name: value}``: its water and its meters."""
        water = self._water
        if "hot_set_point" in values:
            low, high = SET_POINT
            self.preferences.hot_set_point = max(low, min(high, values["hot_set_point"]))
        if "hot_temperature" in values:
            water.hot.temperature_c = water.healthy.temperature_c = values["hot_temperature"]
        if "cold_temperature" in values:
            water.cold.temperature_c = values["cold_temperature"]
        if "tank_level" in values:
            water.reservoir.level = values["tank_level"] / 100.0
        if "power" in values:
            water.goes_on_with(values["power"])
        if "litres" in values:
            self._millilitres.units = round(values["litres"] * 1000.0)
        if "energy" in values:
            self._watt_hours.units = round(values["energy"] * 1000.0) % METER_WRAPS_WH

    def tell_hour(self, hour: float) -> None:
        """It is ``hour`` of the day, 0 to 24; from then on it counts for itself.

        Raises:
            ValueError: that is no hour of a day.
        """
        if not 0.0 <= hour <= 24.0:
            raise ValueError("hour must be 0 to 24")
        self._time_ms = int(hour * 3600000.0) % _DAY_MS

    def inject(self, fault: str) -> None:
        """Begin ``fault``; one that is present begins to recover.

        Raises:
            ValueError: there is no such fault; the text names those there are.
        """
        if fault not in FAULTS:
            raise ValueError(f"fault must be one of {', '.join(FAULTS)}")
        self.clear()
        self._fault = fault
        if fault == "stuck_sensor":
            self._stuck = _STICKING[self._noise.below(len(_STICKING))]

    def clear(self) -> None:
        """Begin the recovery from whatever fault is present."""
        if self._fault == "limescale":
            self._happened("descaled", {})
        self._fault = ""
        self._stuck = -1

    # ------------------------------------------------------------- what it tells of itself

    @property
    def hour(self) -> float:
        """Of the day, 0 to 24, as far as it knows."""
        return self._time_ms / 3600000.0

    def _symptoms(self) -> tuple[tuple[float, str], ...]:
        water = self._water
        deficit = (water.healthy.temperature_c - water.hot.temperature_c) / _FULL_DEFICIT_K
        return (
            (self._leak, "leak"),
            (max(0.0, min(1.0, deficit)), "heater_failure"),
            (self._scale, "limescale"),
            (max(0.0, 1.0 - water.reservoir.level / Reservoir.REFILL_AT), "empty_tank"),
            (self._crowd, "overuse"),
        )

    # ------------------------------------------------------------- physics

    def step(self, dt_s: float):
        """Advance by ``dt_s`` seconds; ``{name: value}`` as its sensors see it then."""
        steps = min(_MOST_STEPS, math.ceil(dt_s / STEP_S))
        part_s = dt_s / steps
        poured_l = energy_j = 0.0
        for _ in range(steps):
            poured_l += self._advance(part_s)
            energy_j += self._water.power_w * part_s
        self._millilitres.add(1000.0 * poured_l)
        self._watt_hours.add(energy_j / 3600.0)
        return self._sense(60.0 * poured_l / dt_s, energy_j / dt_s)

    def _advance(self, dt_s: float) -> float:
        """One part of a step; litres poured in it."""
        self._time_ms = (self._time_ms + round(1000.0 * dt_s)) % _DAY_MS
        self._grow(dt_s)
        panel, valve_l_per_s = self._panel, self.preferences.flow_rate / 60.0
        panel.arrive(dt_s, self._visits_per_s())
        panel.advance(works=not self._water.is_out_of_order, valve_l_per_s=valve_l_per_s)
        open_s, drink = panel.spend(dt_s), panel.drink
        if drink is None:
            self._flow_through(dt_s, hot_l=0.0, cold_l=0.0)
            return 0.0
        clogged = 1.0 - _SCALE_ON_FLOW * self._scale
        poured_l: float = open_s * valve_l_per_s * self._valve * drink.pressure * clogged
        hot_l, cold_l = (poured_l, 0.0) if drink.is_hot else (0.0, poured_l)
        hot_c, cold_c = self._flow_through(dt_s, hot_l=hot_l, cold_l=cold_l)
        drink.pour(poured_l, hot_c if drink.is_hot else cold_c)
        if panel.served() is not None:
            set_point_c = self.preferences.hot_set_point
            self._happened("service", drink.service(hot_set_point_c=set_point_c))
        return poured_l

    def _visits_per_s(self) -> float:
        return visits_per_s(
            hour=self.hour,
            users=self.preferences.users,
            habit=self._habit,
            crowd=self._crowd,
        )

    def _flow_through(self, dt_s: float, *, hot_l: float, cold_l: float):
        """What the water does meanwhile; the temperatures of hot and cold water."""
        # A room is warmest in the afternoon.
        room_c = self._mean_room_c + 1.5 * math.sin((self.hour - 9.0) * (math.pi / 12.0))
        aim_c = self.preferences.aim_c(hour=self.hour, unused_s=self._panel.unused_s)
        return self._water.advance(dt_s, hot_l=hot_l, cold_l=cold_l, aim_c=aim_c, room_c=room_c)

    def _grow(self, dt_s: float) -> None:
        fault, water = self._fault, self._water
        self._leak = toward(self._leak, float(fault == "leak"), dt_s, 5.0)
        self._scale = toward(self._scale, float(fault == "limescale"), dt_s, 20.0)
        self._crowd = toward(self._crowd, float(fault == "overuse"), dt_s, 60.0)
        water.leak, water.scale = self._leak, self._scale
        water.supplied = fault != "empty_tank"
        water.heater_works = fault != "heater_failure"

    def _sense(self, flow: float, power_w: float):
        water = self._water
        self._true = (
            flow,
            100.0 * water.reservoir.level,
            water.hot.temperature_c,
            water.cold.temperature_c,
            power_w,
            self.preferences.hot_set_point,
        )
        values: dict[str, object] = {}
        for index in range(len(_NOISE)):
            name = CHANNELS[index][0]
            if index == self._stuck and name in self._last:
                values[name] = self._last[name]
            else:
                seen = self._true[index] + self._noise.normal(_NOISE[index])
                values[name] = max(0, round(seen * _STEPS[index])) / _STEPS[index]
        values["hot_set_point"] = self._true[len(_NOISE)]
        values["state"] = self._panel.state
        values["litres"] = self._millilitres.units / 1000.0
        values["energy"] = self._watt_hours.units / 1000.0
        self._last = values
        return values
