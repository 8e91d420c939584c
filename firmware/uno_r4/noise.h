// Seeded random numbers for the model: the same series as firmware/models/noise.py gives.
#pragma once

#include <cstdint>

namespace edgetwin {

// Marsaglia's xorshift32 (Journal of Statistical Software 8/14, 2003). Real is float on the board,
// whose unit has single precision only, and double where a host compares with CPython.
template <typename Real>
class Noise {
 public:
  explicit Noise(uint32_t seed) : state_(scramble(seed + 0x9E3779B9u)) {
    if (state_ == 0) {
      state_ = 1;
    }
  }

  Real uniform(Real low, Real high) {
    return low + (high - low) * static_cast<Real>(next() >> 8) / Real(16777216.0);
  }

  // A draw of mean 0 and standard deviation sigma, never beyond 3.5 of them: four uniform bytes
  // added (Irwin-Hall, n = 4) have mean 510 and standard deviation 147.8.
  Real normal(Real sigma) {
    const uint32_t x = next();
    const uint32_t total = (x & 255u) + ((x >> 8) & 255u) + ((x >> 16) & 255u) + (x >> 24);
    return (static_cast<Real>(total) - Real(510.0)) * (sigma / Real(147.8));
  }

  // value, give or take the share spread of it: one part of a series.
  Real about(Real value, Real spread) {
    return uniform(value * (Real(1.0) - spread), value * (Real(1.0) + spread));
  }

  uint32_t below(uint32_t count) { return (next() >> 8) % count; }

 private:
  // Spreads neighbouring seeds over the whole range (the finaliser of MurmurHash3).
  static uint32_t scramble(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
    x = (x ^ (x >> 13)) * 0xC2B2AE35u;
    return x ^ (x >> 16);
  }

  uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

  uint32_t state_;
};

}  // namespace edgetwin
