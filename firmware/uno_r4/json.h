// Reads the small JSON objects the gateway sends, without a heap and without copying.
//
// is_json() checks a whole text first (RFC 8259, UTF-8, at most kMostDepth levels); everything else
// here may then walk over it without looking for its end. Stricter than Python's parser: NaN and
// Infinity are no numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "text.h"

namespace edgetwin {

constexpr int kMostDepth = 6;

namespace json {

inline const char* skip_space(const char* at, const char* end) {
  while (at != end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
    ++at;
  }
  return at;
}

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline int hex_of(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Past one character of UTF-8 (the Unicode standard, table 3-7); null when it is malformed.
inline const char* past_character(const char* at, const char* end) {
  const unsigned char lead = static_cast<unsigned char>(*at++);
  if (lead < 0x80) {
    return at;
  }
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  if (lead < 0xC2 || lead > 0xF4 || end - at < more) {
    return nullptr;
  }
  const unsigned char second = static_cast<unsigned char>(*at);
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (second < low || second > high) {
    return nullptr;
  }
  for (int index = 1; index < more; ++index) {
    if ((static_cast<unsigned char>(at[index]) & 0xC0) != 0x80) {
      return nullptr;
    }
  }
  return at + more;
}

inline const char* past_escape(const char* at, const char* end) {
  if (at == end) {
    return nullptr;
  }
  if (*at != 'u') {
    return *at != '\0' && std::strchr("\"\\/bfnrt", *at) != nullptr ? at + 1 : nullptr;
  }
  if (end - at < 5) {
    return nullptr;
  }
  for (int index = 1; index <= 4; ++index) {
    if (hex_of(at[index]) < 0) {
      return nullptr;
    }
  }
  return at + 5;
}

// Past the string whose opening quotation mark stands at at.
inline const char* past_string(const char* at, const char* end) {
  ++at;
  while (at != nullptr && at != end) {
    if (*at == '"') {
      return at + 1;
    }
    if (static_cast<unsigned char>(*at) < 0x20) {
      return nullptr;
    }
    at = *at == '\\' ? past_escape(at + 1, end) : past_character(at, end);
  }
  return nullptr;
}

inline const char* past_digits(const char* at, const char* end) {
  const char* start = at;
  while (at != end && is_digit(*at)) {
    ++at;
  }
  return at == start ? nullptr : at;
}

inline const char* past_number(const char* at, const char* end) {
  if (*at == '-') {
    ++at;
  }
  if (at != end && *at == '0') {
    ++at;
  } else if ((at = past_digits(at, end)) == nullptr) {
    return nullptr;
  }
  if (at != end && *at == '.' && (at = past_digits(at + 1, end)) == nullptr) {
    return nullptr;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) {
      ++at;
    }
    return past_digits(at, end);
  }
  return at;
}

inline const char* past_word(const char* at, const char* end, const char* word) {
  const size_t size = std::strlen(word);
  const bool same = static_cast<size_t>(end - at) >= size && std::memcmp(at, word, size) == 0;
  return same ? at + size : nullptr;
}

// Past the value at at; null when there is none, or when it is nested too deep.
inline const char* past_value(const char* at, const char* end, int depth);

// Past an object or a list, whose opening bracket stands at at.
inline const char* past_members(const char* at, const char* end, int depth) {
  const bool object = *at == '{';
  const char close = object ? '}' : ']';
  at = skip_space(at + 1, end);
  if (at != end && *at == close) {
    return at + 1;
  }
  while (at != end) {
    if (object) {
      if (*at != '"' || (at = past_string(at, end)) == nullptr) {
        return nullptr;
      }
      at = skip_space(at, end);
      if (at == end || *at != ':') {
        return nullptr;
      }
      at = skip_space(at + 1, end);
    }
    if ((at = past_value(at, end, depth)) == nullptr) {
      return nullptr;
    }
    at = skip_space(at, end);
    if (at == end || (*at != ',' && *at != close)) {
      return nullptr;
    }
    if (*at++ == close) {
      return at;
    }
    at = skip_space(at, end);
  }
  return nullptr;
}

inline const char* past_value(const char* at, const char* end, int depth) {
  if (at == end) {
    return nullptr;
  }
  switch (*at) {
    case '{':
    case '[':
      return depth == kMostDepth ? nullptr : past_members(at, end, depth + 1);
    case '"':
      return past_string(at, end);
    case 't':
      return past_word(at, end, "true");
    case 'f':
      return past_word(at, end, "false");
    case 'n':
      return past_word(at, end, "null");
    default:
      return *at == '-' || is_digit(*at) ? past_number(at, end) : nullptr;
  }
}

}  // namespace json

// Whether size bytes are one JSON text.
inline bool is_json(const char* text, size_t size) {
  const char* end = text + size;
  const char* at = json::past_value(json::skip_space(text, end), end, 0);
  return at != nullptr && json::skip_space(at, end) == end;
}

}  // namespace edgetwin
