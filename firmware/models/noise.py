"""Seeded random numbers for the models: the same series on CPython, MicroPython and an ESP32."""

_MASK = 0xFFFFFFFF
# One draw adds four uniform bytes (Irwin-Hall, n = 4): mean 510, this standard deviation.
# Bounded at 3.5 sigma, like a real converter's noise, and one step of the generator a draw.
_BYTES_MEAN = 510.0
_BYTES_SIGMA = 147.8


def _scramble(seed: int) -> int:
    """Spread neighbouring seeds over the whole range (the finaliser of MurmurHash3)."""
    x = seed & _MASK
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & _MASK
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & _MASK
    return x ^ (x >> 16)


class Noise:
    """Marsaglia's xorshift32 (Journal of Statistical Software 8/14, 2003)."""

    def __init__(self, seed: int) -> None:
        self._state = _scramble(seed + 0x9E3779B9) or 1

    def _next(self) -> int:
        x = self._state
        x ^= (x << 13) & _MASK
        x ^= x >> 17
        x ^= (x << 5) & _MASK
        self._state = x
        return x

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * (self._next() >> 8) / 16777216.0

    def normal(self, sigma: float) -> float:
        """A draw of mean 0 and standard deviation ``sigma``, never beyond 3.5 of them."""
        x = self._next()
        total = (x & 255) + ((x >> 8) & 255) + ((x >> 16) & 255) + (x >> 24)
        return (total - _BYTES_MEAN) * (sigma / _BYTES_SIGMA)

    def about(self, value: float, spread: float) -> float:
        """``value``, give or take the share ``spread`` of it: one part of a series."""
        return self.uniform(value * (1.0 - spread), value * (1.0 + spread))

    def below(self, count: int) -> int:
        return (self._next() >> 8) % count
