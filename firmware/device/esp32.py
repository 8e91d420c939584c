"""An ESP32: its radio, clock, watchdog and lamp.

This file and wired.py alone import ``machine``, ``network`` and their relatives.
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
from firmware.device.wired import Wired

_WATCHDOG_MS = 90000  # connecting may rightly take 30 s, and a name server that is away 15 more
_WIFI_LOOKS, _WIFI_LOOK_S = 45, 0.2  # less than the 10 s a connection may take
_LAMP_S = 0.05
_IDENTIFY_MS = 10000


class Esp32(Board):
    """``settings`` is the ``site.json`` that ``python -m firmware flash`` wrote."""

    def __init__(self, *, settings, directory: str, tls=None) -> None:
        super().__init__(name=settings["device"], directory=directory, tls=tls)
        self._lamp = _lamp(settings["lamp"])
        self._light(True, lamp.STARTING)
        self._identify_until_ms = 0
        self.wired = Wired(board=self)
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
        return (self.wifi.run(), self._clock.run(), self._glow(device)) + self.wired.works  # noqa: RUF005 - MicroPython

    def alive(self, part: str) -> None:
        if self._watchdog is not None:
            self._watchdog.passed(part)

    def restart(self) -> None:
        self.wired.keep()
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
