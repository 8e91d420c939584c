// WiFiS3 as the sketch uses it.
#pragma once

#include <Arduino.h>

#define WL_IDLE_STATUS 0
#define WL_CONNECTED 3

class WiFiClient : public Client {
 public:
  int connect(const char* host, uint16_t port) override;
  size_t write(const uint8_t* bytes, size_t size) override;
  int available() override;
  int read() override;
  void stop() override;
  uint8_t connected() override;
  void setConnectionTimeout(int timeout_ms) { timeout_ms_ = timeout_ms; }

 private:
  int socket_ = -1;
  int timeout_ms_ = 0;
};

class CWifi {
 public:
  int begin(const char* ssid);
  int begin(const char* ssid, const char* passphrase);
  uint8_t status();
  unsigned long getTime();
  void setTimeout(unsigned long timeout_ms);
};
extern CWifi WiFi;
