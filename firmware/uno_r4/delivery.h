// Decides what goes out next: a window of readings beyond the gateway's watermark, go-back-N, as
// docs/architecture.md section 4 has it. Pure: the time is passed in, and so are the dice.
//
// The ring is RAM, so each boot is an epoch of its own and there is never an earlier one to send.
#pragma once

#include <cstdint>
#include <cstring>

#include "codec.h"
#include "ring.h"

namespace edgetwin {

constexpr uint32_t kWindow = 200;
constexpr uint32_t kMostReadings = 3;  // in one message, of the contract's 20; device.h says why
constexpr uint32_t kPatienceMs = 2000;
constexpr uint32_t kMostPatienceMs = 60000;
constexpr uint32_t kSilenceMs = 10000;  // a gateway that serves is never silent for so long

// Times are milliseconds of a clock that may wrap: only differences are taken.
template <size_t Capacity>
class Delivery {
 public:
  Delivery(Ring<Capacity>& ring, const char* epoch) : ring_(ring), epoch_(epoch) {}

  uint32_t sent() const { return sent_; }
  uint32_t in_flight() const { return cursor_ - 1 - acked_; }
  uint32_t resends() const { return resends_; }
  uint32_t lost() const { return lost_; }  // evicted before they were settled
  uint32_t silent_ms(uint32_t now_ms) const { return now_ms - heard_ms_; }

  // A new session: say the floor, then everything from the watermark.
  void connected(uint32_t now_ms) {
    patience_ms_ = kPatienceMs;
    rewind(now_ms);
  }

  // The gateway settled epoch up to seq; whether that was news.
  bool acknowledge(const char* epoch, uint64_t seq, uint32_t now_ms) {
    hear(now_ms);
    if (std::strcmp(epoch, epoch_) != 0 || seq > sent_ || seq <= acked_) {
      return false;
    }
    acked_ = static_cast<uint32_t>(seq);
    ring_.settle(acked_);
    cursor_ = larger(cursor_, acked_ + 1);
    progress_ms_ = now_ms;
    patience_ms_ = kPatienceMs;
    return true;
  }

  // No progress for too long: begin again at the watermark, and wait longer next time. dice is
  // 0 to 65535 and shortens the wait by up to a quarter, so that boards do not resend in step.
  void check(uint32_t now_ms, uint32_t dice) {
    if (in_flight() == 0 || now_ms - progress_ms_ < patience_ms_) {
      return;
    }
    ++resends_;
    rewind(now_ms);
    const uint32_t longer = smaller(patience_ms_ * 2, kMostPatienceMs);
    patience_ms_ = static_cast<uint32_t>(static_cast<uint64_t>(longer) * (49152 + dice / 4) >> 16);
  }

  // Writes the next telemetry payload; false when there is nothing to send now. As many readings
  // go into it as out has room for, but never more than kMostReadings.
  bool take(Text& out, uint32_t now_ms) {
    keep_up();
    if (floor_due_) {
      floor_due_ = false;
      encode_floor(out, epoch_, acked_ + 1);
      return true;
    }
    uint32_t room = smaller(kWindow - in_flight(), ring_.last() + 1 - cursor_);
    room = smaller(room, kMostReadings);
    if (room == 0) {
      return false;
    }
    if (in_flight() == 0) {
      progress_ms_ = now_ms;
    }
    write(out, room);
    sent_ = larger(sent_, cursor_ - 1);
    return true;
  }

 private:
  static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }
  static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

  void rewind(uint32_t now_ms) {
    cursor_ = acked_ + 1;
    floor_due_ = true;
    progress_ms_ = now_ms;
  }

  // A gateway that was silent is back (it says so, news or not): wait for it no longer.
  void hear(uint32_t now_ms) {
    if (now_ms - heard_ms_ >= kSilenceMs && in_flight() != 0) {
      patience_ms_ = kPatienceMs;
      rewind(now_ms);
    }
    heard_ms_ = now_ms;
  }

  // What the ring evicted before it was settled is gone: say so.
  void keep_up() {
    const uint32_t oldest = ring_.first();
    if (oldest > acked_ + 1) {
      lost_ += oldest - 1 - acked_;
      acked_ = oldest - 1;
      cursor_ = larger(cursor_, oldest);
      sent_ = larger(sent_, acked_);
      floor_due_ = true;
    }
  }

  // One reading as it is, several as a list; cut short where out is full.
  void write(Text& out, uint32_t room) {
    const bool list = room > 1;
    if (list) {
      out.add('[');
    }
    for (uint32_t count = 0; count < room; ++count) {
      const size_t before = out.size();
      if (count != 0) {
        out.add(',');
      }
      encode(out, epoch_, cursor_, ring_.at(cursor_));
      out.add(list ? ']' : ' ');  // whether the end fits too
      if (!out.fits() && count != 0) {
        out.rewind(before);
        break;
      }
      out.rewind(out.size() - 1);
      ++cursor_;
    }
    if (list) {
      out.add(']');
    }
  }

  Ring<Capacity>& ring_;
  const char* epoch_;
  uint32_t acked_ = 0;   // all up to here is settled
  uint32_t cursor_ = 1;  // goes out next
  uint32_t sent_ = 0;    // the gateway can have settled nothing beyond it
  bool floor_due_ = true;
  uint32_t progress_ms_ = 0;
  uint32_t patience_ms_ = kPatienceMs;
  uint32_t heard_ms_ = 0;
  uint32_t resends_ = 0;
  uint32_t lost_ = 0;
};

}  // namespace edgetwin
