// The time of day in milliseconds, from a source that tells whole seconds only.
#pragma once

#include <cstdint>

namespace edgetwin {

// WiFi.getTime() gives Unix seconds. The moment at which they change is a whole second, so the
// source is asked often until they do, and then left alone for ten minutes: the RC oscillator
// that millis() counts may be off by a percent.
class WallClock {
 public:
  // Whether the source should be asked now.
  bool wants(uint32_t ticks_ms) {
    advance(ticks_ms);
    if (seeking_) {
      return ticks_ms - asked_ms_ >= kAskEveryMs;
    }
    seeking_ = ticks_ms - set_ms_ >= kRenewMs;
    seen_s_ = 0;
    return seeking_;
  }

  // What the source said; 0 while it does not know.
  void offer(uint32_t unix_s, uint32_t ticks_ms) {
    const bool edge = seen_s_ != 0 && unix_s == seen_s_ + 1 && ticks_ms - asked_ms_ <= kMostGapMs;
    if (edge && unix_s >= kSetSinceS) {
      now_ms_ = static_cast<uint64_t>(unix_s) * 1000;
      ticks_ms_ = set_ms_ = ticks_ms;
      seeking_ = false;
    }
    seen_s_ = unix_s;
    asked_ms_ = ticks_ms;
  }

  // Unix milliseconds; 0 while the clock is not set.
  uint64_t now_ms(uint32_t ticks_ms) {
    advance(ticks_ms);
    return now_ms_;
  }

 private:
  static constexpr uint32_t kSetSinceS = 1704067200;  // 2024: an earlier clock has not been set
  static constexpr uint32_t kAskEveryMs = 50;
  static constexpr uint32_t kMostGapMs = 400;  // the clock is late by at most that
  static constexpr uint32_t kRenewMs = 600000;

  void advance(uint32_t ticks_ms) {
    now_ms_ += now_ms_ != 0 ? ticks_ms - ticks_ms_ : 0;
    ticks_ms_ = ticks_ms;
  }

  uint64_t now_ms_ = 0;
  uint32_t ticks_ms_ = 0;
  uint32_t set_ms_ = 0;
  uint32_t asked_ms_ = 0;
  uint32_t seen_s_ = 0;
  bool seeking_ = true;
};

}  // namespace edgetwin
