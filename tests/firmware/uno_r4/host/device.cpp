// A whole device without a network: hex payloads in, what it would publish out.
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include "cadence.h"
#include "clock.h"
#include "device.h"
#include "incarnation.h"
#include "lamp.h"

using namespace edgetwin;

static std::string unhex(const std::string& line) {
  std::string bytes;
  for (size_t at = 0; at + 1 < line.size(); at += 2) {
    bytes += static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16));
  }
  return bytes;
}

struct Receiver {
  Device<double>& device;
  uint64_t time_ms;
  void receive(Kind kind, const char* payload, size_t size) {
    device.receive(kind, payload, size, 0, time_ms);
  }
};

static void publish_all(Device<double>& device) {
  Message message;
  while (device.next(message, 0)) {
    std::printf("%s %d %.*s\n", message.kind, message.retain, static_cast<int>(message.size),
                message.payload);
    device.done(message.what);
  }
  std::printf("end\n");
}

int main() {
  const Site site = {"workshop", "uno", "a \"bench\"\n"};
  auto device = std::make_unique<Device<double>>(site, "0000abcd-1", 7);
  Inbox<768> inbox;
  WallClock clock;
  Cadence cadence(200000);
  std::string order, text;
  uint64_t a = 0, b = 0, c = 0;
  while (std::cin >> order) {
    if (order == "new") {
      device = std::make_unique<Device<double>>(site, "0000abcd-1", 7);
    } else if (order == "receive") {
      std::cin >> a >> b >> text;  // kind, time of day, hex
      const std::string payload = unhex(text == "-" ? "" : text);
      char* room = inbox.add(static_cast<Kind>(a), payload.size());
      if (room != nullptr) {
        std::memcpy(room, payload.data(), payload.size());
      }
      std::printf("%s\n", room != nullptr ? "taken" : "lost");
    } else if (order == "drain") {
      std::cin >> a;
      Receiver receiver{*device, a};
      inbox.drain(receiver);
    } else if (order == "connected") {
      device->connected(0);
    } else if (order == "sample") {
      device->sample(200000, 0);
    } else if (order == "publish") {
      publish_all(*device);
    } else if (order == "state") {
      std::printf("%u %d %d\n", device->period_us(), device->restart_due(),
                  device->identifying(0));
    } else if (order == "life") {
      std::cin >> a >> b >> c;
      Life found = {static_cast<uint32_t>(a), static_cast<uint32_t>(b), 0};
      found.check = check_of(found) ^ static_cast<uint32_t>(c);
      char epoch[33];
      Text out(epoch);
      encode_epoch(out, next_life(found, 0xBEEF));
      std::printf("%s\n", out.c_str());
    } else if (order == "clock") {
      std::cin >> a >> b;  // ticks, Unix milliseconds of the source
      if (clock.wants(static_cast<uint32_t>(a))) {
        clock.offer(static_cast<uint32_t>(b / 1000), static_cast<uint32_t>(a));
      }
      std::printf("%llu\n",
                  static_cast<unsigned long long>(clock.now_ms(static_cast<uint32_t>(a))));
    } else if (order == "start") {
      std::cin >> a >> b;
      cadence.set_period_us(static_cast<uint32_t>(b));
      cadence.start(static_cast<uint32_t>(a));
    } else if (order == "period") {
      std::cin >> a;
      cadence.set_period_us(static_cast<uint32_t>(a));
    } else if (order == "due") {
      std::cin >> a;
      uint32_t elapsed_us = 0;
      const bool due = cadence.due(static_cast<uint32_t>(a), elapsed_us);
      std::printf("%d %u\n", due, elapsed_us);
    } else if (order == "lamp") {
      std::cin >> a >> b;
      std::string lit;
      for (uint32_t now_ms = 0; now_ms < 3000; now_ms += 20) {
        lit += is_lit(static_cast<State>(a), b != 0, now_ms) ? '#' : '.';
      }
      std::printf("%s\n", lit.c_str());
    }
    std::fflush(stdout);
  }
}
