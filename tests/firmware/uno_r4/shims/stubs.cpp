// Nothing behind the shims: what the linker needs to lay out the sketch alone for the Cortex-M4.
#include <ArduinoMqttClient.h>
#include <EEPROM.h>
#include <WiFiS3.h>

CWifi WiFi;
EEPROMClass EEPROM;
SerialPort Serial;

void SerialPort::begin(unsigned long) {}
size_t SerialPort::println(const char*) { return 0; }
unsigned long millis() { return 0; }
unsigned long micros() { return 0; }
void pinMode(int, int) {}
void digitalWrite(int, int) {}
int analogRead(int) { return 0; }
void NVIC_SystemReset() {}

int CWifi::begin(const char*) { return 0; }
int CWifi::begin(const char*, const char*) { return 0; }
uint8_t CWifi::status() { return 0; }
unsigned long CWifi::getTime() { return 0; }
void CWifi::setTimeout(unsigned long) {}

int WiFiClient::connect(const char*, uint16_t) { return 0; }
size_t WiFiClient::write(const uint8_t*, size_t) { return 0; }
int WiFiClient::available() { return 0; }
int WiFiClient::read() { return -1; }
void WiFiClient::stop() {}
uint8_t WiFiClient::connected() { return 0; }

MqttClient::MqttClient(Client&) : session_(nullptr) {}
void MqttClient::onMessage(void (*)(int)) {}
String MqttClient::messageTopic() const { return String(""); }
void MqttClient::setId(const char*) {}
void MqttClient::setCleanSession(bool) {}
void MqttClient::setKeepAliveInterval(unsigned long) {}
void MqttClient::setConnectionTimeout(unsigned long) {}
int MqttClient::beginMessage(const char*, unsigned long, bool, uint8_t, bool) { return 0; }
int MqttClient::endMessage() { return 0; }
int MqttClient::beginWill(const char*, unsigned short, bool, uint8_t) { return 0; }
int MqttClient::endWill() { return 0; }
int MqttClient::subscribe(const char*, uint8_t) { return 0; }
void MqttClient::poll() {}
int MqttClient::connect(const char*, uint16_t) { return 0; }
size_t MqttClient::write(const uint8_t*, size_t) { return 0; }
int MqttClient::read(uint8_t*, size_t) { return 0; }
void MqttClient::stop() {}
uint8_t MqttClient::connected() { return 0; }
void MqttClient::setUsernamePassword(const char*, const char*) {}

void EEPROMClass::load(int, void*, size_t) {}
void EEPROMClass::store(int, const void*, size_t) {}

void operator delete(void*, unsigned int) noexcept {}
void operator delete(void*) noexcept {}
extern "C" void __cxa_pure_virtual() {}

int main() {
  setup();
  for (;;) {
    loop();
  }
}
