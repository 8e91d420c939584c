// As much of Arduino's core as the sketch uses, with the same signatures. On the host host_board.cpp
// stands behind it; for the Cortex-M4 stubs.cpp, so that the size is the sketch's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#define HIGH 1
#define LOW 0
#define OUTPUT 1
#define LED_BUILTIN 13
#define A0 14

// Only what messageTopic() returns: the client keeps the characters.
class String {
 public:
  explicit String(const char* text) : text_(text) {}
  const char* c_str() const { return text_; }

 private:
  const char* text_;
};

class Client {
 public:
  virtual ~Client() = default;
  virtual int connect(const char* host, uint16_t port) = 0;
  virtual size_t write(const uint8_t* bytes, size_t size) = 0;
  virtual int available() = 0;
  virtual int read() = 0;
  virtual void stop() = 0;
  virtual uint8_t connected() = 0;
};

class SerialPort {
 public:
  void begin(unsigned long baud);
  size_t println(const char* text);
};
extern SerialPort Serial;

unsigned long millis();
unsigned long micros();
void pinMode(int pin, int mode);
void digitalWrite(int pin, int level);
int analogRead(int pin);
void NVIC_SystemReset();

void setup();
void loop();
