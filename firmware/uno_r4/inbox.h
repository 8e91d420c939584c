// Messages that arrived and wait for the loop: the MQTT library calls back from deep inside itself,
// on a stack of 1 KB, so its callback only copies.
#pragma once

#include <cstddef>
#include <cstdint>

namespace edgetwin {

enum class Kind : uint8_t { kAck, kCommand, kDesired };

template <size_t Capacity>
class Inbox {
 public:
  // Room for a message of size bytes, or null: then it is lost, as over any bad link.
  char* add(Kind kind, size_t size) {
    if (size > Capacity || used_ + kHead + size > Capacity) {
      return nullptr;
    }
    bytes_[used_] = static_cast<char>(kind);
    bytes_[used_ + 1] = static_cast<char>(size & 0xFF);
    bytes_[used_ + 2] = static_cast<char>(size >> 8);
    char* room = bytes_ + used_ + kHead;
    used_ += kHead + size;
    return room;
  }

  // Passes each message on, in order of arrival, and is then empty.
  template <typename Receiver>
  void drain(Receiver& receiver) {
    for (size_t at = 0; at < used_;) {
      const size_t size = static_cast<unsigned char>(bytes_[at + 1]) |
                          static_cast<size_t>(static_cast<unsigned char>(bytes_[at + 2])) << 8;
      receiver.receive(static_cast<Kind>(bytes_[at]), bytes_ + at + kHead, size);
      at += kHead + size;
    }
    used_ = 0;
  }

 private:
  static constexpr size_t kHead = 3;
  char bytes_[Capacity];
  size_t used_ = 0;
};

}  // namespace edgetwin
