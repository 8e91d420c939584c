"""A 12 V DC fan on a cabinet: heat load and set point in; temperature, speed, current out.

Air carries heat away as speed to the 0.8 (turbulent convection, Dittus and Boelter); the power of
the air rises with the cube of the speed, but the motor is the more efficient the faster it turns,
so current rises as speed to the 2.2; vibration of a rigid rotor rises with the square of its speed
and with wear.
"""

import math

from firmware.models.noise import Noise
from firmware.models.simulated import GONE, Simulated, likely, share, toward, within

MODEL = "virtual fan, 12 V"
CHANNELS = (
    ("temperature", "°C"),
    ("rpm", "rpm"),
    ("current", "A"),
    ("vibration", "mm/s"),
    ("ambient", "°C"),
)
DECIMALS = {"temperature": 2, "rpm": 0, "ambient": 2}  # where they are not 3
RATE_HZ = 5.0  # how often such a machine is read where nobody says otherwise
OPTIONAL = ("ambient",)  # channels that a reading may lack
INPUTS = ("set_point", "load", "ambient")
LONGEST_STEP_S = 10.0
RESUMES = ("temperature", "rpm", "current", "vibration", "ambient")
FAULTS = ("overcurrent", "thermal_drift", "vibration_spikes", "stuck_sensor")
SET_POINT = (600.0, 1600.0)  # rpm: what set_point() accepts
_LOAD = (10.0, 150.0)  # % of the rated heat
_AMBIENT = (0.0, 50.0)  # °C, the mean of the room
STATES = ()
COUNTERS = ()
EVENTS = ()
# Its time scale, as docs/architecture.md section 8 has it.
SHOWS_WITHIN_S = 2.0
GROWN_WITHIN_S = 60.0
RECOVERS_WITHIN_S = 90.0
SETTLES_S = 40.0

_RATED_RPM = 1200.0
# Per channel: standard deviation of the noise, and steps of the converter per unit. A step is
# several times smaller than the noise, so a sensor that repeats itself stands out.
_NOISE = (0.06, 6.0, 0.012, 0.035, 0.05)
_STEPS = (100.0, 1.0, 1000.0, 1000.0, 100.0)
_STICKING = 4  # the channels that may stick: all that every reading has
_FULL_EXCESS_C = 15.0  # excess temperature at which a thermal drift counts as fully grown


class Machine(Simulated):
    """One fan. ``step`` advances it; ``inject`` and ``clear`` begin a fault and its recovery."""

    def __init__(self, seed: int) -> None:
        super().__init__(CHANNELS)
        noise = Noise(seed)
        self._noise = noise
        self._rise_c = noise.about(18.0, 0.10)  # above ambient at rated load and speed
        self._thermal_s = noise.about(12.0, 0.15)  # time constant at rated speed
        self._still_air = noise.about(0.15, 0.20)  # share of the cooling that needs no fan
        self._inertia_s = noise.about(0.8, 0.15)
        self._idle_a = noise.about(0.16, 0.15)
        self._aero_a = noise.about(0.86, 0.08)  # at rated speed
        self._base_vibration = noise.about(0.72, 0.12)  # mm/s RMS at rated speed, new
        self._boost_rpm_per_c = noise.about(22.0, 0.15)
        self._boost_from_c = noise.about(48.0, 0.03)
        self._ambient_mean_c = noise.uniform(20.0, 24.0)
        self._day = noise.uniform(0.0, 2.0 * math.pi)  # phase of the room's slow swing
        self._wear = noise.uniform(0.0, 0.3)
        self._life_s = noise.about(20000.0 * 3600.0, 0.2)

        self._ambient_c = self._ambient_mean_c
        self._mean_load = 1.0  # of the rated heat
        self._load = 1.0
        self._set_point_rpm = _RATED_RPM
        self._rpm = _RATED_RPM
        self._temperature_c = self._ambient_c + self._rise_c
        self._healthy_c = self._temperature_c  # what it would be with free air
        self._last: dict[str, float] = {}
        self._true = (self._temperature_c, self._rpm, 0.0, 0.0, self._ambient_c)

        self._drag = 0.0  # 0..1, as are the next two
        self._blocked = 0.0
        self._imbalance = 0.0
        self._stuck = -1  # index of the channel
        self._drag_a = 3.0
        self._growth_s = 1.2
        self._block_depth = 0.7
        self._spike_mm_s = 4.0
        self._spike_in_s = 0.0

    # ------------------------------------------------------------- what others tell it

    def set_point(self, value: float) -> None:
        """Aim at ``value`` revolutions a minute.

        Raises:
            ValueError: outside what this fan can do; the text names the range.
        """
        self._set_point_rpm = within(value, SET_POINT, "set_point", "rpm")

    def tell(self, name: str, value) -> None:
        """From now on one of INPUTS is ``value``.

        Raises:
            ValueError: there is no such input, or it cannot be so; the text says what can.
        """
        if name == "set_point":
            self.set_point(value)
        elif name == "load":
            self._mean_load = within(value, _LOAD, "load", "%") / 100.0
        elif name == "ambient":
            self._ambient_mean_c = within(value, _AMBIENT, "ambient", "°C")
        else:
            raise ValueError(f"it can be told {', '.join(INPUTS)}")

    def resume(self, values) -> None:
        """Go on from what a real one has told last, ``{channel: value}``.

        What it draws, shakes and heats up at its speed becomes this machine's own, as far as any
        fan could. It is taken to be settled, and to aim at the speed it has.
        """
        if "ambient" in values:
            self._ambient_c = self._ambient_mean_c = values["ambient"]
        self._rpm = max(1.0, values.get("rpm", self._rpm))
        self._temperature_c = values.get("temperature", self._temperature_c)
        self._healthy_c = self._temperature_c
        hot_c = max(0.0, self._temperature_c - self._boost_from_c)
        aim = self._rpm - self._boost_rpm_per_c * hot_c
        self._set_point_rpm = max(SET_POINT[0], min(SET_POINT[1], aim))
        self._rise_c *= likely(self._temperature_c - self._ambient_c, self._settled_rise_c())
        if "current" in values:
            ratio = likely(values["current"], self._current_a())
            self._idle_a *= ratio
            self._aero_a *= ratio
        if "vibration" in values:
            self._base_vibration *= likely(values["vibration"], self._vibration(0.0))

    def inject(self, fault: str) -> None:
        """Begin ``fault``; one that is present begins to recover.

        Raises:
            ValueError: there is no such fault; the text names those there are.
        """
        if fault not in FAULTS:
            raise ValueError(f"fault must be one of {', '.join(FAULTS)}")
        noise = self._noise
        self._fault = fault
        self._stuck = noise.below(_STICKING) if fault == "stuck_sensor" else -1
        if fault == "overcurrent":
            self._drag_a = noise.uniform(2.6, 3.5)
            self._growth_s = noise.uniform(0.9, 1.5)
        elif fault == "thermal_drift":
            self._block_depth = noise.uniform(0.60, 0.72)
        elif fault == "vibration_spikes":
            self._spike_mm_s = noise.uniform(3.5, 6.5)
            self._spike_in_s = 0.0

    def clear(self) -> None:
        """Begin the recovery from whatever fault is present."""
        self._fault = ""
        self._stuck = -1

    # ------------------------------------------------------------- what it tells of itself

    def _symptoms(self) -> tuple[tuple[float, str], ...]:
        excess = (self._temperature_c - self._healthy_c) / _FULL_EXCESS_C
        return (
            (self._drag, "overcurrent"),
            (max(0.0, min(1.0, excess)), "thermal_drift"),
            (self._imbalance, "vibration_spikes"),
        )

    # ------------------------------------------------------------- physics

    def step(self, dt_s: float) -> dict[str, float]:
        """Advance by ``dt_s`` seconds; ``{channel: value}`` as the sensors see it then."""
        self._grow(dt_s)
        self._drift(dt_s)
        self._turn(dt_s)
        self._heat(dt_s)
        return self._sense(self._current_a(), self._vibration(dt_s))

    def _grow(self, dt_s: float) -> None:
        fault = self._fault
        self._drag = toward(self._drag, float(fault == "overcurrent"), dt_s, self._growth_s)
        self._blocked = toward(self._blocked, float(fault == "thermal_drift"), dt_s, 0.5)
        self._imbalance = toward(self._imbalance, float(fault == "vibration_spikes"), dt_s, 0.6)

    def _drift(self, dt_s: float) -> None:
        """Room and load wander over minutes."""
        self._day = (self._day + dt_s * (2.0 * math.pi / 3600.0)) % (2.0 * math.pi)
        room_c = self._ambient_mean_c + 1.2 * math.sin(self._day)
        noise = self._noise
        self._ambient_c += (room_c - self._ambient_c) * share(dt_s, 120.0)
        # Ornstein-Uhlenbeck: 3 % standard deviation, 90 s correlation.
        kick = 0.03 * math.sqrt(2.0 * min(dt_s, 45.0) / 90.0)
        self._load += (self._mean_load - self._load) * share(dt_s, 90.0) + noise.normal(kick)

    def _turn(self, dt_s: float) -> None:
        """The controller holds the set point and adds speed when its heat sink is hot."""
        hot_c = max(0.0, self._temperature_c - self._boost_from_c)
        aim = min(SET_POINT[1], self._set_point_rpm + self._boost_rpm_per_c * hot_c)
        aim *= 1.0 - 0.35 * self._drag
        self._rpm += (aim - self._rpm) * share(dt_s, self._inertia_s)
        self._wear += dt_s * self._rpm / (_RATED_RPM * self._life_s)

    def _heat(self, dt_s: float) -> None:
        air = (self._rpm / _RATED_RPM) ** 0.8
        free = self._still_air + (1.0 - self._still_air) * air
        passed = free * (1.0 - self._block_depth * self._blocked)
        heat_c = self._rise_c * self._load * (1.0 + 0.06 * self._drag)
        self._temperature_c = self._warm(self._temperature_c, heat_c, passed, dt_s)
        self._healthy_c = self._warm(self._healthy_c, heat_c, free, dt_s)

    def _settled_rise_c(self) -> float:
        """Above ambient, at the present speed and load."""
        air = (self._rpm / _RATED_RPM) ** 0.8
        free = self._still_air + (1.0 - self._still_air) * air
        rise_c: float = self._rise_c * self._load / free
        return rise_c

    def _warm(self, temperature_c: float, heat_c: float, cooling: float, dt_s: float) -> float:
        """Heat balance with one thermal mass: heat in, heat out by air, exact over ``dt_s``."""
        settled_c = self._ambient_c + heat_c / cooling
        return temperature_c + (settled_c - temperature_c) * share(dt_s, self._thermal_s / cooling)

    def _current_a(self) -> float:
        speed = self._rpm / _RATED_RPM
        # An axial fan against a shut filter stalls and draws a little more.
        aero = self._aero_a * speed**2.2 * (1.0 + 0.06 * self._blocked)
        own: float = self._idle_a + aero + 0.1 * self._wear * speed
        return own + (self._drag_a - own) * self._drag

    def _vibration(self, dt_s: float) -> float:
        speed = self._rpm / _RATED_RPM
        own = self._base_vibration * (0.2 + 0.8 * speed * speed) * (1.0 + 0.6 * self._wear)
        own *= 1.0 + 0.3 * self._imbalance + 0.15 * self._drag
        return own + self._spike(dt_s)

    def _spike(self, dt_s: float) -> float:
        """Impacts of a loose rotor, two to six a second."""
        self._spike_in_s -= dt_s
        if self._imbalance < GONE or self._spike_in_s > 0.0:
            return 0.0
        self._spike_in_s = self._noise.uniform(0.15, 0.5)
        return self._spike_mm_s * self._noise.uniform(0.6, 1.2) * math.sqrt(self._imbalance)

    def _sense(self, current_a: float, vibration: float) -> dict[str, float]:
        true_values = (self._temperature_c, self._rpm, current_a, vibration, self._ambient_c)
        self._true = true_values
        values: dict[str, float] = {}
        for index in range(len(CHANNELS)):
            name = CHANNELS[index][0]
            if index == self._stuck and name in self._last:
                values[name] = self._last[name]
            else:
                seen = true_values[index] + self._noise.normal(_NOISE[index])
                steps = _STEPS[index]
                values[name] = max(0, round(seen * steps)) / steps
        self._last = values
        return values
