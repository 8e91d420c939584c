// An Arduino UNO R4 WiFi as an edgetwin device: a virtual fan, five readings a second.
//
// Copy arduino_secrets.h.example to arduino_secrets.h, fill it in, and flash; README.md says how.
// This file only joins the parts: the physics are in fan.h, what is sent in codec.h and delivery.h,
// the network in link.h. Nothing in loop() waits but the network library; link.h says how long.

#include <Arduino.h>
#include <ArduinoMqttClient.h>
#include <EEPROM.h>
#include <WiFiS3.h>

#include "arduino_secrets.h"
#include "cadence.h"
#include "clock.h"
#include "device.h"
#include "incarnation.h"
#include "lamp.h"
#include "link.h"

using edgetwin::State;

constexpr uint32_t kCheckEveryMs = 500;
constexpr uint32_t kUnheardMs = 10000;
constexpr int kLifeAddress = 0;  // in the data flash

const edgetwin::Site site = {SECRET_SITE, SECRET_DEVICE, SECRET_LOCATION};
const edgetwin::Network network = {SECRET_SSID,        SECRET_PASS,
                                   SECRET_BROKER_HOST, SECRET_BROKER_PORT,
                                   SECRET_BROKER_USER, SECRET_BROKER_PASS};

char epoch[33];
edgetwin::BoardInbox inbox;
edgetwin::Link uplink(network, site, inbox);
edgetwin::WallClock wall_clock;
edgetwin::Cadence cadence(200000);
uint32_t checked_ms = 0;

// The machine's parameters come from the device's name: the same fan after each start.
uint32_t seed_of(const char* name) {
  uint32_t hash = 2166136261u;
  for (; *name != '\0'; ++name) {
    hash = (hash ^ static_cast<unsigned char>(*name)) * 16777619u;
  }
  return hash;
}

edgetwin::Device<float> device(site, epoch, seed_of(SECRET_DEVICE));

uint32_t ticks_ms() { return static_cast<uint32_t>(millis()); }

// The lowest bits of open analogue inputs and of the time they take; good enough to be drawn once
// in the life of a board.
uint32_t draw() {
  uint32_t hash = seed_of(SECRET_DEVICE);
  for (int sample = 0; sample < 64; ++sample) {
    hash = (hash ^ static_cast<uint32_t>(analogRead(A0 + sample % 6))) * 16777619u;
    hash = (hash ^ static_cast<uint32_t>(micros())) * 16777619u;
  }
  return hash;
}

void begin_life() {
  edgetwin::Life found;
  EEPROM.get(kLifeAddress, found);
  const edgetwin::Life life = edgetwin::next_life(found, draw());
  EEPROM.put(kLifeAddress, life);
  edgetwin::Text text(epoch);
  edgetwin::encode_epoch(text, life);
  text.c_str();
}

// What the inbox passes on goes to the device with the time it is.
struct Receiver {
  void receive(edgetwin::Kind kind, const char* payload, size_t size) {
    device.receive(kind, payload, size, ticks_ms(), wall_clock.now_ms(ticks_ms()));
  }
};

// On the LED, and each change on the serial monitor.
void show() {
  static State said = State::kOnline;
  State state = uplink.state();
  const bool unheard = device.delivery().silent_ms(ticks_ms()) > kUnheardMs &&
                       device.delivery().in_flight() != 0;
  if (state == State::kOnline && unheard) {
    state = State::kUnheard;
  }
  if (state != said) {
    Serial.println(edgetwin::name_of(state));
  }
  said = state;
  const bool lit = edgetwin::is_lit(state, device.identifying(ticks_ms()), ticks_ms());
  digitalWrite(LED_BUILTIN, lit ? HIGH : LOW);
}

void read_sensors() {
  uint32_t elapsed_us = 0;
  cadence.set_period_us(device.period_us());
  if (cadence.due(static_cast<uint32_t>(micros()), elapsed_us)) {
    device.sample(elapsed_us, wall_clock.now_ms(ticks_ms()));
  }
}

void set_clock() {
  if (wall_clock.wants(ticks_ms())) {
    const uint32_t unix_s = static_cast<uint32_t>(WiFi.getTime());
    wall_clock.offer(unix_s, ticks_ms());
  }
}

// One message at most: then the sensors have their turn again.
void send() {
  if (ticks_ms() - checked_ms >= kCheckEveryMs) {
    checked_ms = ticks_ms();
    device.check(checked_ms);
  }
  edgetwin::Message message;
  if (device.next(message, ticks_ms()) && uplink.publish(message)) {
    device.done(message.what);
  }
}

void setup() {
  Serial.begin(115200);
  pinMode(LED_BUILTIN, OUTPUT);
  begin_life();
  uplink.begin();
  cadence.start(static_cast<uint32_t>(micros()));
}

void loop() {
  Receiver receiver;
  read_sensors();
  if (uplink.poll(ticks_ms(), static_cast<uint32_t>(micros()) & 0xFF)) {
    device.connected(ticks_ms());
  }
  inbox.drain(receiver);
  if (uplink.state() == State::kOnline) {
    set_clock();
    send();
    if (device.restart_due()) {
      uplink.farewell();
      NVIC_SystemReset();
    }
  }
  show();
}
