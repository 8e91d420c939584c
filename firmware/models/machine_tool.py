"""A milling machine: parts in; spindle, power, wear and what becomes of the parts out.

A tool wears with cutting time and, after Taylor, with the fourth power of the cutting speed; a worn
one takes more torque.
"""

import math

from firmware.models.machining import RUNNING, Cycle, Work
from firmware.models.machining import STATES as WORKS_AS
from firmware.models.meter import Meter
from firmware.models.noise import Noise
from firmware.models.simulated import Simulated, toward, within
from firmware.models.spindle import RATED_RPM, Spindle

MODEL = "virtual milling machine, 400 V"
CHANNELS = (
    ("temperature", "°C"),
    ("vibration", "mm/s"),
    ("rpm", "rpm"),
    ("torque", "N m"),
    ("power", "W"),
    ("tool_wear", "µm"),
)
STATES = (("state", WORKS_AS),)
COUNTERS = (("worn", "µm"),)
EVENTS = (
    ("part", (("good", "1"), ("cycle_time", "s")), ()),
    ("tool_change", (("wear", "µm"),), ()),
)
DECIMALS = {"temperature": 2, "rpm": 0, "torque": 2, "power": 0, "tool_wear": 1, "worn": 1}
OPTIONAL = ()
RATE_HZ = 1.0
FAULTS = (
    "tool_wear",
    "bearing",
    "imbalance",
    "coolant_loss",
    "correlation_break",
    "stuck_sensor",
)
SET_POINT = (2400.0, 3600.0)  # rpm
INPUTS = ("set_point", "ambient")
STEP_S = 1.0  # the longest within which nothing changes
_AMBIENT = (10.0, 35.0)  # °C, the mean of the room
RESUMES = ("temperature", "tool_wear")
# Its time scale, as docs/architecture.md section 8 has it: of cycles of 40 s.
SHOWS_WITHIN_S = 120.0
GROWN_WITHIN_S = 360.0
RECOVERS_WITHIN_S = 400.0
SETTLES_S = 120.0

# Per channel but wear: standard deviation of the noise, and steps of the converter per unit.
_NOISE = (0.06, 0.03, 3.0, 0.25, 15.0)
_STEPS = (100.0, 1000.0, 1.0, 100.0, 1.0)
_STICKING = (0, 1, 3, 4)  # indices of the channels that may stick: a drive knows its speed
_UNSIGNED = (1, 2)
_GAUGE_UM = 1.5  # noise of the tool setter, which looks after each part

_WORN_UM = 270.0  # a tool is changed from here on
_MOST_WEAR_UM = 450.0
_WEAR_UM_PER_S = 0.18  # at rated speed: 25 minutes of cutting
_CHIPPED_UM = 150.0
_SCRAP_SHARE = 0.02
_SCRAP_OF_FAULT = 0.25
_FULL_EXCESS_C = 40.0  # so much warmer than a healthy one is a fault, fully grown
_MOST_STEPS = 120


class Machine(Simulated):
    """One machine. ``step`` advances it; ``inject`` and ``clear`` begin a fault and its end."""

    def __init__(self, seed: int) -> None:
        super().__init__(CHANNELS)
        noise = Noise(seed)
        self._noise = noise
        self._work = Work(noise)
        self._spindle = Spindle(noise)
        self._mean_room_c = self._spindle.room_c
        self._day = noise.uniform(0.0, 2.0 * math.pi)  # phase of the room's slow swing
        self._set_rpm = RATED_RPM
        self._wear_um = noise.uniform(0.0, 0.9 * _WORN_UM)
        self._gauged_um = self._wear_um
        self._tenths = Meter(int(noise.uniform(1000.0, 90000.0)))  # of a µm, of all tools
        self._last: dict[str, object] = {}
        self._heated_by = ""

        self._apart = 0.0  # 0..1: how little the torque shown is that of this spindle
        self._stuck = -1  # index of the channel
        self._other = Cycle(1.0)  # of another spindle: what is shown where a relation is broken

    # ------------------------------------------------------------- what others tell it

    def set_point(self, value: float) -> None:
        """Turn at ``value`` revolutions a minute, in roughing a little less, in finishing more.

        Raises:
            ValueError: outside what this spindle does; the text names the range.
        """
        self._set_rpm = within(value, SET_POINT, "set_point", "rpm")

    def tell(self, name: str, value) -> None:
        """From now on one of INPUTS is ``value``.

        Raises:
            ValueError: there is no such input, or it cannot be so; the text says what can.
        """
        if name == "set_point":
            self.set_point(value)
        elif name == "ambient":
            self._mean_room_c = within(value, _AMBIENT, "ambient", "°C")
        else:
            raise ValueError(f"it can be told {', '.join(INPUTS)}")

    def resume(self, values) -> None:
        """Go on from what a real one has told last: how warm it is, and how worn its tool."""
        spindle = self._spindle
        spindle.temperature_c = values.get("temperature", spindle.temperature_c)
        spindle.healthy_c = spindle.temperature_c
        self._wear_um = values.get("tool_wear", self._wear_um)
        self._gauged_um = values.get("tool_wear", self._gauged_um)

    def inject(self, fault: str) -> None:
        """Begin ``fault``; one that is present begins to recover.

        Raises:
            ValueError: there is no such fault; the text names those there are.
        """
        if fault not in FAULTS:
            raise ValueError(f"fault must be one of {', '.join(FAULTS)}")
        self.clear()
        self._fault = fault
        if fault in ("bearing", "coolant_loss"):
            self._heated_by = fault
        elif fault == "stuck_sensor":
            self._stuck = _STICKING[self._noise.below(len(_STICKING))]

    def clear(self) -> None:
        """Begin the recovery from whatever fault is present; a worn tool is changed at once."""
        if self._fault == "tool_wear":
            self._work.change_tool()
        self._fault = ""
        self._stuck = -1

    # ------------------------------------------------------------- what it tells of itself

    def _symptoms(self) -> tuple[tuple[float, str], ...]:
        spindle = self._spindle
        excess = (spindle.temperature_c - spindle.healthy_c) / _FULL_EXCESS_C
        warm = max(0.0, min(1.0, excess))
        bearing = warm if self._heated_by == "bearing" else 0.0
        dry = warm if self._heated_by == "coolant_loss" else 0.0
        return (
            (spindle.chipped, "tool_wear"),
            (max(spindle.bearing, bearing), "bearing"),
            (spindle.imbalance, "imbalance"),
            (max(spindle.dry, dry), "coolant_loss"),
            (self._apart, "correlation_break"),
        )

    # ------------------------------------------------------------- physics

    def step(self, dt_s: float):
        """Advance by ``dt_s`` seconds; ``{name: value}`` as its sensors see it then."""
        steps = min(_MOST_STEPS, math.ceil(dt_s / STEP_S))
        for _ in range(steps):
            self._advance(dt_s / steps)
        return self._sense()

    def _advance(self, dt_s: float) -> None:
        self._grow(dt_s)
        self._go_on(dt_s)
        # A room is warm once an hour: the sun, the neighbours, the door.
        self._day = (self._day + dt_s * (2.0 * math.pi / 3600.0)) % (2.0 * math.pi)
        self._spindle.room_c = self._mean_room_c + math.sin(self._day)
        runs, cycle = self._work.state == RUNNING, self._work.cycle
        self._spindle.advance(
            dt_s,
            aim_rpm=cycle.speed * self._set_rpm if runs else 0.0,
            cut_nm=cycle.torque_nm if runs else 0.0,
            worn=self._wear_um / _WORN_UM,
        )
        if self._work.is_cutting:
            self._wear(dt_s)

    def _grow(self, dt_s: float) -> None:
        fault, spindle = self._fault, self._spindle
        if fault == "tool_wear":  # until it is changed
            spindle.chipped = toward(spindle.chipped, 1.0, dt_s, 12.0)
        spindle.bearing = toward(spindle.bearing, float(fault == "bearing"), dt_s, 12.0)
        spindle.imbalance = toward(spindle.imbalance, float(fault == "imbalance"), dt_s, 6.0)
        spindle.dry = toward(spindle.dry, float(fault == "coolant_loss"), dt_s, 6.0)
        self._apart = toward(self._apart, float(fault == "correlation_break"), dt_s, 2.0)

    def _go_on(self, dt_s: float) -> None:
        """Parts, pauses, tool changes."""
        work = self._work
        took_s = work.advance(dt_s, self._set_rpm / RATED_RPM)
        self._other.advance(dt_s, 0.4)
        if took_s:
            self._finish(took_s)
        elif work.is_tool_changed():
            self._happened("tool_change", {"wear": round(10.0 * self._gauged_um) / 10.0})
            self._wear_um = self._gauged_um = self._spindle.chipped = 0.0

    def _finish(self, took_s: float) -> None:
        """A part is done: it is looked at, and so is the tool."""
        spindle = self._spindle
        trouble = max(spindle.chipped, spindle.bearing, spindle.imbalance, spindle.dry)
        scrap = self._noise.uniform(0.0, 1.0) < _SCRAP_SHARE + _SCRAP_OF_FAULT * trouble
        self._happened(
            "part", {"good": 0 if scrap else 1, "cycle_time": round(10.0 * took_s) / 10.0}
        )
        worn_um = self._wear_um + _CHIPPED_UM * spindle.chipped
        self._gauged_um = max(0.0, worn_um + self._noise.normal(_GAUGE_UM))
        if self._wear_um >= _WORN_UM and self._fault != "tool_wear":
            self._work.change_tool()
        else:
            self._work.pause()

    def _wear(self, dt_s: float) -> None:
        faster = (self._set_rpm / RATED_RPM) ** 4 * (1.0 + 2.0 * self._spindle.dry)
        left_um = max(0.0, _MOST_WEAR_UM - self._wear_um)
        grown_um = min(left_um, _WEAR_UM_PER_S * faster * dt_s)
        self._wear_um += grown_um
        self._tenths.add(10.0 * grown_um)

    def _sense(self):
        spindle, work, worn = self._spindle, self._work, self._wear_um / _WORN_UM
        elsewhere_nm = spindle.torque_elsewhere_nm(self._other.torque_nm)
        self._true = (
            spindle.temperature_c,
            spindle.vibration(cuts=work.is_cutting, worn=worn),
            spindle.rpm,
            spindle.torque_nm + (elsewhere_nm - spindle.torque_nm) * self._apart,
            spindle.power_w(pumps=work.state == RUNNING),
            self._gauged_um,
        )
        return self._told()

    def _told(self):
        """What is true, as the sensors see it."""
        values: dict[str, object] = {}
        for index in range(len(_NOISE)):
            name = CHANNELS[index][0]
            if index == self._stuck and name in self._last:
                values[name] = self._last[name]
            else:
                seen = self._true[index] + self._noise.normal(_NOISE[index])
                seen = abs(seen) if index in _UNSIGNED else seen  # at rest it trembles both ways
                values[name] = round(seen * _STEPS[index]) / _STEPS[index]
        values["tool_wear"] = round(10.0 * self._gauged_um) / 10.0
        values["state"] = self._work.state
        values["worn"] = self._tenths.units / 10.0
        self._last = values
        return values
