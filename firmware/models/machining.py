"""Parts on a machine tool, one after the other: time in; phase, state, parts, tool changes out."""

RUNNING, WAITING, SETUP, DOWN = "running", "waiting", "setup", "down"
MAINTENANCE, OFF = "maintenance", "off"  # what people set; a virtual machine works all day
STATES = (RUNNING, WAITING, SETUP, DOWN, MAINTENANCE, OFF)

# Of a cycle at rated speed: seconds, speed as a share of the rated one, cutting torque in N m.
_LOADING = (8.0, 0.0, 0.0)
_ROUGHING = (20.0, 0.8, 26.0)
_FINISHING = (12.0, 1.25, 8.0)
_PHASES = (_LOADING, _ROUGHING, _FINISHING)

# After a part: how often, and for how long, there is no material, or a chip is in the way.
_WAITING_SHARE = 0.06
_WAITING_S = (10.0, 30.0)
_DOWN_SHARE = 0.0015
_DOWN_S = (60.0, 180.0)
_TOOL_CHANGE_S = (20.0, 40.0)


class Cycle:
    """One program of one part, over and over; ``slower`` is how much longer a part takes."""

    def __init__(self, slower: float) -> None:
        self._slower = slower
        self._at = 0
        self._left_s = slower * _LOADING[0]
        self.spent_s = 0.0  # on this part

    @property
    def speed(self) -> float:
        """Of the spindle, as a share of the rated speed."""
        return _PHASES[self._at][1]

    @property
    def torque_nm(self) -> float:
        """What the cut takes of a new tool."""
        return _PHASES[self._at][2]

    def advance(self, dt_s: float, pace: float) -> bool:
        """Go on by ``dt_s``; whether a part is done. ``pace`` is the speed set, 1 as rated."""
        self.spent_s += dt_s
        self._left_s -= dt_s
        if self._left_s > 0.0:
            return False
        self._at = (self._at + 1) % len(_PHASES)
        seconds = self._slower * _PHASES[self._at][0]
        # What is late in this phase is taken from the next; cutting goes as fast as it is set.
        self._left_s += seconds / pace if self._at else seconds
        return self._at == 0

    def next_part(self) -> float:
        """The next one begins; how long the last one took, in seconds."""
        took_s, self.spent_s = self.spent_s, 0.0
        return took_s


class Work:
    """What the machine is about: parts, and what comes between them."""

    def __init__(self, noise) -> None:
        self._noise = noise
        self._left_s = 0.0  # of what is not running
        self.cycle = Cycle(noise.uniform(1.02, 1.12))
        self.state = RUNNING

    @property
    def is_cutting(self) -> bool:
        return self.state == RUNNING and self.cycle.torque_nm > 0.0

    def advance(self, dt_s: float, pace: float) -> float:
        """Go on by ``dt_s``; how long the part took that is done now, or 0."""
        if self.state == RUNNING:
            done = self.cycle.advance(dt_s, pace)
            return self.cycle.next_part() if done else 0.0
        self._left_s -= dt_s
        if self._left_s <= 0.0 and self.state != SETUP:
            self.state = RUNNING
        return 0.0

    def pause(self) -> None:
        """A part is done: now and then something comes before the next."""
        chance = self._noise.uniform(0.0, 1.0)
        if chance < _DOWN_SHARE:
            self._leave(DOWN, _DOWN_S)
        elif chance < _DOWN_SHARE + _WAITING_SHARE:
            self._leave(WAITING, _WAITING_S)

    def change_tool(self) -> None:
        """Stop for another tool."""
        self._leave(SETUP, _TOOL_CHANGE_S)

    def is_tool_changed(self) -> bool:
        """Once, when it is: then the next part begins."""
        if self.state != SETUP or self._left_s > 0.0:
            return False
        self.state = RUNNING
        return True

    def _leave(self, state: str, seconds) -> None:
        self.state = state
        self._left_s = self._noise.uniform(*seconds)
