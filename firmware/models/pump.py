"""A centrifugal water pump on a drive: speed and faults in; pressures, flow, current out.

Flow, head and power of one pump go with its speed, the square and the cube of it (affinity laws).
The head it builds is used up by the square of the flow: in the pump itself, in the filter before
it and in what it feeds. Water that leaks at the seal never comes to the meter.
"""

import math

from firmware.models.noise import Noise
from firmware.models.simulated import Simulated, likely, ramp, share, toward, within

MODEL = "virtual pump, 0.75 kW"
CHANNELS = (
    ("vibration_motor", "mm/s"),
    ("vibration_pump", "mm/s"),
    ("current", "A"),
    ("pressure", "bar"),
    ("motor_temperature", "°C"),
    ("water_temperature", "°C"),
    ("voltage", "V"),
    ("flow", "L/min"),
    ("inlet_pressure", "bar"),
)
DECIMALS = {"motor_temperature": 2, "water_temperature": 2, "voltage": 2, "flow": 2}
RATE_HZ = 1.0
OPTIONAL = ()
FAULTS = ("cavitation", "bearing", "seal_leak", "clogged_filter", "dry_run", "stuck_sensor")
SET_POINT = (35.0, 50.0)  # Hz: what the drive gives the motor
INPUTS = ("set_point", "ambient")
_AMBIENT = (0.0, 45.0)  # °C
LONGEST_STEP_S = 10.0
RESUMES = (
    "flow",
    "voltage",
    "current",
    "vibration_motor",
    "vibration_pump",
    "motor_temperature",
    "water_temperature",
)
STATES = ()
COUNTERS = ()
EVENTS = (("planned_repair", (), ()),)
# Its time scale, as docs/architecture.md section 8 has it.
SHOWS_WITHIN_S = 10.0
GROWN_WITHIN_S = 150.0
RECOVERS_WITHIN_S = 120.0
SETTLES_S = 60.0

_RATED_HZ = 50.0
_RATED_FLOW = 100.0  # L/min
_W_A_BAR_AND_FLOW = 500.0 / 3.0  # what 1 bar is worth at the rated flow
_INNER_EFFICIENCY = 0.7  # of pump and motor, their own losses of head apart
_POWER_FACTOR = 0.85
_DROOP = 0.004  # V that the mains falls by with each W
_REPAIRED = ("bearing", "seal_leak", "clogged_filter")  # what a person with a part mends
# Seconds in which each that ``pace`` slows grows to its full size, and in which any goes.
WEARS_S = {"cavitation": 12.0, "bearing": 25.0, "seal_leak": 20.0, "clogged_filter": 25.0}
_RUNS_DRY_S = 5.0
_GOES_S = 15.0
_BEARING_WARMS_C = 14.0
_DRY_WARMS_C = 18.0
# Per channel: standard deviation of the noise, and steps of the converter per unit, which are far
# smaller: a sensor that repeats itself stands out.
_NOISE = (0.03, 0.04, 0.02, 0.012, 0.06, 0.05, 0.3, 0.5, 0.008)
_STEPS = (1000.0, 1000.0, 1000.0, 1000.0, 100.0, 100.0, 100.0, 100.0, 1000.0)
_LEAST = (0.0, 0.0, 0.0, -1.0, -40.0, -40.0, 0.0, 0.0, -1.0)  # no sensor shows less


class Machine(Simulated):
    """One pump. ``step`` advances it; ``inject`` and ``clear`` begin a fault and its recovery."""

    def __init__(self, seed: int) -> None:
        super().__init__(CHANNELS)
        noise = Noise(seed)
        self._noise = noise
        self._head_bar = noise.about(2.8, 0.04)  # at rated speed, against a shut valve
        self._in_pump = noise.about(0.85, 0.06)  # bar lost at rated flow, as the next two
        self._in_filter = noise.about(0.15, 0.15)
        self._in_system = noise.about(2.0, 0.06)
        self._supply_bar = noise.about(0.5, 0.1)
        self._static_bar = noise.about(0.3, 0.1)  # of what it feeds, without flow
        self._own_w = noise.about(90.0, 0.15)
        self._draws = 1.0  # times what such a pump does
        self._mains_v = noise.about(231.0, 0.012)
        self._motor_shakes = noise.about(0.8, 0.12)  # mm/s RMS at rated speed, as the next
        self._pump_shakes = noise.about(1.1, 0.12)
        self._motor_rise_c = noise.about(40.0, 0.08)
        self._room_c = noise.uniform(18.0, 26.0)
        self._water_c = noise.uniform(18.0, 28.0)
        self._day = noise.uniform(0.0, 2.0 * math.pi)  # phase of the slow swing of both

        self._aim = self._speed = 1.0  # of the rated one
        self._valve = self._supply = 1.0  # how they wander, as the next
        self._mains = 0.0
        self._levels = dict.fromkeys(FAULTS, 0.0)  # 0..1
        self._bearing_c = self._dry_c = 0.0  # what they warm
        self._motor_c = self._room_c + self._motor_rise_c
        self._stuck = -1  # index of the channel
        self._last: dict[str, float] = {}

    # ------------------------------------------------------------- what others tell it

    def set_point(self, value: float) -> None:
        """Run at ``value`` Hz.

        Raises:
            ValueError: outside what the drive gives; the text names the range.
        """
        self._aim = within(value, SET_POINT, "set_point", "Hz") / _RATED_HZ

    def tell(self, name: str, value) -> None:
        """From now on one of INPUTS is ``value``.

        Raises:
            ValueError: there is no such input, or it cannot be so; the text says what can.
        """
        if name == "set_point":
            self.set_point(value)
        elif name == "ambient":
            self._room_c = within(value, _AMBIENT, "ambient", "°C")
        else:
            raise ValueError(f"it can be told {', '.join(INPUTS)}")

    def resume(self, values) -> None:
        """Go on from what a real one has told last, ``{channel: value}``.

        It is taken to be healthy, and its drive to give what its flow says; what it draws and
        shakes then becomes this machine's own, as far as any pump could.
        """
        flow = values.get("flow", 0.0) / (_RATED_FLOW * self._pump()[0])
        if flow > 0.0:
            least, most = (hertz / _RATED_HZ for hertz in SET_POINT)
            self._aim = self._speed = max(least, min(most, self._speed * flow))
        power_w = self._pump()[1]
        self._mains_v = values.get("voltage", self._mains_v) + _DROOP * power_w
        if "current" in values:
            volts = self._mains_v - _DROOP * power_w
            self._draws *= likely(values["current"] * volts * _POWER_FACTOR, power_w)
        self._motor_shakes = self._shaken(values, "vibration_motor", self._motor_shakes)
        self._pump_shakes = self._shaken(values, "vibration_pump", self._pump_shakes)
        self._motor_c = values.get("motor_temperature", self._motor_c)
        self._water_c += values.get("water_temperature", self._warm_c()) - self._warm_c()

    def _shaken(self, values, name: str, rated: float) -> float:
        """How it shakes at rated speed, if at this one it shakes as ``values`` tell."""
        own = self._shaking(rated, bearing=0.0, dry=0.0)
        return rated * likely(values.get(name, own), own)

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
            self._stuck = self._noise.below(len(CHANNELS))

    def clear(self) -> None:
        """Begin the recovery from whatever fault is present."""
        if self._fault in _REPAIRED:
            self._happened("planned_repair", {})
        self._fault = ""
        self._stuck = -1

    # ------------------------------------------------------------- what it tells of itself

    def _symptoms(self) -> tuple[tuple[float, str], ...]:
        levels = self._levels
        return (
            (levels["cavitation"], "cavitation"),
            (max(levels["bearing"], self._bearing_c / _BEARING_WARMS_C), "bearing"),
            (levels["seal_leak"], "seal_leak"),
            (levels["clogged_filter"], "clogged_filter"),
            (max(levels["dry_run"], self._dry_c / _DRY_WARMS_C), "dry_run"),
        )

    # ------------------------------------------------------------- physics

    def step(self, dt_s: float) -> dict[str, float]:
        """Advance by ``dt_s`` seconds; ``{channel: value}`` as the sensors see it then."""
        self._grow(dt_s)
        self._drift(dt_s)
        self._speed += (self._aim - self._speed) * share(dt_s, 1.5)
        flow, power_w = self._pump()
        self._heat(power_w, dt_s)
        leak = 1.0 - 0.22 * self._levels["seal_leak"]
        volts = self._mains_v + self._mains - _DROOP * power_w
        self._true = (
            self._shaking(self._motor_shakes, bearing=2.2, dry=0.2),
            self._shaking(self._pump_shakes, bearing=0.25, dry=1.2) + self._bubbling(),
            power_w / (volts * _POWER_FACTOR),
            self._static_bar + self._in_system * self._valve * (leak * flow) ** 2,
            self._motor_c + self._bearing_c,
            self._warm_c() + self._dry_c,
            volts,
            _RATED_FLOW * leak * flow,
            self._before_bar() - self._filter() * flow * flow,
        )
        return self._sense()

    def _grow(self, dt_s: float) -> None:
        for name in self._levels:
            present = name == self._fault
            seconds = WEARS_S.get(name, _RUNS_DRY_S) / self.pace if present else _GOES_S
            self._levels[name] = ramp(self._levels[name], float(present), dt_s, seconds)
        levels = self._levels
        warm_c = _BEARING_WARMS_C * levels["bearing"]
        self._bearing_c = toward(self._bearing_c, warm_c, dt_s, 25.0)
        self._dry_c = toward(self._dry_c, _DRY_WARMS_C * levels["dry_run"], dt_s, 25.0)

    def _drift(self, dt_s: float) -> None:
        """Valves, supply, mains and room wander over minutes."""
        self._day = (self._day + dt_s * (2.0 * math.pi / 7200.0)) % (2.0 * math.pi)
        self._valve = self._wandered(self._valve, 1.0, 0.03, dt_s)
        self._supply = self._wandered(self._supply, 1.0, 0.05, dt_s)
        self._mains = self._wandered(self._mains, 0.0, 1.2, dt_s)

    def _wandered(self, value: float, around: float, spread: float, dt_s: float) -> float:
        """Ornstein-Uhlenbeck: ``spread`` is its standard deviation, 120 s its correlation."""
        kick = spread * math.sqrt(2.0 * min(dt_s, 60.0) / 120.0)
        return value + (around - value) * share(dt_s, 120.0) + self._noise.normal(kick)

    def _before_bar(self) -> float:
        """The pressure that the water comes with."""
        levels = self._levels
        wet = 1.0 - levels["dry_run"]
        return wet * (self._supply_bar * self._supply - 0.45 * levels["cavitation"])

    def _filter(self) -> float:
        return self._in_filter * (1.0 + 6.0 * self._levels["clogged_filter"])

    def _pump(self) -> tuple[float, float]:
        """Flow through the pump, of the rated one, and what is drawn from the mains, in W."""
        levels = self._levels
        wet = 1.0 - levels["dry_run"]
        bubbles = 1.0 - levels["cavitation"] * (0.2 + self._noise.normal(0.04))
        head_bar = self._head_bar * self._speed**2 * wet * wet * bubbles
        leak = 1.0 - 0.22 * levels["seal_leak"]
        behind = self._in_system * self._valve * leak * leak
        over_bar = max(0.0, head_bar + self._before_bar() - self._static_bar)
        flow = math.sqrt(over_bar / (self._in_pump + self._filter() + behind))
        moved_w = head_bar * flow * _W_A_BAR_AND_FLOW / _INNER_EFFICIENCY
        rubs = 1.0 + 0.7 * levels["bearing"]
        return flow, self._draws * (moved_w + self._own_w * rubs * self._speed)

    def _warm_c(self) -> float:
        """The water that comes."""
        return self._water_c + 1.5 * math.sin(self._day)

    def _heat(self, power_w: float, dt_s: float) -> None:
        settled_c = self._room_c + 2.0 * math.sin(self._day)
        settled_c += self._motor_rise_c * (0.35 + 0.65 * power_w / 757.0)
        self._motor_c += (settled_c - self._motor_c) * share(dt_s, 120.0)

    def _shaking(self, rated: float, *, bearing: float, dry: float) -> float:
        levels = self._levels
        more = 1.0 + bearing * levels["bearing"] + dry * levels["dry_run"]
        return rated * (0.25 + 0.75 * self._speed**2) * more

    def _bubbling(self) -> float:
        """Bubbles that collapse in the impeller: a rattle that comes and goes."""
        level = self._levels["cavitation"]
        if level == 0.0:
            return 0.0
        return level * self._noise.uniform(1.2, 3.4)

    def _sense(self) -> dict[str, float]:
        values: dict[str, float] = {}
        for index in range(len(CHANNELS)):
            name = CHANNELS[index][0]
            if index == self._stuck and name in self._last:
                values[name] = self._last[name]
            else:
                seen = self._true[index] + self._noise.normal(_NOISE[index])
                values[name] = max(_LEAST[index], round(seen * _STEPS[index]) / _STEPS[index])
        self._last = values
        return values
