"""Boards that live by a clock that only the tests move, and what is told of them."""

from typing import Any

from gateway.twin.alarms import CHATTER_MS
from tests.gateway.rig import EPOCH, Rig, message, reading, telemetry

CHATTER_S = CHATTER_MS // 1000
HOUR_MS = 3_600_000


def told(rig: Rig) -> list[tuple[str, str]]:
    """Every alarm raised or cleared so far; one told anew in other words is no other."""
    changes = {
        (alarm.id, alarm.count, alarm.cleared_ms): (
            alarm.name, "cleared" if alarm.cleared_ms else "raised"
        )
        for alarm in rig.told
    }  # fmt: skip
    return list(changes.values())


def open_names(rig: Rig, name: str = "fan-01") -> list[str]:
    return sorted(rig.device(name).alarms)


def text_of(rig: Rig, alarm: str, name: str = "fan-01") -> str:
    return rig.device(name).alarms[alarm].text


def status(name: str, word: str, *, retain: bool = False) -> Any:
    return message(name, "status", word.encode(), retain=retain)


def birth(name: str, *, retain: bool = False, **fields: Any) -> Any:
    return message(name, "birth", {"asset": "fan"} | fields, retain=retain)


class Board:
    """A board that measures once a second, on time, while it lives."""

    def __init__(self, rig: Rig, name: str = "fan-01", *, epoch: str = EPOCH) -> None:
        self._rig = rig
        self._name = name
        self._seq = 0
        self.epoch = epoch

    def send(self, **changes: Any) -> None:
        self._seq += 1
        fields: dict[str, Any] = {"epoch": self.epoch, "time_ms": self._rig.now_ms} | changes
        self._rig.take(telemetry(self._name, reading(self._seq, **fields)))

    def live(self, seconds: int, *, every_s: int = 1, **changes: Any) -> None:
        for at in range(seconds):
            if at % every_s == 0:
                self.send(**changes)
            self._rig.pass_s(1)

    def restart(self, epoch: str) -> None:
        self.epoch, self._seq = epoch, 0
