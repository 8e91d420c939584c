"""A lab instrument: operators and their batches in; samples, state, heat and vibration out.

An operator loads a batch, the instrument runs one sample after the other, then waits for the next
batch. Its electronics are one thermal mass that a fan cools; its pump and the sampler's arm shake
it while it runs. What clogs its flow path makes each sample take longer.
"""

import math

from firmware.models.meter import Meter
from firmware.models.noise import Noise
from firmware.models.operators import Operators
from firmware.models.simulated import GONE, Simulated, share, toward, within

MODEL = "virtual lab instrument"
CHANNELS = (("temperature", "°C"), ("vibration", "mm/s"), ("sample_time", "s"))
IDLE, RUNNING, ERROR, MAINTENANCE = "idle", "running", "error", "maintenance"
STATES = (("state", (IDLE, RUNNING, ERROR, MAINTENANCE)),)
COUNTERS = (("samples", "1"),)
LABELS = ("operator", "error_code")
EVENTS = (
    ("sample", (("duration", "s"), ("right", "1")), ("operator",)),
    ("failed", (), ("code",)),
    ("calibrated", (), ()),
    ("serviced", (), ()),
)
DECIMALS = {"temperature": 2, "sample_time": 1}
OPTIONAL = ()
RATE_HZ = 0.4
INPUTS = ("demand", "ambient")
STEP_S = 1.0  # the longest within which nothing changes
RESUMES = ("temperature",)
_ALL = "overheating bearing_wear vibration_spikes blocked stuck_sensor failure"
FAULTS = tuple(_ALL.split())
# Its time scale, as docs/architecture.md section 8 has it.
SHOWS_WITHIN_S = 900.0
GROWN_WITHIN_S = 1200.0
RECOVERS_WITHIN_S = 900.0
SETTLES_S = 300.0

_NO_ERROR = "none"
_CODES = ("E07 sampler jammed", "E12 no vial", "E21 pressure")
_DEMAND = (20.0, 300.0)  # per cent of the usual, the least and the most it can be told
_ROOM_C = (10.0, 35.0)
_RIGHT_SHARE = 0.975
_CALIBRATES_EVERY_S = (16000.0, 24000.0)
_CALIBRATING_S = 240.0

# Of the channels that are measured: standard deviation of the noise, and steps of the converter.
_NOISE = (0.06, 0.02)
_STEPS = (100.0, 1000.0)
_HEATS = {IDLE: 0.6, RUNNING: 1.0, ERROR: 0.55, MAINTENANCE: 0.75}
_SHAKES = {IDLE: 0.16, RUNNING: 1.0, ERROR: 0.16, MAINTENANCE: 0.4}
_FULL_EXCESS_C = 10.0  # excess temperature at which overheating counts as fully grown
_CLOGGED = 1.1  # so much longer takes a sample when its path is fully clogged

_MOST_STEPS = 120
_DAY_S = 86400.0


class Machine(Simulated):
    """One instrument. ``step`` advances it; ``inject`` and ``clear`` begin a fault and its end."""

    def __init__(self, seed: int) -> None:
        super().__init__(CHANNELS)
        noise = Noise(seed)
        self._noise = noise
        self._rise_c = noise.about(18.0, 0.10)  # above the room, while it runs
        self._thermal_s = noise.about(180.0, 0.15)
        self._sample_s = noise.about(76.0, 0.12)  # of the mean operator
        self._base_vibration = noise.about(0.9, 0.15)  # mm/s RMS while it runs
        self._mean_room_c = noise.uniform(20.0, 23.0)
        self._block_depth = noise.about(0.58, 0.05)  # of its cooling
        self._day_s = noise.uniform(8.0, 17.0) * 3600.0  # of the day
        self._calibrates_in_s = noise.uniform(3000.0, _CALIBRATES_EVERY_S[1])
        self._samples = Meter(int(noise.uniform(1000.0, 9000.0)))
        self._people = Operators(noise)

        self.state = RUNNING
        self._left = self._people.begun()  # samples of the batch
        self._left_s = 0.0  # of a pause, or of maintenance
        self._done = noise.uniform(0.0, 0.9)  # share of the sample that is under way
        self._taken_s = self._done * self._planned_s()
        self._last_s = self._planned_s()  # what the last one took
        self._last_slow = 0.0  # how much longer than planned that was, as a share
        self._code = _NO_ERROR
        room_c = self._room_c()
        self._temperature_c = room_c + 0.9 * self._rise_c
        self._healthy_c = self._temperature_c
        self._last: dict[str, object] = {}

        self._blocked_air = 0.0  # 0..1, as are the next four
        self._wear = 0.0
        self._loose = 0.0
        self._clog = 0.0
        self._jam = 0.0
        self._stuck = -1  # index of the channel

    # ------------------------------------------------------------- what others tell it

    def set_point(self, value: float) -> None:
        """Raises ValueError: it aims at nothing."""
        raise ValueError("no set_point, got " + str(value))

    def tell(self, name: str, value) -> None:
        """From now on one of INPUTS is ``value``.

        Raises:
            ValueError: there is no such input, or it cannot be so; the text says what can.
        """
        if name == "demand":
            self._people.demand = within(value, _DEMAND, "demand", "%") / 100.0
        elif name == "ambient":
            self._mean_room_c = within(value, _ROOM_C, "ambient", "°C")
        else:
            raise ValueError("it can be told " + ", ".join(INPUTS))

    def resume(self, values) -> None:
        """Go on from what a real one has told last, ``{name: value}``: its heat and its counter."""
        if "temperature" in values:
            self._temperature_c = self._healthy_c = values["temperature"]
        if "samples" in values:
            self._samples.units = round(values["samples"])

    def tell_hour(self, hour: float) -> None:
        """It is ``hour`` of the day, 0 to 24; from then on it counts for itself.

        Raises:
            ValueError: that is no hour of a day.
        """
        if not 0.0 <= hour <= 24.0:
            raise ValueError("hour must be 0 to 24")
        self._day_s = hour * 3600.0 % _DAY_S

    def inject(self, fault: str) -> None:
        """Begin ``fault``; one that is present begins to recover.

        Raises:
            ValueError: there is no such fault; the text names those there are.
        """
        if fault not in FAULTS:
            raise ValueError("fault must be one of " + ", ".join(FAULTS))
        self.clear()
        self._fault = fault
        if fault == "stuck_sensor":
            self._stuck = self._noise.below(len(_NOISE))
        elif fault == "failure":
            self._jam = 1.0
            self._code = _CODES[self._noise.below(len(_CODES))]
            self._happened("failed", {"code": self._code})

    def clear(self) -> None:
        """Begin the recovery from whatever fault is present."""
        if self._fault in ("bearing_wear", "blocked"):
            self._happened("serviced", {})
        elif self._fault == "stuck_sensor":
            self._happened("calibrated", {})
        self._fault = ""
        self._stuck = -1

    # ------------------------------------------------------------- what it tells of itself

    def _symptoms(self) -> tuple[tuple[float, str], ...]:
        excess = (self._temperature_c - self._healthy_c) / _FULL_EXCESS_C
        slow = max(self._clog, self._last_slow / _CLOGGED)
        return (
            (max(0.0, min(1.0, excess)), "overheating"),
            (self._wear, "bearing_wear"),
            (self._loose, "vibration_spikes"),
            (min(1.0, slow), "blocked"),
            (self._jam, "failure"),
        )

    def _planned_s(self) -> float:
        return self._sample_s * self._people.pace

    def _pause(self) -> None:
        """Nobody has loaded the next batch."""
        self.state = IDLE
        self._left_s = self._people.pause_s(self._day_s / 3600.0)

    def _load(self) -> None:
        self.state = RUNNING
        self._left = self._people.batch()
        self._done = self._taken_s = 0.0

    def _maintain(self) -> None:
        self.state, self._left_s = MAINTENANCE, _CALIBRATING_S
        self._calibrates_in_s = self._noise.uniform(*_CALIBRATES_EVERY_S)

    # ------------------------------------------------------------- physics

    def step(self, dt_s: float):
        """Advance by ``dt_s`` seconds; ``{name: value}`` as its sensors see it then."""
        steps = min(_MOST_STEPS, math.ceil(dt_s / STEP_S))
        part_s = dt_s / steps
        for _ in range(steps):
            self._grow(part_s)
            self._work(part_s)
            self._heat(part_s)
        return self._sense(self._vibration(dt_s))

    def _grow(self, dt_s: float) -> None:
        fault = self._fault
        self._blocked_air = toward(self._blocked_air, float(fault == "overheating"), dt_s, 5.0)
        self._wear = toward(self._wear, float(fault == "bearing_wear"), dt_s, 60.0)
        self._loose = toward(self._loose, float(fault == "vibration_spikes"), dt_s, 20.0)
        self._clog = toward(self._clog, float(fault == "blocked"), dt_s, 30.0)
        self._jam = toward(self._jam, float(fault == "failure"), dt_s, 5.0)

    def _work(self, dt_s: float) -> None:
        self._day_s = (self._day_s + dt_s) % _DAY_S
        self._people.spend(dt_s)
        self._calibrates_in_s -= dt_s
        self._left_s -= dt_s
        if self._jam >= GONE:
            self.state = ERROR
        elif self.state == ERROR:
            self._code = _NO_ERROR
            self._load()  # the batch is run anew
        elif self.state == RUNNING:
            self._run(dt_s)
        elif self._left_s <= 0.0:
            if self.state == MAINTENANCE:
                self._happened("calibrated", {})
            self._load()

    def _run(self, dt_s: float) -> None:
        planned_s = self._planned_s()
        self._done += dt_s / (planned_s * (1.0 + _CLOGGED * self._clog))
        self._taken_s += dt_s
        if self._done < 1.0:
            return
        self._last_s = self._taken_s
        self._last_slow = max(0.0, self._taken_s / planned_s - 1.02)
        self._samples.add(1.0)
        self._tell_sample()
        self._done = self._taken_s = 0.0
        self._left -= 1
        if self._left <= 0:
            if self._calibrates_in_s <= 0.0:
                self._maintain()
            else:
                self._pause()

    def _tell_sample(self) -> None:
        right = self._noise.uniform(0.0, 1.0) < _RIGHT_SHARE * (1.0 - 0.2 * self._clog)
        self._happened(
            "sample",
            {
                "duration": round(self._last_s * 10.0) / 10.0,
                "right": int(right),
                "operator": self._people.name,
            },
        )

    def _room_c(self) -> float:
        # A room is warmest in the afternoon.
        turn = (self._day_s / 3600.0 - 9.0) * (math.pi / 12.0)
        return self._mean_room_c + 1.5 * math.sin(turn)

    def _heat(self, dt_s: float) -> None:
        """One thermal mass: heat in, heat out by air, exact over ``dt_s``."""
        heat_c = self._rise_c * _HEATS[self.state]
        passed = 1.0 - self._block_depth * self._blocked_air
        self._temperature_c = self._warm(self._temperature_c, heat_c, passed, dt_s)
        self._healthy_c = self._warm(self._healthy_c, heat_c, 1.0, dt_s)

    def _warm(self, temperature_c: float, heat_c: float, cooling: float, dt_s: float) -> float:
        settled_c = self._room_c() + heat_c / cooling
        return temperature_c + (settled_c - temperature_c) * share(dt_s, self._thermal_s / cooling)

    def _vibration(self, dt_s: float) -> float:
        own = self._base_vibration * _SHAKES[self.state] * (1.0 + 2.4 * self._wear)
        if self.state != RUNNING or self._loose < GONE:
            return own
        # The arm strikes every ten seconds or so; what is told is the RMS since the last reading.
        struck = self._noise.uniform(0.0, 1.0) < 1.0 - math.exp(-dt_s / 10.0)
        return own + (self._noise.uniform(2.0, 4.5) * math.sqrt(self._loose) if struck else 0.0)

    def _sense(self, vibration: float):
        sample_s = max(self._last_s, self._taken_s)
        self._true = (self._temperature_c, vibration, sample_s)
        values: dict[str, object] = {}
        for index in range(len(_NOISE)):
            name = CHANNELS[index][0]
            if index == self._stuck and name in self._last:
                values[name] = self._last[name]
            else:
                seen = self._true[index] + self._noise.normal(_NOISE[index])
                values[name] = max(0, round(seen * _STEPS[index])) / _STEPS[index]
        values["sample_time"] = round(min(3600.0, sample_s) * 10.0) / 10.0
        values["samples"] = self._samples.units
        values["state"] = self.state
        values["operator"] = self._people.name
        values["error_code"] = self._code
        self._last = values
        return values
