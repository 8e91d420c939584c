// The device from sensor to payload, without a clock, a network or a pin of its own.
//
//   fan ─▶ sample() ─▶ ring ─▶ delivery ─▶ next() ─▶ whoever publishes
//    ▲                            ▲
//    └── commands, desired ◀── receive() ── ack
#pragma once

#include <cstdint>

#include "codec.h"
#include "commands.h"
#include "delivery.h"
#include "fan.h"
#include "inbox.h"
#include "noise.h"
#include "ring.h"

namespace edgetwin {

constexpr const char* kFirmware = "0.1.0";
// 45 s at 5 Hz in 7 KB. The core, its heap and the libraries take some 20 of the 32 KB.
constexpr size_t kRingReadings = 224;
static_assert(kRingReadings >= kWindow, "a reading in flight must still be there to be resent");
constexpr size_t kPayloadBytes = 1536;
constexpr uint32_t kIdentifyMs = 10000;
// A pass of the loop must fit into a period. The serial line to the Wi-Fi module carries 11.5 bytes
// a millisecond (115,200 baud): a message of kMostReadings, its topic and the module's commands take
// some 60 ms, asking the module for what has arrived (six questions of 40 bytes) some 25 ms.
constexpr double kMostHz = 10.0;
constexpr double kLeastHz = 0.0002777;  // a little below 1/3600, which no float is exactly
constexpr double kMostPeriodUs = 3600000000.0;
constexpr uint32_t kNominalMs = 200;  // of a fan: at this rate readings do not say how often

struct Site {
  const char* site;
  const char* device;
  const char* location;
};

// One message to publish, at QoS 1. Its payload lies in the device until the next next().
struct Message {
  enum class What : uint8_t { kBirth, kStatus, kReported, kResult, kTelemetry } what;
  const char* kind;
  bool retain;
  const char* payload;
  size_t size;
};

template <typename Real>
class Device {
 public:
  using What = Message::What;

  Device(const Site& site, const char* epoch, uint32_t seed)
      : site_(site), epoch_(epoch), fan_(seed), dice_(~seed), delivery_(ring_, epoch),
        commands_(*this) {}

  uint32_t period_us() const { return period_us_; }
  bool restart_due() const { return restart_ && !commands_.waiting(); }
  const Delivery<kRingReadings>& delivery() const { return delivery_; }
  const Ring<kRingReadings>& ring() const { return ring_; }

  // Whether a person shall be shown which board this is.
  bool identifying(uint32_t now_ms) {
    identify_ = identify_ && now_ms - identify_since_ms_ < kIdentifyMs;
    return identify_;
  }

  // Takes one reading; time_ms is Unix milliseconds or 0.
  void sample(uint32_t elapsed_us, uint64_t time_ms) {
    fan_.step(static_cast<Real>(elapsed_us) / Real(1000000.0));
    Record record;
    if (pack(record, time_ms, fan_.values(), static_cast<uint8_t>(fan_.truth()),
             period_ms_) < 0) {
      ring_.append(record);
    }
  }

  // A new session with the broker has begun.
  void connected(uint32_t now_ms) {
    delivery_.connected(now_ms);
    commands_.connected();
    set_due(What::kBirth, true);
    set_due(What::kStatus, true);
    set_due(What::kReported, true);
  }

  // Resends what made no progress.
  void check(uint32_t now_ms) {
    delivery_.check(now_ms, static_cast<uint32_t>(dice_.uniform(Real(0.0), Real(65535.0))));
  }

  // What to publish next; false: nothing. Tell done() when the connection has taken it.
  bool next(Message& message, uint32_t now_ms) {
    Text out(payload_);
    message.retain = true;
    if (is_due(message.what = What::kBirth)) {
      message.kind = "birth";
      encode_birth(out);
    } else if (is_due(message.what = What::kStatus)) {
      message.kind = "status";
      out.add("online");
    } else if (is_due(message.what = What::kReported)) {
      message.kind = "reported";
      encode_reported(out);
    } else {
      message.retain = false;
      const bool result = commands_.waiting();
      message.what = result ? What::kResult : What::kTelemetry;
      message.kind = result ? "result" : "telemetry";
      if (result) {
        commands_.encode_result(out);
      } else if (!delivery_.take(out, now_ms)) {
        return false;
      }
    }
    message.payload = out.data();
    message.size = out.size();
    return true;
  }

  // The connection has taken what next() gave last. Should it break, connected() makes all due
  // again; a reading is freed by the gateway alone.
  void done(What what) {
    if (what == What::kResult) {
      commands_.handed_over();
      answered_ = delivery_.sent();
    } else if (what != What::kTelemetry) {
      set_due(what, false);
    }
  }

  // Takes what arrived; now_ms of the ticks, time_ms of the clock (0: not set).
  void receive(Kind kind, const char* payload, size_t size, uint32_t now_ms, uint64_t time_ms) {
    now_ms_ = now_ms;
    if (kind == Kind::kAck) {
      settle(Value::of(payload, size), now_ms);
    } else if (kind == Kind::kCommand) {
      commands_.handle(payload, size, time_ms);
    } else {
      adopt(Value::of(payload, size));
    }
  }

  // ---------------------------------------------------------- what commands order

  void inject_fault(const Value& fault, Text& error) {
    char name[24];
    Text text(name);
    if (!fault.is_string()) {
      error.add("fault must be a text");
      return;
    }
    fault.text(text);
    for (int index = kOvercurrent; index < kTruths; ++index) {
      if (std::strcmp(text.c_str(), kTruthNames[index]) == 0) {
        fan_.inject(static_cast<Truth>(index));
        return;
      }
    }
    error.add("fault must be one of ");
    add_faults(error, "", ", ");
  }

  void clear_fault() { fan_.clear(); }

  void set_rate(const Value& rate_hz, Text& error) {
    Real value;
    if (!rate_hz.number(value)) {
      error.add("rate_hz must be a number");
    } else if (!(Real(kLeastHz) <= value && value <= Real(kMostHz))) {
      error.add("rate_hz must be 1/3600 to 10");
    } else if (rate_hz_ < value || value < rate_hz_) {
      rate_hz_ = value;
      const Real period_us = std::fmin(Real(1000000.0) / value, Real(kMostPeriodUs));
      period_us_ = static_cast<uint32_t>(period_us);
      const uint32_t ms = static_cast<uint32_t>(std::nearbyint(period_us / Real(1000.0)));
      period_ms_ = ms == kNominalMs ? 0 : ms;
      set_due(What::kBirth, true);
      set_due(What::kReported, true);
    }
  }

  void set_point(const Value& set_point, Text& error) {
    Real value;
    if (!set_point.number(value)) {
      error.add("set_point must be a number");
    } else if (!fan_.set_point(value)) {
      error.add("set_point must be 600 to 1600 rpm");
    } else {
      set_point_rpm_ = value;
      set_due(What::kReported, true);
    }
  }

  void identify() {
    identify_ = true;
    identify_since_ms_ = now_ms_;
  }

  // Begins again as soon as the answer to the command has been handed over.
  void restart() { restart_ = true; }

 private:
  void settle(const Value& ack, uint32_t now_ms) {
    char epoch[33];
    Text text(epoch);
    int64_t seq = -1;
    if (ack.member("epoch").text(text) && ack.member("seq").integer(seq) && seq >= 0 &&
        delivery_.acknowledge(text.c_str(), static_cast<uint64_t>(seq), now_ms) &&
        seq > answered_) {
      commands_.arrived();  // before a reading that went out after it
    }
  }

  // Makes the desired settings true and reports what came of it.
  void adopt(const Value& desired) {
    char reason[64];
    Text ignored(reason);
    if (!desired.is_object()) {
      return;
    }
    if (desired.member("rate_hz").present()) {
      set_rate(desired.member("rate_hz"), ignored);
    }
    if (desired.member("set_point").present()) {
      set_point(desired.member("set_point"), ignored);
    }
    set_due(What::kReported, true);
  }

  void encode_birth(Text& out) const {
    out.add("{\"asset\":\"fan\",\"model\":").add_json(kModelName);
    out.add(",\"firmware\":").add_json(kFirmware).add(",\"epoch\":").add_json(epoch_);
    out.add(",\"channels\":[");
    for (int index = 0; index < kChannels; ++index) {
      out.add(index == 0 ? "{\"name\":" : ",{\"name\":").add_json(kChannelNames[index]);
      out.add(",\"unit\":").add_json(kChannelUnits[index]).add('}');
    }
    out.add("],\"rate_hz\":").add_rate(static_cast<float>(rate_hz_));
    out.add(",\"location\":").add_json(site_.location).add(",\"virtual\":true,\"faults\":[");
    add_faults(out, "\"", ",");
    out.add("]}");
  }

  void encode_reported(Text& out) const {
    out.add("{\"rate_hz\":").add_rate(static_cast<float>(rate_hz_));
    if (set_point_rpm_ != Real(0.0)) {
      out.add(",\"set_point\":").add_decimal(thousandths(set_point_rpm_), 3);
    }
    out.add('}');
  }

  static void add_faults(Text& out, const char* quote, const char* between) {
    for (int index = kOvercurrent; index < kTruths; ++index) {
      out.add(index == kOvercurrent ? "" : between);
      out.add(quote).add(kTruthNames[index]).add(quote);
    }
  }

  static int32_t thousandths(Real value) {
    return static_cast<int32_t>(std::nearbyint(value * Real(1000.0)));
  }

  bool is_due(What what) const { return (due_ >> static_cast<int>(what) & 1u) != 0; }

  void set_due(What what, bool due) {
    const uint8_t bit = static_cast<uint8_t>(1u << static_cast<int>(what));
    due_ = static_cast<uint8_t>(due ? due_ | bit : due_ & ~bit);
  }

  const Site& site_;
  const char* epoch_;
  Fan<Real> fan_;
  Noise<Real> dice_;
  Ring<kRingReadings> ring_;
  Delivery<kRingReadings> delivery_;
  Commands<Device<Real>> commands_;
  Real rate_hz_ = Real(5.0);
  Real set_point_rpm_ = Real(0.0);  // 0: nobody set one
  uint32_t period_us_ = 200000;
  uint32_t period_ms_ = 0;  // what readings say of it
  uint32_t now_ms_ = 0;
  uint32_t identify_since_ms_ = 0;
  uint32_t answered_ = 0;  // the last reading that went out before the last result
  bool identify_ = false;
  bool restart_ = false;
  uint8_t due_ = 0;
  char payload_[kPayloadBytes];
};

}  // namespace edgetwin
