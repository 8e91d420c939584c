// ArduinoMqttClient 0.1.8 as the sketch uses it: the same signatures, and, in mqtt.cpp, the same
// habits (a publish blocks until its PUBACK or the connection timeout; the callback is called
// from inside that wait; what it leaves unread is thrown away).
#pragma once

#include <Arduino.h>

class MqttClient {
 public:
  explicit MqttClient(Client& client);

  void onMessage(void (*callback)(int));
  String messageTopic() const;
  int beginMessage(const char* topic, unsigned long size, bool retain = false, uint8_t qos = 0,
                   bool dup = false);
  // Never called: it is here because the library has it, and a size must not be taken for a bool.
  int beginMessage(const char* topic, bool retain = false, uint8_t qos = 0, bool dup = false);
  int endMessage();
  int beginWill(const char* topic, unsigned short size, bool retain, uint8_t qos);
  int endWill();
  int subscribe(const char* topic, uint8_t qos = 0);
  void poll();
  int connect(const char* host, uint16_t port = 1883);
  size_t write(const uint8_t* bytes, size_t size);
  int read(uint8_t* bytes, size_t size);
  void stop();
  uint8_t connected();
  void setId(const char* id);
  void setUsernamePassword(const char* username, const char* password);
  void setCleanSession(bool clean);
  void setKeepAliveInterval(unsigned long interval_ms);
  void setConnectionTimeout(unsigned long timeout_ms);

 private:
  struct Session;
  Session* session_;
};
