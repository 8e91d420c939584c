// Orders from the gateway: a command in, the device changed, a result kept until it has arrived.
// The same rules and sentences as firmware/device/commands.py.
#pragma once

#include <cstdint>
#include <cstring>

#include "text.h"
#include "value.h"

namespace edgetwin {

constexpr int kRemembered = 32;     // ids, so that each command is carried out once
constexpr int kMostResults = 3;     // that wait to be sent, or may have to be sent again
constexpr size_t kMostIdBytes = 64;

struct Result {
  char id[kMostIdBytes + 1];
  char error[176];  // empty: it was carried out
  uint64_t time_ms;
};

// Device is what is ordered about: each of its methods writes why not into error, or nothing.
template <typename Device>
class Commands {
 public:
  explicit Commands(Device& device) : device_(device) {}

  // Carries out one command. Rubbish and repeats need no answer; while kMostResults wait there is
  // no room for one, and nothing is carried out that could not be answered.
  void handle(const char* payload, size_t size, uint64_t now_ms) {
    const Value command = Value::of(payload, size);
    char id[kMostIdBytes + 1];
    Text id_text(id);
    if (count_ - sent_ == kMostResults || !command.member("id").text(id_text) ||
        repeated(id_text.c_str())) {
      return;
    }
    if (count_ == kMostResults) {
      drop(1);  // it has been sent once
    }
    Result& result = results_[count_++];
    std::memcpy(result.id, id, sizeof id);
    result.time_ms = now_ms;
    Text error(result.error);
    if (check(command, now_ms, error)) {
      carry_out(command, error);
    }
    error.c_str();
  }

  bool waiting() const { return sent_ != count_; }

  // The oldest result that waits to be sent, as JSON.
  void encode_result(Text& out) const {
    const Result& result = results_[sent_];
    const bool ok = result.error[0] == '\0';
    out.add("{\"id\":").add_json(result.id).add(",\"ok\":").add(ok ? "true" : "false");
    out.add(",\"error\":");
    if (ok) {
      out.add("null");
    } else {
      out.add_json(result.error);
    }
    if (result.time_ms != 0) {
      out.add(",\"time_ms\":").add_number(result.time_ms);
    }
    out.add('}');
  }

  // The connection has taken that result.
  void handed_over() { ++sent_; }

  // A new connection: what the last one had taken may have been lost with it.
  void connected() { sent_ = 0; }

  // Everything that was handed over has arrived.
  void arrived() { drop(sent_); }

 private:
  // Forgets the oldest results; all of them have been sent.
  void drop(int results) {
    for (int index = results; index < count_; ++index) {
      results_[index - results] = results_[index];
    }
    count_ -= results;
    sent_ -= results;
  }

  // Whether id is among the last kRemembered; they are kept as FNV-1a hashes of 32 bits.
  bool repeated(const char* id) {
    uint32_t hash = 2166136261u;
    for (; *id != '\0'; ++id) {
      hash = (hash ^ static_cast<unsigned char>(*id)) * 16777619u;
    }
    for (int index = 0; index < kRemembered; ++index) {
      if (seen_[index] == hash) {
        return true;
      }
    }
    seen_[oldest_] = hash;
    oldest_ = (oldest_ + 1) % kRemembered;
    return false;
  }

  static bool check(const Value& command, uint64_t now_ms, Text& error) {
    const Value args = command.member("args");
    int64_t expires_ms = 0;
    if (!command.member("name").is_string()) {
      error.add("a command needs a name");
    } else if (args.present() && !args.is_null() && !args.is_object()) {
      error.add("args must be an object");
    } else if (!command.member("expires_ms").integer(expires_ms)) {
      error.add("expires_ms must be an integer");
    } else if (now_ms != 0 && static_cast<int64_t>(now_ms) > expires_ms) {
      const uint64_t late_ms = now_ms - static_cast<uint64_t>(expires_ms);
      error.add("expired ").add_number(late_ms).add(" ms ago");
    } else {
      return true;
    }
    return false;
  }

  void carry_out(const Value& command, Text& error) {
    const Value args = command.member("args");
    char buffer[kMostIdBytes + 1];
    Text text(buffer);
    command.member("name").text(text);  // one that is cut short is none of these
    const char* name = text.c_str();
    if (std::strcmp(name, "inject_fault") == 0) {
      device_.inject_fault(args.member("fault"), error);
    } else if (std::strcmp(name, "clear_fault") == 0) {
      device_.clear_fault();
    } else if (std::strcmp(name, "set_rate") == 0) {
      device_.set_rate(args.member("rate_hz"), error);
    } else if (std::strcmp(name, "set_point") == 0) {
      device_.set_point(args.member("set_point"), error);
    } else if (std::strcmp(name, "identify") == 0) {
      device_.identify();
    } else if (std::strcmp(name, "restart") == 0) {
      device_.restart();
    } else {
      error.add("this device knows inject_fault, clear_fault, set_rate, set_point, identify, ");
      error.add("restart; not ").add(name);
    }
  }

  Device& device_;
  Result results_[kMostResults];
  int count_ = 0;
  int sent_ = 0;  // the oldest ones
  uint32_t seen_[kRemembered] = {};
  int oldest_ = 0;
};

}  // namespace edgetwin
