// Drives ring and delivery through a script on stdin; prints each payload, and then the counters.
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include "delivery.h"

using namespace edgetwin;

constexpr const char* kEpoch = "0000abcd-1";

template <size_t Capacity>
void run() {
  auto ring_memory = std::make_unique<Ring<Capacity>>();
  Ring<Capacity>& ring = *ring_memory;
  Delivery<Capacity> delivery(ring, kEpoch);
  std::string order, epoch;
  uint32_t now_ms = 0;
  uint32_t count = 0;
  int64_t seq = 0;
  while (std::cin >> order && order != "end") {
    if (order == "append") {
      for (std::cin >> count; count != 0; --count) {
        const double next = static_cast<double>(ring.last() + 1);
        const double values[kChannels] = {next, next, next, next, next};
        Record record;
        pack(record, 1, values, kNormal);
        ring.append(record);
      }
    } else if (order == "connected") {
      std::cin >> now_ms;
      delivery.connected(now_ms);
    } else if (order == "ack") {
      std::cin >> epoch >> seq >> now_ms;
      std::printf("%s\n", delivery.acknowledge(epoch.c_str(), static_cast<uint64_t>(seq), now_ms)
                              ? "news"
                              : "old");
    } else if (order == "check") {
      std::cin >> now_ms;
      delivery.check(now_ms, 32768);
    } else if (order == "drain") {
      std::cin >> now_ms;
      char buffer[1536];  // as large as the device's
      for (Text out(buffer); delivery.take(out, now_ms); out.rewind(0)) {
        std::printf("%s\n", out.c_str());
      }
      std::printf("drained %u %u %u\n", delivery.in_flight(), delivery.resends(), delivery.lost());
    } else if (order == "flush") {
      std::fflush(stdout);
    }
  }
  std::printf("end\n");
  std::fflush(stdout);
}

int main() {
  size_t capacity = 0;
  while (std::cin >> capacity) {
    if (capacity == 8) {
      run<8>();
    } else if (capacity == 40) {
      run<40>();
    } else {
      run<288>();
    }
  }
}
