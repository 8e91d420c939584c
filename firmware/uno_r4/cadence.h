// When the next reading is due: a fixed grid of time, whatever the loop was doing meanwhile.
#pragma once

#include <cstdint>

namespace edgetwin {

// Times are microseconds of a clock that may wrap (micros() does, after 71 minutes).
class Cadence {
 public:
  explicit Cadence(uint32_t period_us) : period_us_(period_us) {}

  void set_period_us(uint32_t period_us) { period_us_ = period_us; }

  void start(uint32_t now_us) { last_us_ = now_us - period_us_; }

  // Whether a reading is due; elapsed_us is then the time since the one before. A loop that was
  // held up for longer than a period has missed readings: it starts a new grid, it invents none. A
  // new period counts from the last reading. The longest one, an hour, leaves eleven minutes of the
  // clock's turn for being late.
  bool due(uint32_t now_us, uint32_t& elapsed_us) {
    uint32_t next_us = last_us_ + period_us_;
    const uint32_t left_us = next_us - now_us;
    if (left_us != 0 && left_us <= period_us_) {
      return false;
    }
    if (now_us - next_us > period_us_) {
      next_us = now_us;
    }
    elapsed_us = next_us - last_us_;
    last_us_ = next_us;
    return true;
  }

 private:
  uint32_t period_us_;
  uint32_t last_us_ = 0;
};

}  // namespace edgetwin
