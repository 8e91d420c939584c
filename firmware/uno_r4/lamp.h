// What the board's LED says about its state.
#pragma once

#include <cstdint>

namespace edgetwin {

enum class State : uint8_t {
  kJoining,   // no Wi-Fi: blinks slowly, once in two seconds
  kDialling,  // no broker: two flashes every second and a half
  kUnheard,   // broker, but no word from the gateway: on, with a short gap every second
  kOnline,    // readings arrive: on
};

// The same in words, for the serial monitor.
inline const char* name_of(State state) {
  switch (state) {
    case State::kJoining:
      return "joining Wi-Fi";
    case State::kDialling:
      return "Wi-Fi is there, dialling the broker";
    case State::kUnheard:
      return "at the broker, no word from the gateway yet";
    case State::kOnline:
      break;
  }
  return "online";
}

// Whether the LED is lit. A person who asked the board to identify itself sees it flicker.
inline bool is_lit(State state, bool identifying, uint32_t now_ms) {
  if (identifying) {
    return now_ms / 60 % 2 == 0;
  }
  switch (state) {
    case State::kJoining:
      return now_ms % 2000 < 1000;
    case State::kDialling: {
      const uint32_t phase = now_ms % 1500;
      return phase < 120 || (phase >= 260 && phase < 380);
    }
    case State::kUnheard:
      return now_ms % 1000 >= 100;
    case State::kOnline:
      break;
  }
  return true;
}

}  // namespace edgetwin
