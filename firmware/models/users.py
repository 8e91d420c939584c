"""People and the drinks they take: the hour of the day in, visits and services out."""

import math

IDLE, SELECTING, DISPENSING, ERROR = "idle", "selecting", "dispensing", "error"
STATES = (IDLE, SELECTING, DISPENSING, ERROR)

# How many of those who use it are there and thirsty, hour by hour; 1 is an hour of work. A fifth
# of them work by night: whoever looks then sees somebody drink as well.
_BEFORE_NOON = (0.20, 0.20, 0.20, 0.20, 0.20, 0.20, 0.30, 0.50, 0.90, 1.00, 1.20, 1.00)
_AFTER_NOON = (1.10, 1.00, 0.90, 1.10, 0.90, 0.60, 0.40, 0.30, 0.25, 0.20, 0.20, 0.20)
_CROWD_PER_H = 150.0
_MOST_WAITING = 4  # whoever finds more before him goes away
_SELECTING_S = (2.0, 7.0)
_HOT_SHARE = 0.55
_HOT_L = (0.15, 0.28)
_COLD_L = (0.20, 0.45)
_RIGHT_SHARE = 0.10  # of the volume, either way
_RIGHT_K = 6.0  # hot: below the set point
_RIGHT_COLD_C = 8.0


def visits_per_s(*, hour: float, users: float, habit: float, crowd: float) -> float:
    """How often somebody comes at ``hour`` of the day; ``habit`` is visits a user and hour."""
    half = _BEFORE_NOON if hour < 12.0 else _AFTER_NOON
    return (users * habit * half[int(hour) % 12] + crowd * _CROWD_PER_H) / 3600.0


class Drink:
    """What somebody chose, and what came of it."""

    def __init__(self, noise) -> None:
        self.is_hot = noise.uniform(0.0, 1.0) < _HOT_SHARE
        self.asked_l = noise.uniform(*(_HOT_L if self.is_hot else _COLD_L))
        self.pressure = 1.0 + noise.normal(0.015)  # of the mains, which nothing keeps constant
        self.choosing_s = noise.uniform(*_SELECTING_S)
        self.waited_s = 0.0  # from the first touch to the first water
        self.poured_l = 0.0
        self._warmth_l_c = 0.0

    def pour(self, litres: float, temperature_c: float) -> None:
        self.poured_l += litres
        self._warmth_l_c += litres * temperature_c

    def service(self, *, hot_set_point_c: float) -> dict[str, object]:
        """The event of it."""
        temperature_c = self._warmth_l_c / self.poured_l if self.poured_l else 0.0
        if self.is_hot:
            right = temperature_c >= hot_set_point_c - _RIGHT_K
        else:
            right = temperature_c <= _RIGHT_COLD_C
        right = right and abs(self.poured_l - self.asked_l) <= _RIGHT_SHARE * self.asked_l
        return {
            "wait": round(self.waited_s * 1000.0) / 1000.0,
            "volume": round(self.poured_l * 1000.0) / 1000.0,
            "temperature": round(temperature_c * 100.0) / 100.0,
            "right": int(right),
            "drink": "hot" if self.is_hot else "cold",
        }


class Panel:
    """Where people stand, choose and wait: one after the other, each for as long as it takes."""

    def __init__(self, noise) -> None:
        self._noise = noise
        self._waiting = 0
        self._left_s = 0.0  # of what the state is
        self.state = IDLE
        self.drink: Drink | None = None
        self.unused_s = 0.0  # since somebody was served

    def arrive(self, dt_s: float, per_s: float) -> None:
        """People come independently of each other, one at a time."""
        comes = self._noise.uniform(0.0, 1.0) < 1.0 - math.exp(-per_s * dt_s)
        if comes and self._waiting < _MOST_WAITING:
            self._waiting += 1

    def advance(self, *, works: bool, valve_l_per_s: float) -> None:
        """Go on to what comes after the state that has lasted long enough."""
        if not works:
            self.state, self.drink, self._waiting = ERROR, None, 0
        elif self.state == ERROR or self._is_poured():
            self.state = IDLE
        elif self.state == SELECTING and self.drink and self._left_s <= 0.0:
            # The valve is timed: nobody measures what comes.
            self.state, self._left_s = DISPENSING, self.drink.asked_l / valve_l_per_s
        if self.state == IDLE and self._waiting:
            self._waiting -= 1
            self.drink = Drink(self._noise)
            self.state, self._left_s = SELECTING, self.drink.choosing_s

    def spend(self, dt_s: float) -> float:
        """Let ``dt_s`` pass in this state; seconds of it that the valve is open."""
        self.unused_s = self.unused_s + dt_s if self.state == IDLE else 0.0
        if self.state == SELECTING and self.drink:
            self.drink.waited_s += dt_s
        open_s = min(dt_s, self._left_s) if self.state == DISPENSING else 0.0
        self._left_s -= dt_s
        return open_s

    def served(self) -> Drink | None:
        """The drink that is done, once; None while there is none."""
        drink = self.drink if self._is_poured() else None
        if drink is not None:
            self.drink = None
        return drink

    def _is_poured(self) -> bool:
        return self.state == DISPENSING and self._left_s <= 0.0
