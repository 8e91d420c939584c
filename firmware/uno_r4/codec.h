// Readings as records for the ring, and records as the JSON the gateway reads: the same bytes as
// firmware/device/payload.py makes.
#pragma once

#include <cmath>
#include <cstdint>

#include "fan.h"
#include "text.h"

namespace edgetwin {

constexpr uint8_t kNoTruth = 255;
constexpr float kMostUnits = 2147483520.0f;  // the largest float that 32 bits hold as an integer

// Values in units of their channel's last decimal: so the JSON of a reading is the same each time
// it is sent.
struct Record {
  uint32_t time_low_ms;  // both halves 0: the clock was not set
  uint16_t time_high_ms;
  uint8_t truth;
  uint32_t period_ms;  // how often the board measured; 0: at its type's nominal rate
  int32_t units[kChannels];
};

template <typename Real>
constexpr Real power_of_ten(int exponent) {
  return exponent == 0 ? Real(1.0) : Real(10.0) * power_of_ten<Real>(exponent - 1);
}

// Fills record; gives the index of the channel that is no number or beyond what a record holds,
// and -1 when all are well. time_ms is Unix milliseconds, 0 while the clock is not set; period_ms
// is 0 at the nominal rate.
template <typename Real>
int pack(Record& record, uint64_t time_ms, const Real* values, uint8_t truth,
         uint32_t period_ms = 0) {
  record.time_low_ms = static_cast<uint32_t>(time_ms);
  record.time_high_ms = static_cast<uint16_t>(time_ms >> 32);
  record.truth = truth;
  record.period_ms = period_ms;
  for (int index = 0; index < kChannels; ++index) {
    const Real units = values[index] * power_of_ten<Real>(kChannelDecimals[index]);
    if (!(std::fabs(units) <= static_cast<Real>(kMostUnits))) {
      return index;
    }
    record.units[index] = static_cast<int32_t>(std::nearbyint(units));
  }
  return -1;
}

// The JSON object of one reading.
inline void encode(Text& out, const char* epoch, uint32_t seq, const Record& record) {
  const uint64_t time_ms = static_cast<uint64_t>(record.time_high_ms) << 32 | record.time_low_ms;
  out.add("{\"epoch\":\"").add(epoch).add("\",\"seq\":").add_number(seq);
  if (time_ms != 0) {
    out.add(",\"time_ms\":").add_number(time_ms);
  }
  if (record.period_ms != 0) {
    out.add(",\"period_ms\":").add_number(record.period_ms);
  }
  out.add(",\"values\":{");
  for (int index = 0; index < kChannels; ++index) {
    out.add(index == 0 ? "\"" : ",\"").add(kChannelNames[index]).add("\":");
    out.add_decimal(record.units[index], kChannelDecimals[index]);
  }
  out.add('}');
  if (record.truth != kNoTruth) {
    out.add(",\"truth\":\"").add(kTruthNames[record.truth]).add('"');
  }
  out.add('}');
}

// The promise that nothing of epoch below oldest is held any more.
inline void encode_floor(Text& out, const char* epoch, uint32_t oldest) {
  out.add("{\"epoch\":\"").add(epoch).add("\",\"oldest\":").add_number(oldest).add('}');
}

}  // namespace edgetwin
