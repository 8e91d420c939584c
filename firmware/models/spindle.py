"""The spindle of a machine tool: speed and cut in; torque, power, vibration, temperature out.

Torque times speed is its power; vibration of a rotor rises with the square of its speed. Heat of
bearing and cut is carried away by the coolant.
"""

import math

from firmware.models.simulated import share, toward

RATED_RPM = 3000.0
RAD_PER_RPM = math.pi / 30.0

_INERTIA_S = 0.4
_TORQUE_OF_WEAR = 0.15  # of a tool that is due, beside that of a new one
_TORQUE_OF_CHIP = 0.35
_CONTROL_W = 1300.0  # with hydraulics
_PUMP_W = 900.0  # of the coolant; one that draws air takes less
_PUMP_DRY_SHARE = 0.7
_EFFICIENCY = 0.85
_RISE_C = 16.0
_BEARING_RISE_C = 14.0
_THERMAL_S = 90.0
_COOLANT_SHARE = 0.55  # of the heat that is carried away


class Spindle:
    """One spindle. Faults are shares, 0 to 1, that whoever advances it sets, as is ``chipped``."""

    def __init__(self, noise) -> None:
        self._noise = noise
        self._base_vibration = noise.about(0.75, 0.12)  # mm/s RMS at rated speed
        self._cut_vibration = noise.about(0.30, 0.20)
        self._force = noise.about(1.0, 0.08)  # that the material takes, beside the usual
        self._friction_nm = noise.about(1.2, 0.2)
        self._control_w = noise.about(_CONTROL_W, 0.08)
        self._rise_c = noise.about(_RISE_C, 0.10)
        self._batch = 0.0  # material is a little harder or softer
        self.room_c = noise.uniform(19.0, 24.0)
        self.temperature_c = self.healthy_c = self.room_c + 0.75 * self._rise_c
        self.rpm = 0.0
        self.torque_nm = 0.0
        self.bearing = 0.0
        self.imbalance = 0.0
        self.dry = 0.0
        self.chipped = 0.0

    def advance(self, dt_s: float, *, aim_rpm: float, cut_nm: float, worn: float) -> None:
        """Turn and cut; ``cut_nm`` is what a new tool takes, ``worn`` 1 for one that is due."""
        # Ornstein-Uhlenbeck: 2 % standard deviation, 120 s correlation.
        kick = 0.02 * math.sqrt(2.0 * dt_s / 120.0)
        self._batch += self._noise.normal(kick) - self._batch * share(dt_s, 120.0)
        self.rpm = toward(self.rpm, aim_rpm, dt_s, _INERTIA_S)
        speed = self.rpm / RATED_RPM
        dull = _TORQUE_OF_WEAR * worn + _TORQUE_OF_CHIP * self.chipped
        cut_nm *= self._force * (1.0 + self._batch) * (1.0 + dull) * (1.0 + 0.06 * self.dry)
        friction_nm = self._friction_nm + 3.5 * self.bearing
        self.torque_nm = cut_nm * min(1.0, 4.0 * speed) + friction_nm * min(1.0, speed)
        self._heat(dt_s, speed)

    def _heat(self, dt_s: float, speed: float) -> None:
        own_c = self._rise_c * (0.5 * speed + 0.5 * self._shaft_w() / 6000.0)
        carried = 1.0 - _COOLANT_SHARE * self.dry
        hot_c = self.room_c + (own_c + _BEARING_RISE_C * self.bearing * speed) / carried
        # One thermal mass each, exact as long as nothing changes within ``dt_s``.
        self.temperature_c += (hot_c - self.temperature_c) * share(dt_s, _THERMAL_S / carried)
        own_c += self.room_c
        self.healthy_c += (own_c - self.healthy_c) * share(dt_s, _THERMAL_S)

    def _shaft_w(self) -> float:
        power_w: float = self.torque_nm * self.rpm * RAD_PER_RPM
        return power_w

    def torque_elsewhere_nm(self, cut_nm: float) -> float:
        """What is shown where the sensor is on another spindle, which cuts so."""
        shown_nm: float = self._force * cut_nm + self._friction_nm
        return shown_nm

    def power_w(self, *, pumps: bool) -> float:
        """Control and hydraulics, the pump of the coolant, and the drive."""
        speed = self.rpm / RATED_RPM
        pump_w = _PUMP_W * (1.0 - _PUMP_DRY_SHARE * self.dry) if pumps else 0.0
        drive_w = self._shaft_w() / _EFFICIENCY + 150.0 * speed * speed
        power_w: float = self._control_w + pump_w + drive_w
        return power_w

    def vibration(self, *, cuts: bool, worn: float) -> float:
        """In mm/s RMS."""
        speed = self.rpm / RATED_RPM
        own: float = self._base_vibration * (0.15 * min(1.0, speed) + 0.85 * speed * speed) + 0.08
        if cuts:
            own += self._cut_vibration * (1.0 + 0.4 * worn)
            own += 1.1 * self.chipped * self._noise.uniform(0.7, 1.3)
        own += 2.0 * self.imbalance * speed * speed
        # A pitted race gives impacts, of any size.
        own += self.bearing * speed * (0.9 + self._noise.uniform(0.0, 2.6))
        return own
