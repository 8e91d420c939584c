// The data flash as the sketch uses it; on the host a file, so that boots can be counted.
#pragma once

#include <Arduino.h>

class EEPROMClass {
 public:
  template <typename T>
  T& get(int address, T& value) {
    load(address, &value, sizeof value);
    return value;
  }
  template <typename T>
  const T& put(int address, const T& value) {
    store(address, &value, sizeof value);
    return value;
  }

 private:
  void load(int address, void* bytes, size_t size);
  void store(int address, const void* bytes, size_t size);
};
extern EEPROMClass EEPROM;
