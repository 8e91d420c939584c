"""The radio: it finds one network, whose name and password the test decides."""

import json

import host

STA_IF = 0
STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
_JOINING_LOOKS = 2
_world = json.loads(host.world)


def hostname(name):
    """It is called so from now on."""
    if len(name.encode()) > 32:
        raise ValueError


class WLAN:
    def __init__(self, interface):
        self._status = STAT_IDLE
        self._looks = 0

    def active(self, on):
        """Power."""

    def config(self, **options):
        if options != {"reconnects": 0}:
            raise ValueError("unknown config param")

    def connect(self, ssid, password):
        self._looks = 0
        self._status = STAT_CONNECTING
        if ssid != _world["ssid"]:
            self._outcome = 201
        elif password != _world["wifi_password"]:
            self._outcome = 15
        else:
            self._outcome = STAT_GOT_IP

    def disconnect(self):
        self._status = STAT_IDLE

    def _look(self):
        self._looks += 1
        if self._status == STAT_CONNECTING and self._looks > _JOINING_LOOKS:
            self._status = self._outcome

    def isconnected(self):
        self._look()
        return self._status == STAT_GOT_IP

    def status(self):
        return self._status

    def ifconfig(self):
        return ("192.168.1.77", "255.255.255.0", "192.168.1.1", "192.168.1.1")
