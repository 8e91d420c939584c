// Encodes readings and floors and reads acks, one a line of stdin.
#include <cstdio>
#include <iostream>
#include <string>

#include "codec.h"
#include "value.h"

using namespace edgetwin;

template <typename Real>
void run() {
  static char buffer[4096];
  std::string order, epoch;
  while (std::cin >> order) {
    Text out(buffer);
    if (order == "floor") {
      uint32_t oldest = 0;
      std::cin >> epoch >> oldest;
      encode_floor(out, epoch.c_str(), oldest);
    } else if (order == "reading") {
      uint32_t seq = 0;
      uint64_t time_ms = 0;
      uint32_t period_ms = 0;
      int truth = 0;
      std::string number;
      Real values[kChannels];
      std::cin >> epoch >> seq >> time_ms >> period_ms >> truth;
      for (Real& value : values) {
        std::cin >> number;
        value = static_cast<Real>(std::stod(number));
      }
      Record record;
      const int bad = pack(record, time_ms, values, static_cast<uint8_t>(truth), period_ms);
      if (bad >= 0) {
        out.add("bad ").add(kChannelNames[bad]);
      } else {
        encode(out, epoch.c_str(), seq, record);
      }
    } else if (order == "ack") {
      std::string line;
      std::getline(std::cin >> std::ws, line);
      std::string payload;
      for (size_t at = 0; at + 1 < line.size(); at += 2) {
        payload += static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16));
      }
      const Value ack = Value::of(payload.data(), payload.size());
      char name[33];
      Text text(name);
      int64_t seq = -1;
      if (ack.member("epoch").text(text) && ack.member("seq").integer(seq) && seq >= 0) {
        out.add(text.c_str()).add(' ').add_number(static_cast<uint64_t>(seq));
      } else {
        out.add("none");
      }
    } else if (order == "json") {
      std::string line;
      std::getline(std::cin, line);
      std::string payload;
      for (size_t at = 1; at + 1 < line.size(); at += 2) {
        payload += static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16));
      }
      out.add(is_json(payload.data(), payload.size()) ? "yes" : "no");
    }
    std::printf("%s\n", out.c_str());
    std::fflush(stdout);
  }
}

int main(int count, char**) { count > 1 ? run<float>() : run<double>(); }
