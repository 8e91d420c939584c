// Keeps the board on Wi-Fi and at the broker: a thin layer over WiFiS3 and ArduinoMqttClient.
//
// What may block, and for how long: joining Wi-Fi and dialling the broker only while there is no
// session anyway; the farewell before a restart. A publish at QoS 1 is handed to the connection and
// its PUBACK not waited for: within a connection TCP loses nothing, and after a new one the device
// sends again whatever may not have arrived.
#pragma once

#include <Arduino.h>
#include <ArduinoMqttClient.h>
#include <WiFiS3.h>

#include "device.h"
#include "inbox.h"
#include "lamp.h"

namespace edgetwin {

struct Network {
  const char* ssid;
  const char* password;
  const char* broker_host;
  uint16_t broker_port;
  const char* username;  // empty: the broker asks for none
  const char* broker_password;
};

using BoardInbox = Inbox<768>;

class Link {
 public:
  Link(const Network& network, const Site& site, BoardInbox& inbox)
      : network_(network), site_(site), inbox_(inbox), mqtt_(wifi_client_) {}

  State state() const { return state_; }

  void begin() {
    instance() = this;
    WiFi.setTimeout(0);  // begin() does not wait; poll() asks
    wifi_client_.setConnectionTimeout(kDialMs);
    mqtt_.setId(site_.device);
    mqtt_.setKeepAliveInterval(kKeepaliveMs);
    mqtt_.setCleanSession(true);
    if (network_.username[0] != '\0') {
      mqtt_.setUsernamePassword(network_.username, network_.broker_password);
    }
    // Without a callback the library throws away what arrives while it waits for a SUBACK.
    mqtt_.onMessage(received);
    mqtt_.beginWill(topic("status"), sizeof kOffline - 1, true, 1);
    write(kOffline, sizeof kOffline - 1);
    mqtt_.endWill();
  }

  // One step towards a session, or in it; true when a new one has just begun. dice is 0 to 255.
  bool poll(uint32_t now_ms, uint32_t dice) {
    if (state_ == State::kOnline) {
      mqtt_.poll();
      if (!mqtt_.connected()) {
        lose(now_ms, dice);
      }
      return false;
    }
    if (now_ms - tried_ms_ < wait_ms_) {
      return false;
    }
    tried_ms_ = now_ms;
    if (WiFi.status() != WL_CONNECTED) {
      join(now_ms);
      return false;
    }
    state_ = State::kDialling;
    if (!dial()) {
      lose(millis(), dice);
      return false;
    }
    state_ = State::kOnline;
    return true;
  }

  // Hands one message to the connection; false when that broke, which poll() notices.
  bool publish(const Message& message) {
    // With the size the library sends as it is told; without, it cuts a payload off at 256 bytes.
    if (!mqtt_.beginMessage(topic(message.kind), static_cast<unsigned long>(message.size),
                            message.retain, uint8_t{1})) {
      return false;
    }
    if (write(message.payload, message.size) != message.size) {
      mqtt_.stop();  // the broker has half a message: only a new session can mend that
      return false;
    }
    mqtt_.endMessage();  // with a timeout of 0 it does not wait; a late PUBACK is read by poll()
    return true;
  }

  // Says offline itself, so that the will is not needed, and waits for the PUBACK: brokers answer
  // in order, so all that was sent before has then arrived, too.
  void farewell() {
    mqtt_.setConnectionTimeout(kFarewellMs);
    publish({Message::What::kStatus, "status", true, kOffline, sizeof kOffline - 1});
    mqtt_.stop();
  }

 private:
  static constexpr char kOffline[] = "offline";
  static constexpr uint32_t kKeepaliveMs = 15000;
  static constexpr uint32_t kFarewellMs = 3000;
  static constexpr uint32_t kDialMs = 3000;
  static constexpr uint32_t kJoinMs = 15000;
  static constexpr uint32_t kAskMs = 500;
  static constexpr uint32_t kMostWaitMs = 5000;

  static Link*& instance() {  // the library's callback takes no argument of ours
    static Link* link = nullptr;
    return link;
  }

  // Asks whether Wi-Fi is there twice a second, and to join it every 15 s.
  void join(uint32_t now_ms) {
    wait_ms_ = kAskMs;
    backoff_ms_ = kAskMs;
    if (state_ == State::kJoining && joining_ && now_ms - joined_ms_ < kJoinMs) {
      return;
    }
    state_ = State::kJoining;
    joining_ = true;
    joined_ms_ = now_ms;
    if (network_.password[0] != '\0') {
      WiFi.begin(network_.ssid, network_.password);
    } else {
      WiFi.begin(network_.ssid);
    }
  }

  bool dial() {
    mqtt_.setConnectionTimeout(kDialMs);
    bool well = mqtt_.connect(network_.broker_host, network_.broker_port) != 0;
    constexpr const char* kinds[] = {"ack", "command", "desired"};
    for (const char* kind : kinds) {
      well = well && mqtt_.subscribe(topic(kind), 1) != 0;
    }
    mqtt_.setConnectionTimeout(0);
    return well;
  }

  // Half to the whole of a wait that doubles up to 5 s: boards do not come back in step.
  void lose(uint32_t now_ms, uint32_t dice) {
    state_ = State::kDialling;
    tried_ms_ = now_ms;
    backoff_ms_ = backoff_ms_ * 2 < kMostWaitMs ? backoff_ms_ * 2 : kMostWaitMs;
    wait_ms_ = backoff_ms_ / 2 + backoff_ms_ * dice / 512;
  }

  const char* topic(const char* kind) {
    Text text(topic_);
    text.add("edgetwin/v1/").add(site_.site).add('/').add(site_.device).add('/').add(kind);
    return text.c_str();
  }

  size_t write(const char* bytes, size_t size) {
    return mqtt_.write(reinterpret_cast<const uint8_t*>(bytes), size);
  }

  static void received(int size) { instance()->store(static_cast<size_t>(size)); }

  // Into the inbox. What it has no room for is read all the same, or its rest would pass for the
  // next packet.
  void store(size_t size) {
    const String name = mqtt_.messageTopic();
    const char* kind = std::strrchr(name.c_str(), '/');
    char* room = nullptr;
    if (kind != nullptr && std::strcmp(kind, "/ack") == 0) {
      room = inbox_.add(Kind::kAck, size);
    } else if (kind != nullptr && std::strcmp(kind, "/command") == 0) {
      room = inbox_.add(Kind::kCommand, size);
    } else if (kind != nullptr && std::strcmp(kind, "/desired") == 0) {
      room = inbox_.add(Kind::kDesired, size);
    }
    if (room != nullptr) {
      mqtt_.read(reinterpret_cast<uint8_t*>(room), size);
      return;
    }
    uint8_t rest[32];
    while (size != 0) {
      const int got = mqtt_.read(rest, size < sizeof rest ? size : sizeof rest);
      if (got <= 0) {
        return;
      }
      size -= static_cast<size_t>(got);
    }
  }

  const Network& network_;
  const Site& site_;
  BoardInbox& inbox_;
  WiFiClient wifi_client_;
  MqttClient mqtt_;
  State state_ = State::kJoining;
  bool joining_ = false;
  uint32_t joined_ms_ = 0;
  uint32_t tried_ms_ = 0;
  uint32_t wait_ms_ = 0;
  uint32_t backoff_ms_ = kAskMs;
  char topic_[160];
};

}  // namespace edgetwin
