// Which life of the board this is: "9f2c41aa-7", unlike any it has had before.
#pragma once

#include <cstdint>

#include "text.h"

namespace edgetwin {

// As it stands in the data flash. The ring dies with the power, but an epoch used twice would give
// two readings one identity: so the boots are counted where they last.
struct Life {
  uint32_t incarnation;
  uint32_t boots;
  uint32_t check;
};

inline uint32_t check_of(const Life& life) {
  uint32_t hash = 2166136261u;  // FNV-1a
  const uint32_t words[2] = {life.incarnation, life.boots};
  for (uint32_t word : words) {
    for (int shift = 0; shift < 32; shift += 8) {
      hash = (hash ^ (word >> shift & 0xFF)) * 16777619u;
    }
  }
  return hash;
}

// The life after the one that was found. What is damaged, as by a cut of power while it was
// written, or was never written, is followed by a new incarnation, drawn from random.
inline Life next_life(const Life& found, uint32_t random) {
  Life next = {random, 1, 0};
  if (found.check == check_of(found)) {
    next.incarnation = found.incarnation;
    next.boots = found.boots + 1;
  }
  next.check = check_of(next);
  return next;
}

inline void encode_epoch(Text& out, const Life& life) {
  out.add_hex(life.incarnation).add('-').add_number(life.boots);
}

}  // namespace edgetwin
