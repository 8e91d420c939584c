// Behind the shims on a host: POSIX clocks and sockets, and a file for the data flash.
#include <EEPROM.h>
#include <WiFiS3.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <thread>

CWifi WiFi;
EEPROMClass EEPROM;
SerialPort Serial;

// ------------------------------------------------------------------ the core

static uint64_t now_us() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

unsigned long millis() { return static_cast<uint32_t>(now_us() / 1000); }
unsigned long micros() { return static_cast<uint32_t>(now_us()); }
int analogRead(int) { return static_cast<int>(now_us() & 1023); }
void SerialPort::begin(unsigned long) {}
size_t SerialPort::println(const char* text) {
  return static_cast<size_t>(std::fprintf(stderr, "%s\n", text));
}
void pinMode(int, int) {}

void digitalWrite(int, int level) {
  static int last = -1;
  if (level != last) {
    std::fprintf(stderr, "led %d\n", last = level);
  }
}

void NVIC_SystemReset() { std::exit(3); }

void EEPROMClass::load(int address, void* bytes, size_t size) {
  std::memset(bytes, 0xFF, size);
  std::ifstream file(std::getenv("EEPROM_FILE"), std::ios::binary);
  file.seekg(address).read(static_cast<char*>(bytes), static_cast<std::streamsize>(size));
}

void EEPROMClass::store(int address, const void* bytes, size_t size) {
  std::ofstream file(std::getenv("EEPROM_FILE"), std::ios::binary);
  file.seekp(address).write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
}

// ------------------------------------------------------------------ Wi-Fi

static bool joined = false;
int CWifi::begin(const char*) { return joined = true, WL_IDLE_STATUS; }
int CWifi::begin(const char*, const char*) { return joined = true, WL_IDLE_STATUS; }
uint8_t CWifi::status() { return joined ? WL_CONNECTED : WL_IDLE_STATUS; }
unsigned long CWifi::getTime() { return static_cast<unsigned long>(std::time(nullptr)); }
void CWifi::setTimeout(unsigned long) {}

int WiFiClient::connect(const char* host, uint16_t port) {
  stop();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, host, &address.sin_addr);
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    stop();
    return 0;
  }
  return 1;
}

size_t WiFiClient::write(const uint8_t* bytes, size_t size) {
  const ssize_t sent = ::send(socket_, bytes, size, MSG_NOSIGNAL);
  return sent < 0 ? 0 : static_cast<size_t>(sent);
}

int WiFiClient::available() {
  uint8_t bytes[256];
  const ssize_t size = ::recv(socket_, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
  if (size == 0) {
    stop();  // the peer has closed
  }
  return size > 0 ? static_cast<int>(size) : 0;
}

int WiFiClient::read() {
  uint8_t byte;
  return ::recv(socket_, &byte, 1, MSG_DONTWAIT) == 1 ? byte : -1;
}

void WiFiClient::stop() {
  if (socket_ >= 0) {
    ::close(socket_);
  }
  socket_ = -1;
}

uint8_t WiFiClient::connected() { return available() > 0 || socket_ >= 0; }

// ------------------------------------------------------------------ the program

int main() {
  std::signal(SIGTERM, [](int) { std::_Exit(0); });
  setup();
  for (;;) {
    loop();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}
