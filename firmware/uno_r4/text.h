// Text written into a buffer of fixed size: no heap, no printf (whose %f works in double).
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace edgetwin {

// What does not fit is left out and fits() turns false; rewind() takes back what was written.
class Text {
 public:
  Text(char* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) {}

  template <size_t N>
  explicit Text(char (&buffer)[N]) : Text(buffer, N) {}

  const char* data() const { return buffer_; }
  size_t size() const { return size_; }
  bool fits() const { return fits_; }

  void rewind(size_t size) {
    size_ = size;
    fits_ = true;
  }

  // The text as a C string; the last byte of the buffer is kept for its end.
  const char* c_str() {
    buffer_[size_] = '\0';
    return buffer_;
  }

  Text& add(char c) {
    if (size_ + 1 >= capacity_) {
      fits_ = false;
    } else {
      buffer_[size_++] = c;
    }
    return *this;
  }

  Text& add(const char* text) { return add(text, std::strlen(text)); }

  Text& add(const char* text, size_t size) {
    if (size_ + size >= capacity_) {
      fits_ = false;
    } else {
      std::memcpy(buffer_ + size_, text, size);
      size_ += size;
    }
    return *this;
  }

  Text& add_number(uint64_t value) {
    char digits[20];
    size_t start = sizeof digits;
    do {
      digits[--start] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    return add(digits + start, sizeof digits - start);
  }

  // 4125 with two decimals is 41.25.
  Text& add_decimal(int32_t units, int decimals) {
    const uint32_t size =
        units < 0 ? 0u - static_cast<uint32_t>(units) : static_cast<uint32_t>(units);
    if (units < 0) {
      add('-');
    }
    uint32_t unit = 1;
    for (int place = 0; place < decimals; ++place) {
      unit *= 10;
    }
    add_number(size / unit);
    if (decimals > 0) {
      add('.');
    }
    while (unit > 1) {
      unit /= 10;
      add(static_cast<char>('0' + size / unit % 10));
    }
    return *this;
  }

  // A rate in readings a second, so that one reading an hour is told from none.
  Text& add_rate(float rate_hz) {
    if (rate_hz >= 0.1f) {
      return add_decimal(static_cast<int32_t>(std::nearbyint(rate_hz * 1000.0f)), 3);
    }
    uint32_t digits = static_cast<uint32_t>(std::nearbyint(rate_hz * 100000000.0f));
    add("0.");
    for (uint32_t place = 10000000; place != 0; place /= 10) {
      add(static_cast<char>('0' + digits / place % 10));
    }
    return *this;
  }

  Text& add_hex(uint32_t value) {
    for (int shift = 28; shift >= 0; shift -= 4) {
      add("0123456789abcdef"[value >> shift & 15u]);
    }
    return *this;
  }

  // A JSON string with its quotation marks; text is UTF-8.
  Text& add_json(const char* text) {
    add('"');
    for (; *text != '\0'; ++text) {
      const unsigned char c = static_cast<unsigned char>(*text);
      if (c == '"' || c == '\\') {
        add('\\').add(*text);
      } else if (c < 0x20) {
        add("\\u00").add("0123456789abcdef"[c >> 4]).add("0123456789abcdef"[c & 15]);
      } else {
        add(*text);
      }
    }
    return add('"');
  }

 private:
  char* buffer_;
  size_t capacity_;
  size_t size_ = 0;
  bool fits_ = true;
};

}  // namespace edgetwin
