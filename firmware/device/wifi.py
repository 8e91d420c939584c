"""Keeps a board in its wireless network: looked at twice a second, never waited for."""

import asyncio

_LOOK_S = 0.5
_PATIENCE_MS = 20000  # for joining and an address
_PAUSE_MS = 3000  # between a refusal and the next attempt
# Reasons the ESP32 gives (ESP-IDF, wifi_err_reason_t); 15 and 204 are what a wrong password usually
# ends in: the four-way handshake gets no answer.
_WRONG_PASSWORD = (15, 202, 204)
_NOT_FOUND = (201, 210, 211, 212)
_HOSTNAME_LETTERS = 32  # MicroPython raises ValueError above


def hostname(device: str) -> str:
    """What the network may call ``device``: letters, digits and inner hyphens (RFC 1123, 2.1)."""
    letters = [c if c.isalpha() or c.isdigit() else "-" for c in device]
    return "".join(letters)[:_HOSTNAME_LETTERS].strip("-")


class Wifi:
    """``wlan`` is a MicroPython ``network.WLAN`` that does not reconnect by itself.

    So its ``status()`` tells why an attempt failed. ``connecting`` is what it is meanwhile.
    """

    def __init__(self, *, wlan, connecting: int, ssid: str, password: str, board) -> None:
        self._wlan = wlan
        self._connecting = connecting
        self._ssid = ssid
        self._password = password
        self._board = board
        self._tried_ms: int | None = None
        self._complaint = ""
        self.connected = False

    async def run(self) -> None:
        while True:
            self.look(self._board.ticks_ms())
            await asyncio.sleep(_LOOK_S)

    def look(self, now_ms: int) -> None:
        """Note whether the network is there; if not, see to it."""
        if self._wlan.isconnected():
            if not self.connected:
                self.connected = True
                self._complaint = ""
                self._board.say("Wi-Fi: in %s as %s" % (self._ssid, self._wlan.ifconfig()[0]))
            return
        if self.connected:
            self.connected = False
            self._tried_ms = None
            self._complain("the connection is lost")
        if self._tried_ms is None:
            self._join(now_ms)
            return
        elapsed_ms = now_ms - self._tried_ms
        status = self._wlan.status()
        if status != self._connecting and elapsed_ms >= _PAUSE_MS:
            self._complain(self._meaning(status))
            self._join(now_ms)
        elif elapsed_ms >= _PATIENCE_MS:
            self._complain("%s gives no address" % self._ssid)
            self._join(now_ms)

    def _join(self, now_ms: int) -> None:
        self._tried_ms = now_ms
        try:
            self._wlan.disconnect()
            self._wlan.connect(self._ssid, self._password)
        except OSError as error:
            self._complain("the radio refuses: %s" % error)

    def _meaning(self, status: int) -> str:
        if status in _WRONG_PASSWORD:
            return "the password of %s is wrong" % self._ssid
        if status in _NOT_FOUND:
            return "there is no network %s here (it must be a 2.4 GHz one)" % self._ssid
        return "%s does not let this board in (status %d)" % (self._ssid, status)

    def _complain(self, reason: str) -> None:
        """Once a reason: a network that stays away must not fill the log."""
        if reason != self._complaint:
            self._board.say("no Wi-Fi: " + reason)
        self._complaint = reason
