"""What people may set on a water dispenser, and what the heater aims at for it."""

SET_POINT = (70.0, 95.0)  # °C of the hot tank
REGIMES = ("always", "eco", "schedule")  # of the heater
RANGES = {
    "users": (0.0, 500.0),
    "flow_rate": (0.5, 4.0),  # L/min
    "hot_set_point": SET_POINT,
}

_OFF_C = 10.0  # a heater that is off keeps the tank from freezing
_SAVED_K = 20.0  # eco: so much cooler when nobody has come for
_ECO_AFTER_S = 1800.0
_SCHEDULE = (6.0, 20.0)  # hours between which the heater is on


class Preferences:
    """How one dispenser is set."""

    def __init__(self) -> None:
        self.users = 12.0
        self.flow_rate = 2.0  # L/min
        self.hot_set_point = 85.0
        self.heater_regime = "always"

    def set(self, name: str, value) -> None:
        """Change one of RANGES, or ``heater_regime``.

        Raises:
            ValueError: there is no such setting, or it cannot be so; the text says what can.
        """
        if name == "heater_regime":
            if value not in REGIMES:
                raise ValueError(f"heater_regime must be one of {', '.join(REGIMES)}")
        elif name in RANGES:
            low, high = RANGES[name]
            if isinstance(value, str) or not low <= value <= high:
                raise ValueError(f"{name} must be {low:g} to {high:g}")
        else:
            raise ValueError(f"a setting must be heater_regime or one of {', '.join(RANGES)}")
        setattr(self, name, value)

    def aim_c(self, *, hour: float, unused_s: float) -> float:
        """The hot tank's aim at ``hour`` of the day, ``unused_s`` after somebody came."""
        if self.heater_regime == "eco" and unused_s > _ECO_AFTER_S:
            return self.hot_set_point - _SAVED_K
        if self.heater_regime == "schedule" and not _SCHEDULE[0] <= hour < _SCHEDULE[1]:
            return _OFF_C
        return self.hot_set_point
