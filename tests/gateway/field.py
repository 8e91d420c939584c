"""Boards in virtual time: what they send, and what a gateway without sockets makes of it."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from contract.messages import Alarm, State
from tests.gateway.rig import Message, Rig, message, telemetry

GOOD = {"temperature": 41.0, "rpm": 1200.0, "current": 1.05, "vibration": 0.8}
BAD = {"temperature": 95.0, "rpm": 100.0, "current": 5.0, "vibration": 9.0}
ALL_FOUR = {"temperature_high", "rpm_low", "current_high", "vibration_high"}
SUPPLY_V = 12.0

Clock = Callable[[int], int | None]
Values = Callable[[int], dict[str, Any]]


class Sent(NamedTuple):
    """A message, and how many milliseconds after the start it reaches the gateway."""

    at_ms: int
    message: Message


def right(start_ms: int, *, off_ms: int = 0, ppm: float = 0.0) -> Clock:
    """A clock that is ``off_ms`` from the truth and goes wrong by ``ppm`` of what passes."""
    return lambda at_ms: start_ms + at_ms + off_ms + round(at_ms * ppm / 1e6)


def always(values: dict[str, Any]) -> Values:
    return lambda _: values


_WELL: Final = always(GOOD)


class Board:
    """A board that counts its readings: what it sends and when, as a list to be played."""

    def __init__(self, name: str, clock: Clock, *, epoch: str | None = "0000f1e1-1") -> None:
        self.name = name
        self.clock = clock
        self.epoch = epoch
        self.seq = 0
        self.measured: list[tuple[int, int | None]] = []  # at_ms, what its clock said

    def reading(self, at_ms: int, values: dict[str, Any], **more: Any) -> dict[str, Any]:
        self.seq += 1
        time_ms = self.clock(at_ms)
        self.measured.append((at_ms, time_ms))
        made: dict[str, Any] = {"values": values} | more
        if self.epoch is not None:
            made |= {"epoch": self.epoch, "seq": self.seq}
        if time_ms is not None:
            made["time_ms"] = time_ms
        return made

    def live(
        self,
        begin_ms: int,
        end_ms: int,
        *,
        every_ms: int = 200,
        values: Values = _WELL,
        in_lists_of: int = 1,
        missing: int = 0,
        delay_ms: Callable[[int], int] = lambda at_ms: 5,
        **more: Any,
    ) -> list[Sent]:
        """Readings sent as they are measured, or so many at once; each ``missing``-th is lost."""
        sent: list[Sent] = []
        held: list[dict[str, Any]] = []
        for count, at_ms in enumerate(range(begin_ms, end_ms, every_ms), 1):
            made = self.reading(at_ms, values(at_ms), **more)
            if missing and count % missing == 0:
                continue
            held.append(made)
            if len(held) >= in_lists_of:
                sent.append(Sent(at_ms + delay_ms(at_ms), telemetry(self.name, *held)))
                held = []
        return sent

    def backlog(
        self,
        begin_ms: int,
        end_ms: int,
        *,
        sent_from_ms: int,
        every_ms: int = 1000,
        per_s: float = 200.0,
        values: Values = _WELL,
    ) -> list[Sent]:
        """Readings that waited on the board and come from ``sent_from_ms`` on, 20 a message."""
        made = [self.reading(at, values(at)) for at in range(begin_ms, end_ms, every_ms)]
        lists = [made[at : at + 20] for at in range(0, len(made), 20)]
        return [
            Sent(sent_from_ms + round(number * 20_000 / per_s), telemetry(self.name, *items))
            for number, items in enumerate(lists)
        ]


class Field:
    """A rig whose time is that of the boards."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.start_ms = rig.now_ms
        self._looked_ms = 0

    @property
    def at_ms(self) -> int:
        return self.rig.now_ms - self.start_ms

    def play(self, *sent: Iterable[Sent], until_ms: int) -> None:
        """Let all of it arrive, with a look at who is there each second, and stop at ``until_ms``.

        Whatever would come later is left out.
        """
        events = sorted((each for some in sent for each in some), key=lambda each: each.at_ms)
        asyncio.run(self._play(events, until_ms))

    async def _play(self, events: Sequence[Sent], until_ms: int) -> None:
        for at_ms, together in groupby(events, lambda each: each.at_ms):
            if at_ms > until_ms:
                break
            await self._pass(at_ms)
            await self.rig._take([each.message for each in together])
        await self._pass(until_ms)

    async def _pass(self, at_ms: int) -> None:
        while self._looked_ms + 1000 <= at_ms:
            self._looked_ms += 1000
            self._set(self._looked_ms)
            await self.rig.presence.look()
            await self.rig.publisher._post_states()
        self._set(at_ms)

    def _set(self, at_ms: int) -> None:
        self.rig.now_ms = self.start_ms + at_ms
        self.rig.monotonic_s = at_ms / 1000

    # ------------------------------------------------------------ what is made of it

    def state(self, name: str) -> State:
        device = self.rig.device(name)
        return device.twin.state(
            now_ms=self.rig.now_ms,
            status=device.status,
            sequenced=device.sequenced,
            clock=device.board_clock,
            not_judged=device.not_judged,
        )

    def energy_wh(self, name: str) -> tuple[float, float]:
        """With its coverage."""
        energy = self.state(name).kpis["energy_wh"]
        return energy.value or 0.0, energy.coverage

    def open(self, name: str) -> set[str]:
        return set(self.rig.device(name).alarms)

    def told(self, name: str) -> list[Alarm]:
        """Every word on an alarm of the device."""
        return [alarm for alarm in self.rig.told if alarm.device == name]

    def raised(self, name: str) -> list[str]:
        """The alarms that were raised, in order; one told anew in other words is no other."""
        told = (each for each in self.told(name) if not each.cleared_ms)
        return list({(each.id, each.count): each.name for each in told}.values())

    def text(self, name: str, alarm: str) -> str:
        return next(each.text for each in self.told(name) if each.name == alarm)

    def stored(self, name: str) -> list[tuple[int, int, int, int]]:
        """(seq, time_ms, received_ms, the board's own word) of all that is stored."""
        sql = (
            "SELECT r.seq, r.time_ms, r.received_ms, coalesce(r.board_ms, r.time_ms) FROM reading r"
            " JOIN device d ON d.id = r.device WHERE d.name = ? ORDER BY r.seq"
        )
        return self.rig.rows(sql, name)

    def refused(self) -> list[tuple[str, str]]:
        return self.rig.rows("SELECT reason, detail FROM quarantine ORDER BY id")


def birth(name: str, at_ms: int = 0, **fields: Any) -> Sent:
    return Sent(at_ms, message(name, "birth", {"asset": "fan"} | fields))


def wh(seconds: float, current: float = 5.0) -> float:
    return SUPPLY_V * current * seconds / 3600
