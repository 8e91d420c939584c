"""A virtual turnstile: a state, counters and events, and readings that carry only what is new.

It is no type of the catalogue. Like every model it is the MicroPython subset.
"""

from firmware.models.noise import Noise

MODEL = "virtual turnstile"
CHANNELS = (("state", ""), ("passages", ""), ("energy", "kWh"), ("power", "W"))
STATES = ("state",)
COUNTERS = ("passages", "energy")
EVENTS = ("passage",)
DECIMALS = {"passages": 0, "power": 1}
OPTIONAL = ()
FAULTS = ("jammed",)
RATE_HZ = 2.0
SET_POINT = (1.0, 10.0)
FIRST_PASSAGE = 12345678  # no float of 32 bits
FIRST_WH = 4711234


class Machine:
    def __init__(self, seed: int) -> None:
        self._noise = Noise(seed)
        self._passages = FIRST_PASSAGE
        self._wh = FIRST_WH
        self._state = ""
        self._events: list[tuple[str, dict[str, float | str]]] = []
        self.truth = "normal"

    def inject(self, fault: str) -> None:
        if fault not in FAULTS:
            raise ValueError("fault must be one of " + ", ".join(FAULTS))
        self.truth = fault

    def clear(self) -> None:
        self.truth = "normal"

    def set_point(self, value: float) -> None:
        if not SET_POINT[0] <= value <= SET_POINT[1]:
            raise ValueError("set_point must be 1 to 10")

    def step(self, dt_s: float) -> dict[str, object]:
        self._wh += 1
        values: dict[str, object] = {"energy": (self._wh, 3)}
        passing = self.truth == "normal" and self._noise.below(3) == 0
        state = "passing" if passing else "waiting"
        if passing:
            self._passages += 1
            self._events.append(("passage", {"seconds": dt_s, "card": f"c{self._passages}"}))
            values["passages"] = self._passages
        if state != self._state:
            self._state = values["state"] = state
        else:
            values["power"] = self._noise.uniform(5.0, 6.0)
        return values

    def take_events(self) -> list[tuple[str, dict[str, float | str]]]:
        taken, self._events = self._events, []
        return taken
