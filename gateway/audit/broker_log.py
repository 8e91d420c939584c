"""Lines of Mosquitto's log in, entries of the audit trail out. Pure.

Mosquitto tells who was refused in two or three lines; as it has one thread, they come together:

    New connection from 192.168.1.7:60612 on port 1883.
    Sending CONNACK to 192.168.1.7 (0, 5)
    New client connected from 192.168.1.7:60644 as fan-01 (p2, c1, k60, u'fan-01').
    Denied PUBLISH from fan-01 (d0, q1, r0, m1, 'edgetwin/v1/hall/fan-02/birth', ... (1 bytes))
    Client fan-01 already connected, closing old connection.

The name that a refused client gave is in none of them.
"""

import ipaddress
import re
from collections import OrderedDict
from typing import Final

from hosting.audit.events import NOBODY, Event, What

MOST_CLIENTS: Final = 50_000
PROBE: Final = "edgetwin-is-it-ready"  # whom `make up` sends, to see whether strangers get in

_ARRIVED: Final = re.compile(r"^New connection from (.+?)(?::\d+)? on port \d+\.$")
_CONNACK: Final = re.compile(r"^Sending CONNACK to (.*) \(\d+, (\d+)\)$")
_JOINED: Final = re.compile(r"^New client connected from (.+?)(?::\d+)? as (.*) \(p\d+, c\d+, k\d+")
_DENIED: Final = re.compile(r"^Denied PUBLISH from (.*?) \(d\d, q\d, r\d, m\d+, '(.*)', \.\.\. ")
_TWICE: Final = re.compile(r"^Client (.*) already connected, closing old connection\.$")
_LEFT: Final = re.compile(r"^Client (.*?) (?:disconnected|closed its connection|has exceeded)")
# Of MQTT 3.1.1 and 5: bad user name or password, not authorised, banned.
_REFUSALS: Final = frozenset({"4", "5", "134", "135", "138"})


class BrokerLog:
    """Remembers who is connected from where, so that a line about one of them has an address."""

    def __init__(self) -> None:
        self._arrived = NOBODY
        self._addresses: OrderedDict[str, str] = OrderedDict()

    def read(self, line: str, *, time_ms: int) -> Event | None:
        """What ``line`` says about somebody, if it does."""
        for pattern, told in _READERS:
            if match := pattern.match(line):
                return told(self, match, time_ms)
        return None

    def _note_arrival(self, match: re.Match[str], _time_ms: int) -> None:
        self._arrived = match[1]

    def _note_client(self, match: re.Match[str], _time_ms: int) -> None:
        self._addresses[match[2]] = match[1]
        if len(self._addresses) > MOST_CLIENTS:
            self._addresses.popitem(last=False)

    def _forget_client(self, match: re.Match[str], _time_ms: int) -> None:
        self._addresses.pop(match[1], None)

    def _refused(self, match: re.Match[str], time_ms: int) -> Event | None:
        if match[2] not in _REFUSALS or match[1] == PROBE:
            return None
        origin = match[1] if _is_address(match[1]) else self._arrived
        detail = "the broker let nobody in under that name and password"
        return Event(
            time_ms=time_ms, who=NOBODY, origin=origin, what=What.LOGIN_REFUSED, detail=detail
        )

    def _denied(self, match: re.Match[str], time_ms: int) -> Event:
        origin = self._addresses.get(match[1], NOBODY)
        return Event(
            time_ms=time_ms, who=match[1], origin=origin, what=What.PUBLISH_DENIED, detail=match[2]
        )

    def _taken_over(self, match: re.Match[str], time_ms: int) -> Event:
        former = self._addresses.get(match[1], NOBODY)
        return Event(
            time_ms=time_ms,
            who=match[1],
            origin=self._arrived,
            what=What.TAKEN_OVER,
            detail=f"a second connection took the place of the one from {former}",
        )


_READERS: Final = (
    (_ARRIVED, BrokerLog._note_arrival),  # noqa: SLF001 - its own table
    (_CONNACK, BrokerLog._refused),  # noqa: SLF001
    (_JOINED, BrokerLog._note_client),  # noqa: SLF001
    (_DENIED, BrokerLog._denied),  # noqa: SLF001
    (_TWICE, BrokerLog._taken_over),  # noqa: SLF001
    (_LEFT, BrokerLog._forget_client),  # noqa: SLF001
)


def is_chatter(line: str) -> bool:
    """Whether a line is about single packets or clients that come and go: not for the log."""
    return any(pattern.match(line) for pattern, _ in _READERS) or line.startswith(_CHATTER)


_CHATTER: Final = (
    "Received ", "Sending ", "\t", "No will message", "Will message specified",
    "Warning: Unable to set TCP_NODELAY",  # of each connection to the Unix socket, which has none
)  # fmt: skip


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
