// Readings that wait for the gateway's word, in RAM: the newest Capacity of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec.h"

namespace edgetwin {

// Seq 1, 2, 3 ... are appended; settle() frees from the front; when it is full the oldest goes and
// first() moves up, which the delivery reports as a floor: a gap that is counted, never silent.
template <size_t Capacity>
class Ring {
 public:
  uint32_t append(const Record& record) {
    ++last_;
    if (last_ - first_ + 1 > Capacity) {
      ++first_;
      ++evicted_;
    }
    records_[last_ % Capacity] = record;
    return last_;
  }

  // Frees everything up to seq.
  void settle(uint32_t seq) {
    const uint32_t end = (seq < last_ ? seq : last_) + 1;
    first_ = end > first_ ? end : first_;
  }

  uint32_t first() const { return first_; }  // last() + 1 when nothing is held
  uint32_t last() const { return last_; }
  uint32_t evicted() const { return evicted_; }
  const Record& at(uint32_t seq) const { return records_[seq % Capacity]; }

 private:
  Record records_[Capacity];
  uint32_t first_ = 1;
  uint32_t last_ = 0;
  uint32_t evicted_ = 0;
};

}  // namespace edgetwin
