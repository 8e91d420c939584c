// A value inside a JSON text that is_json() has found good: what it is, and what it holds.
#pragma once

#include "json.h"

namespace edgetwin {

class Value {
 public:
  Value() = default;
  Value(const char* begin, const char* end) : begin_(begin), end_(end) {}

  // The value of a whole text; none when it is no JSON.
  static Value of(const char* text, size_t size) {
    if (!is_json(text, size)) {
      return Value();
    }
    return Value(json::skip_space(text, text + size), text + size);
  }

  bool present() const { return begin_ != nullptr; }
  bool is_object() const { return starts_with('{'); }
  bool is_string() const { return starts_with('"'); }
  bool is_null() const { return starts_with('n'); }
  bool is_number() const {
    return present() && (*begin_ == '-' || json::is_digit(*begin_));
  }

  // The member of an object called key; none where there is none. Of a key that stands twice the
  // last counts, as in Python.
  Value member(const char* key) const {
    Value found;
    if (!is_object()) {
      return found;
    }
    const char* at = json::skip_space(begin_ + 1, end_);
    while (*at == '"') {
      const char* name = at;
      at = json::skip_space(json::past_string(at, end_), end_);
      const char* value = json::skip_space(at + 1, end_);
      at = json::past_value(value, end_, 0);
      if (Value(name, end_).is_text(key)) {
        found = Value(value, at);
      }
      at = json::skip_space(at, end_);
      if (*at == ',') {
        at = json::skip_space(at + 1, end_);
      }
    }
    return found;
  }

  // A string's text without its escapes, in UTF-8; false: it is no string, or it does not fit or
  // holds a NUL, and out has the characters before that.
  bool text(Text& out) const {
    if (!is_string()) {
      return false;
    }
    for (const char* at = begin_ + 1; *at != '"' && out.fits();) {
      if (*at != '\\') {
        const char* next = json::past_character(at, end_);
        out.add(at, static_cast<size_t>(next - at));
        at = next;
        continue;
      }
      const uint32_t code = escaped(at);
      if (code == 0) {
        return false;
      }
      add_utf8(out, code);
    }
    return out.fits();
  }

  // An integer without fraction or exponent, held to what 64 bits can say.
  bool integer(int64_t& out) const {
    if (!is_number()) {
      return false;
    }
    const char* at = begin_ + (*begin_ == '-' ? 1 : 0);
    uint64_t size = 0;
    for (; at != end_ && json::is_digit(*at); ++at) {
      const uint64_t digit = static_cast<uint64_t>(*at - '0');
      size = size > (kMostSize - digit) / 10 ? kMostSize : size * 10 + digit;
    }
    if (at != end_ && (*at == '.' || *at == 'e' || *at == 'E')) {
      return false;
    }
    out = *begin_ == '-' ? -static_cast<int64_t>(size) : static_cast<int64_t>(size);
    return true;
  }

  // A number, to within a few units of its last place: enough for a rate and a set point.
  template <typename Real>
  bool number(Real& out) const {
    if (!is_number()) {
      return false;
    }
    Real value = Real(0.0);
    int exponent = 0;
    bool fraction = false;
    const char* at = begin_ + (*begin_ == '-' ? 1 : 0);
    for (; at != end_ && (json::is_digit(*at) || *at == '.'); ++at) {
      if (*at == '.') {
        fraction = true;
      } else {
        value = value * Real(10.0) + static_cast<Real>(*at - '0');
        exponent -= fraction ? 1 : 0;
      }
    }
    if (at != end_ && (*at == 'e' || *at == 'E')) {
      exponent += exponent_at(at + 1);
    }
    out = scaled(*begin_ == '-' ? -value : value, exponent);
    return true;
  }

 private:
  static constexpr uint64_t kMostSize = 0x7FFFFFFFFFFFFFFFu;

  bool starts_with(char c) const { return present() && *begin_ == c; }

  bool is_text(const char* expected) const {
    char buffer[24];
    Text name(buffer);
    return text(name) && std::strcmp(name.c_str(), expected) == 0;
  }

  int exponent_at(const char* at) const {
    const bool negative = *at == '-';
    int exponent = 0;
    for (at += *at == '-' || *at == '+' ? 1 : 0; at != end_ && json::is_digit(*at); ++at) {
      exponent = exponent > 999 ? 1000 : exponent * 10 + (*at - '0');
    }
    return negative ? -exponent : exponent;
  }

  template <typename Real>
  static Real scaled(Real value, int exponent) {
    Real power = Real(1.0);
    const int steps = exponent < 0 ? -exponent : exponent;
    for (int step = 0; step < steps && step < 400; ++step) {
      power *= Real(10.0);
    }
    return exponent < 0 ? value / power : value * power;
  }

  // The code point of the escape at at, and at past it; half of a surrogate pair alone is U+FFFD.
  static uint32_t escaped(const char*& at) {
    const char kind = at[1];
    if (kind != 'u') {
      at += 2;
      const char* plain = std::strchr("b\bf\fn\nr\rt\t", kind);
      return static_cast<unsigned char>(plain != nullptr ? plain[1] : kind);
    }
    const uint32_t first = four_digits(at + 2);
    at += 6;
    if (first < 0xD800 || first > 0xDFFF) {
      return first;
    }
    const bool pair = first < 0xDC00 && at[0] == '\\' && at[1] == 'u';
    const uint32_t second = pair ? four_digits(at + 2) : 0;
    if (second < 0xDC00 || second > 0xDFFF) {
      return 0xFFFD;
    }
    at += 6;
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }

  static uint32_t four_digits(const char* at) {
    uint32_t code = 0;
    for (int index = 0; index < 4; ++index) {
      code = code << 4 | static_cast<uint32_t>(json::hex_of(at[index]));
    }
    return code;
  }

  static void add_utf8(Text& out, uint32_t code) {
    char bytes[4];
    size_t size = 0;
    if (code < 0x80) {
      bytes[size++] = static_cast<char>(code);
    } else {
      const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      const uint32_t lead = more == 1 ? 0xC0 : more == 2 ? 0xE0 : 0xF0;
      bytes[size++] = static_cast<char>(lead | code >> (6 * more));
      for (int left = more - 1; left >= 0; --left) {
        bytes[size++] = static_cast<char>(0x80 | (code >> (6 * left) & 0x3F));
      }
    }
    out.add(bytes, size);
  }

  const char* begin_ = nullptr;
  const char* end_ = nullptr;
};

}  // namespace edgetwin
