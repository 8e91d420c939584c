"""Acceleration samples in, vibration velocity out: RMS in mm/s, as ISO 20816-1 judges machines.

Each axis is integrated over time; first-order high-passes take away gravity before and drift after,
since a constant acceleration would integrate to any velocity. The figure is the root of the sum of
the three axes' mean squares. The integrator is Al-Alaoui's (Electronics Letters 29, 1993, p. 376):
7/8 of the new sample and 1/8 of the last, within 2 % of the true integral up to 0.3 of the sample
rate, where the trapezoid is 36 % low.

Where samples are missing the filters ring: what they give meanwhile is in no figure.
"""

import math

_G_MM_S2 = 9806.65
_AXES = 3
_LEAK = 0.1  # the integrator forgets this much slower than the high-passes: it must not bend them
_RINGING = 3  # time constants of the high-passes, which leave 5 % of a step


class VelocityRms:
    """Goes on from batch to batch; ``corner_hz`` is where the high-pass begins (ISO: 10 Hz)."""

    def __init__(self, *, sample_hz: float, corner_hz: float = 10.0) -> None:
        if not 0 < corner_hz < sample_hz / 2:
            raise ValueError("corner_hz must be above 0 and below half of sample_hz")
        self._period_s = 1 / sample_hz
        step = 2 * math.pi * corner_hz / sample_hz
        self._keep = math.exp(-step)
        self._pass = (1 + self._keep) / 2
        self._hold = math.exp(-step * _LEAK)
        self._settling = self._ringing = math.ceil(_RINGING / step)
        # Of each axis: last raw and filtered acceleration, raw and filtered velocity.
        self._axes: list[tuple[float, float, float, float] | None] = [None] * _AXES

    def interrupt(self) -> None:
        """What comes next does not follow what came last."""
        self._settling = self._ringing

    def add(self, samples) -> float:
        """RMS velocity in mm/s over ``samples``, tuples of three accelerations in g.

        Raises:
            OSError: there is no sample, or none after those on which the filters settle.
        """
        if not samples:
            raise OSError("accelerometer: no samples since the last reading")
        skipped = min(self._settling, len(samples))
        self._settling -= skipped
        for sample in samples[:skipped]:
            self._square(sample)
        if skipped == len(samples):
            raise OSError("accelerometer: its filters settle")
        squares = sum([self._square(sample) for sample in samples[skipped:]])
        return math.sqrt(squares / (len(samples) - skipped))

    def _square(self, sample) -> float:
        """The squared velocity after one more sample, of all axes together."""
        total = 0.0
        for axis in range(_AXES):
            velocity = self._advance(axis, sample[axis] * _G_MM_S2)
            total += velocity * velocity
        return total

    def _advance(self, axis: int, raw: float) -> float:
        last_raw, last_smooth, last_moved, passed = self._axes[axis] or (raw, 0.0, 0.0, 0.0)
        smooth = self._keep * last_smooth + self._pass * (raw - last_raw)
        moved = self._hold * last_moved + (7 * smooth + last_smooth) / 8 * self._period_s
        passed = self._keep * passed + self._pass * (moved - last_moved)
        self._axes[axis] = (raw, smooth, moved, passed)
        return passed
