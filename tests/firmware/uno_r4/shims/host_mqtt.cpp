// An MQTT 3.1.1 client for a host with the habits of ArduinoMqttClient 0.1.8.
#include <ArduinoMqttClient.h>

#include <chrono>
#include <string>
#include <thread>

struct MqttClient::Session {
  explicit Session(Client& peer) : client(peer) {}

  Client& client;
  void (*callback)(int) = nullptr;
  std::string id, username, password, topic, will_topic, will;
  uint8_t will_flags = 0;
  bool clean = true, connected = false, in_will = false;
  uint8_t qos = 0;
  uint16_t packet_id = 0;
  size_t unread = 0;
  uint16_t unread_id = 0;
  int code = -1;
  unsigned long keepalive_ms = 60000, timeout_ms = 30000, pinged_ms = 0, heard_ms = 0;

  static std::string field(const std::string& text) { return number(text.size()) + text; }

  static std::string number(size_t value) {
    return {static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
  }

  // A packet whose body is followed by more bytes, which the caller writes.
  bool send(uint8_t head, const std::string& body, size_t more = 0) {
    std::string packet(1, static_cast<char>(head));
    size_t size = body.size() + more;
    do {
      packet += static_cast<char>((size & 127) | (size > 127 ? 128 : 0));
      size >>= 7;
    } while (size != 0);
    packet += body;
    return client.write(reinterpret_cast<const uint8_t*>(packet.data()), packet.size()) ==
           packet.size();
  }

  // The library polls without a pause; a host has other work as well.
  template <typename Poll>
  bool wait(Poll poll) {
    code = -1;
    for (unsigned long start = millis(); millis() - start < timeout_ms && client.connected();) {
      poll();
      if (code != -1) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return false;
  }

  int byte() {
    for (unsigned long start = millis(); millis() - start < 1000;) {
      const int got = client.read();
      if (got >= 0) {
        return got;
      }
    }
    return 0;
  }

  uint16_t next_id() { return packet_id = static_cast<uint16_t>(packet_id == 0xFFFF ? 1 : packet_id + 1); }
};

MqttClient::MqttClient(Client& client) : session_(new Session(client)) {}
void MqttClient::onMessage(void (*callback)(int)) { session_->callback = callback; }
String MqttClient::messageTopic() const { return String(session_->topic.c_str()); }
void MqttClient::setId(const char* id) { session_->id = id; }
void MqttClient::setCleanSession(bool clean) { session_->clean = clean; }
void MqttClient::setKeepAliveInterval(unsigned long ms) { session_->keepalive_ms = ms; }
void MqttClient::setConnectionTimeout(unsigned long ms) { session_->timeout_ms = ms; }
uint8_t MqttClient::connected() { return session_->client.connected() && session_->connected; }

void MqttClient::setUsernamePassword(const char* username, const char* password) {
  session_->username = username;
  session_->password = password;
}

int MqttClient::beginWill(const char* topic, unsigned short, bool retain, uint8_t qos) {
  session_->will_topic = topic;
  session_->will_flags = static_cast<uint8_t>(0x04 | qos << 3 | (retain ? 0x20 : 0));
  session_->in_will = true;
  return 0;
}

int MqttClient::endWill() { return session_->in_will = false, 1; }

int MqttClient::connect(const char* host, uint16_t port) {
  Session& s = *session_;
  s.connected = false;
  s.packet_id = 0;
  s.unread = 0;
  if (!s.client.connect(host, port)) {
    return 0;
  }
  s.heard_ms = s.pinged_ms = millis();
  uint8_t flags = static_cast<uint8_t>(s.will_flags | (s.clean ? 0x02 : 0));
  std::string tail = Session::field(s.id) + Session::field(s.will_topic) + Session::field(s.will);
  if (!s.username.empty()) {
    flags |= 0x80;
    tail += Session::field(s.username);
  }
  if (!s.password.empty()) {
    flags |= 0x40;
    tail += Session::field(s.password);
  }
  const std::string head = Session::field("MQTT") + '\x04' + static_cast<char>(flags);
  s.send(0x10, head + Session::number(s.keepalive_ms / 1000) + tail);
  if (!s.wait([this] { poll(); }) || s.code != 0) {
    s.client.stop();
    return 0;
  }
  s.connected = true;
  return 1;
}

int MqttClient::subscribe(const char* topic, uint8_t qos) {
  Session& s = *session_;
  s.send(0x82, Session::number(s.next_id()) + Session::field(topic) + static_cast<char>(qos));
  if (s.wait([this] { poll(); })) {
    return s.code <= 2;
  }
  stop();
  return 0;
}

int MqttClient::beginMessage(const char* topic, unsigned long size, bool retain, uint8_t qos,
                             bool dup) {
  Session& s = *session_;
  s.qos = qos;
  std::string body = Session::field(topic);
  if (qos != 0) {
    body += Session::number(s.next_id());
  }
  const int flags = (retain ? 1 : 0) | qos << 1 | (dup ? 8 : 0);
  if (!s.send(static_cast<uint8_t>(0x30 | flags), body, size)) {
    stop();
    return 0;
  }
  return 1;
}

int MqttClient::endMessage() {
  Session& s = *session_;
  return s.qos == 0 || (s.wait([this] { poll(); }) && s.code == 0) ? 1 : 0;
}

size_t MqttClient::write(const uint8_t* bytes, size_t size) {
  if (session_->in_will) {
    session_->will.append(reinterpret_cast<const char*>(bytes), size);
    return size;
  }
  return session_->client.write(bytes, size);
}

int MqttClient::read(uint8_t* bytes, size_t size) {
  Session& s = *session_;
  size = size < s.unread ? size : s.unread;
  for (size_t index = 0; index < size; ++index) {
    bytes[index] = static_cast<uint8_t>(s.byte());
  }
  s.unread -= size;
  if (s.unread == 0 && s.unread_id != 0) {
    s.send(0x40, Session::number(s.unread_id));
    s.unread_id = 0;
  }
  return static_cast<int>(size);
}

void MqttClient::stop() {
  if (connected()) {
    session_->send(0xE0, "");
  }
  session_->connected = false;
  session_->client.stop();
}

void MqttClient::poll() {
  Session& s = *session_;
  if (!s.client.connected()) {
    s.connected = false;
    return;
  }
  while (s.client.available()) {
    s.heard_ms = millis();
    const int head = s.byte();
    size_t size = 0;
    for (int shift = 0;; shift += 7) {
      const int digit = s.byte();
      size |= static_cast<size_t>(digit & 127) << shift;
      if (digit < 128) {
        break;
      }
    }
    if (head >> 4 == 3) {
      const int high = s.byte();
      s.topic.assign(static_cast<size_t>(high << 8 | s.byte()), ' ');
      for (char& c : s.topic) {
        c = static_cast<char>(s.byte());
      }
      s.unread = size - 2 - s.topic.size();
      if ((head & 6) != 0) {
        const int id = s.byte();
        s.unread_id = static_cast<uint16_t>(id << 8 | s.byte());
        s.unread -= 2;
      }
      if (s.callback != nullptr) {
        s.callback(static_cast<int>(s.unread));
      }
      for (; s.unread != 0; --s.unread) {  // thrown away, and never acknowledged
        s.byte();
      }
      continue;
    }
    uint8_t body[4] = {};
    for (size_t index = 0; index < size; ++index) {
      body[index & 3] = static_cast<uint8_t>(s.byte());
    }
    const bool ours = (body[0] << 8 | body[1]) == s.packet_id;
    if (head == 0x20) {
      s.code = body[1];
    } else if (head == 0x40 && ours) {
      s.code = 0;
    } else if (head == 0x90 && ours) {
      s.code = body[2];
    }
  }
  if (s.connected && millis() - s.pinged_ms >= s.keepalive_ms) {
    s.pinged_ms = millis();
    s.send(0xC0, "");
  } else if (s.connected && millis() - s.heard_ms >= s.keepalive_ms * 2) {
    stop();
  }
}
