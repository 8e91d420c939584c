// When the next reading is due: a fixed grid of time, whatever the loop was doing meanwhile.
#pragma once

#include <cstdint>

namespace edgetwin {

// Times are microseconds of a clock that may wrap (micros() does, after 71 minutes).
class Cadence {
 public:
  explicit Cadence(uint32_t period_us) : period_us_(period_us) {}

  void set_period_us(uint32_t period_us) { period_us_ = period_us; }

  void start(uint32_t now_us) {
    next_us_ = now_us;
    last_us_ = now_us - period_us_;
  }

  // Whether a reading is due; elapsed_us is then the time since the one before. A loop that was
  // held up for longer than a period has missed readings: it starts a new grid, it invents none.
  bool due(uint32_t now_us, uint32_t& elapsed_us) {
    const uint32_t late_us = now_us - next_us_;
    if (late_us > kHalf) {  // not yet
      return false;
    }
    if (late_us > period_us_) {
      next_us_ = now_us;
    }
    elapsed_us = next_us_ - last_us_;
    last_us_ = next_us_;
    next_us_ += period_us_;
    return true;
  }

 private:
  static constexpr uint32_t kHalf = 0x80000000u;
  uint32_t period_us_;
  uint32_t next_us_ = 0;
  uint32_t last_us_ = 0;
};

}  // namespace edgetwin
