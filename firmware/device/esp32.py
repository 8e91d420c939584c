"""An ESP32: its radio, clock, watchdog, lamp and the buses its sensors are on.

The only file that imports ``machine``, ``network`` and their relatives.
"""

import asyncio
import time

import machine
import network

from firmware.device import lamp
from firmware.device.board import Board
from firmware.device.names import Name
from firmware.device.sntp import Clock
from firmware.device.watchdog import Watchdog
from firmware.device.wifi import Wifi, hostname

_WATCHDOG_MS = 90000  # connecting may rightly take 30 s, and a name server that is away 15 more
_WIFI_LOOKS, _WIFI_LOOK_S = 45, 0.2  # less than the 10 s a connection may take
_LAMP_S = 0.05
_IDENTIFY_MS = 10000
_I2C_HZ = 400000
_FULL_SCALE_UV = 3300000
_FULL_SCALE = 65535


class Esp32(Board):
    """``settings`` is the ``site.json`` that ``python -m firmware flash`` wrote."""

    def __init__(self, *, settings, directory: str, tls=None) -> None:
        super().__init__(name=settings["device"], directory=directory, tls=tls)
        self._lamp = _lamp(settings["lamp"])
        self._light(True, lamp.STARTING)
        self._identify_until_ms = 0
        self._i2c: dict[tuple[int, int], machine.I2C] = {}
        network.hostname(hostname(settings["device"]))
        wlan = network.WLAN(network.STA_IF)
        wlan.active(True)
        wlan.config(reconnects=0)  # wifi.py does, and so learns why an attempt failed
        wifi = settings["wifi"]
        self.wifi = Wifi(
            wlan=wlan,
            connecting=network.STAT_CONNECTING,
            ssid=wifi["ssid"],
            password=wifi["password"],
            board=self,
        )
        self._broker = Name(settings["host"], ticks_ms=self.ticks_ms)
        self._clock = Clock(
            board=self,
            host=settings["ntp"],
            ready=lambda: self.wifi.connected,
            set_time=self._set_time,
        )
        self._watchdog: Watchdog | None = None

    # ------------------------------------------------------------- life

    def beside(self, device):
        """What goes on beside the device's program, for its ``run``; the watchdog starts now."""
        hardware = machine.WDT(timeout=_WATCHDOG_MS)  # it cannot be stopped again
        self._watchdog = Watchdog(feed=hardware.feed, parts=("sampler", "uplink"))
        return self.wifi.run(), self._clock.run(), self._glow(device)

    def alive(self, part: str) -> None:
        if self._watchdog is not None:
            self._watchdog.passed(part)

    def restart(self) -> None:
        machine.reset()

    def address_of(self, _host: str) -> str:
        return self._broker.address()

    async def open_connection(self, host: str, port: int):
        """As ``Board`` has it, once there is a network to connect over."""
        for _attempt in range(_WIFI_LOOKS):
            if self.wifi.connected:
                streams = await super().open_connection(host, port)
                self._broker.worked()
                return streams
            await asyncio.sleep(_WIFI_LOOK_S)
        raise OSError("there is no Wi-Fi")

    def _set_time(self, unix_ms: int) -> None:
        """Into the chip's own clock, which goes on through resets."""
        year, month, day, hour, minute, second, weekday = time.gmtime(
            unix_ms // 1000 - self._epoch_s
        )[:7]
        micros = unix_ms % 1000 * 1000
        machine.RTC().datetime((year, month, day, weekday, hour, minute, second, micros))

    # ------------------------------------------------------------- lamp

    def identify(self) -> None:
        super().identify()
        self._identify_until_ms = self.ticks_ms() + _IDENTIFY_MS

    async def _glow(self, device) -> None:
        shown, since_ms, burning = "", 0, None
        while True:
            now_ms = self.ticks_ms()
            identifying = now_ms < self._identify_until_ms
            name = lamp.state(wifi=self.wifi.connected, device=device, identifying=identifying)
            if name != shown:
                shown, since_ms, burning = name, now_ms, None
            on = lamp.lit(name, now_ms - since_ms)
            if on != burning:
                self._light(on, name)
                burning = on
            await asyncio.sleep(_LAMP_S)

    def _light(self, on: bool, name: str) -> None:  # noqa: FBT001 - it is on or off
        if self._lamp is not None:
            self._lamp(on, lamp.COLOURS[name])

    # ------------------------------------------------------------- sensors

    def sensor(self, options):
        """The driver that ``options`` describe: ``{"driver": "ds18b20", "pin": 4}``.

        Raises:
            ValueError: there is no such pin on this chip, or no such bus.
        """
        options = dict(options)
        return _DRIVERS[options.pop("driver")](self, options)

    def bus(self, scl: int, sda: int) -> machine.I2C:
        """One bus for all sensors on the same two pins."""
        if (scl, sda) not in self._i2c:
            number = len(self._i2c)
            self._i2c[scl, sda] = machine.I2C(
                number, scl=machine.Pin(scl), sda=machine.Pin(sda), freq=_I2C_HZ
            )
        return self._i2c[scl, sda]


# ---------------------------------------------------------------- lamps


def _lamp(options):
    """A function of on and colour; None where the board has no lamp."""
    if options["kind"] == "none":
        return None
    if options["kind"] == "rgb":
        return _rgb(options["pin"])
    pin = machine.Pin(options["pin"], machine.Pin.OUT)
    inverted = options["kind"] == "inverted"
    return lambda on, _colour: pin.value(on != inverted)


def _rgb(number: int):
    import neopixel  # noqa: PLC0415 - frozen into MicroPython; only some boards need it

    pixels = neopixel.NeoPixel(machine.Pin(number), 1)

    def light(on: bool, colour: tuple[int, int, int]) -> None:  # noqa: FBT001
        pixels[0] = colour if on else (0, 0, 0)
        pixels.write()

    return light


# ---------------------------------------------------------------- sensors


class _Adc:
    """An ADC by the chip's own calibration: the raw one is bent, and full before 3.3 V."""

    def __init__(self, pin: int) -> None:
        self._adc = machine.ADC(machine.Pin(pin), atten=machine.ADC.ATTN_11DB)

    def read_u16(self) -> int:
        """Of 3.3 V; at the limits what the converter gives, so that a cut wire is seen."""
        raw: int = self._adc.read_u16()
        if raw in (0, _FULL_SCALE):
            return raw
        calibrated: int = self._adc.read_uv() * _FULL_SCALE // _FULL_SCALE_UV
        return min(_FULL_SCALE, calibrated)


class _TicksUs:
    """Microseconds that only grow: MicroPython's wrap after 18 minutes."""

    def __init__(self) -> None:
        self._last = time.ticks_us()  # type: ignore[attr-defined]
        self._elapsed = 0

    def __call__(self) -> int:
        now = time.ticks_us()  # type: ignore[attr-defined]
        self._elapsed += time.ticks_diff(now, self._last)  # type: ignore[attr-defined]
        self._last = now
        return self._elapsed


# Drivers are imported when they are used: a board has memory for those it has only.


def _ds18b20(board: Esp32, options):
    import onewire  # noqa: PLC0415 - frozen into MicroPython

    from firmware.device.sensors.ds18b20 import Ds18b20  # noqa: PLC0415

    return Ds18b20(bus=onewire.OneWire(machine.Pin(options["pin"])), ticks_ms=board.ticks_ms)


def _ntc(_board: Esp32, options):
    from firmware.device.sensors.ntc import Ntc  # noqa: PLC0415

    return Ntc(adc=_Adc(options.pop("pin")), **options)


def _tachometer(_board: Esp32, options):
    from firmware.device.sensors.tachometer import Tachometer  # noqa: PLC0415

    pin = machine.Pin(options.pop("pin"), machine.Pin.IN, machine.Pin.PULL_UP)
    return Tachometer(pin=pin, falling=machine.Pin.IRQ_FALLING, ticks_us=_TicksUs(), **options)


def _acs712(_board: Esp32, options):
    from firmware.device.sensors.acs712 import Acs712  # noqa: PLC0415

    return Acs712(adc=_Adc(options.pop("pin")), **options)


def _ina219(board: Esp32, options):
    from firmware.device.sensors.ina219 import Ina219  # noqa: PLC0415

    bus = board.bus(options.pop("scl"), options.pop("sda"))
    return Ina219(i2c=bus, say=board.say, **options)


def _mpu6050(board: Esp32, options):
    from firmware.device.sensors.mpu6050 import Mpu6050  # noqa: PLC0415

    return Mpu6050(i2c=board.bus(options.pop("scl"), options.pop("sda")), **options)


def _adxl345(board: Esp32, options):
    from firmware.device.sensors.adxl345 import Adxl345  # noqa: PLC0415

    return Adxl345(i2c=board.bus(options.pop("scl"), options.pop("sda")), **options)


_DRIVERS = {
    "ds18b20": _ds18b20,
    "ntc": _ntc,
    "tachometer": _tachometer,
    "acs712": _acs712,
    "ina219": _ina219,
    "mpu6050": _mpu6050,
    "adxl345": _adxl345,
}
