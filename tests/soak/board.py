"""A small board: measures by its own clock, spools, sends go-back-N, and can be made to fail."""

import math
import random
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from contract import topics
from tests.soak.network import Network

WINDOW = 200
A_MESSAGE = 20
PATIENCE_S = 2.0
MOST_PATIENCE_S = 60.0
SILENCE_S = 10.0

_encode = msgspec.json.Encoder().encode


class Taken(NamedTuple):
    """A reading as it truly was."""

    true_ms: int
    epoch: str
    seq: int
    current: float | None
    rpm: float
    is_good: bool  # whether the gateway is to store it


class Epoch:
    """One start of the board, and those of its readings that are not settled."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.last = 0
        self.held: deque[dict[str, Any]] = deque()
        self.sent = 0  # of those held, how many are under way


class Board:
    """One board. ``spoil`` changes a reading before it is spooled, as a broken sensor does."""

    def __init__(
        self,
        name: str,
        *,
        network: Network,
        dice: random.Random,
        begin_ms: int,
        period_ms: int,
        announces: bool = True,
        most_held: int = 1_000_000,
    ) -> None:
        self.name = name
        self._network = network
        self.dice = dice
        self._begin_ms = begin_ms
        self.period_ms = period_ms
        self.announces = announces
        self._most_held = most_held
        self._incarnation = f"{dice.getrandbits(32):08x}"
        self._boot = 0
        self.taken: list[Taken] = []
        self.evicted: set[tuple[str, int]] = set()
        self._epochs: list[Epoch] = []
        self.is_powered = self.is_connected = self.hangs = False
        self.is_cut = False  # its network is away
        self.measures = True
        self.has_clock = True
        self.off_ms = 0.0  # its clock against the true time
        self.drift = 0.0  # ms a second
        self.spoil: Callable[[dict[str, Any]], bool] | None = None
        self._next_ms = 0
        self._connects_s = 0.0
        self._progress_s = self._heard_s = 0.0
        self._patience_s = PATIENCE_S
        self._floor_due = True

    @property
    def period_s(self) -> float:
        return self.period_ms / 1000

    # ------------------------------------------------------------ what happens to it

    def power_on(self, now_s: float, *, connects_in_s: float = 0.5) -> None:
        self._boot += 1
        self._epochs = [each for each in self._epochs if each.held]
        self._epochs.append(Epoch(f"{self._incarnation}-{self._boot}"))
        self.is_powered = True
        self._next_ms = self._begin_ms + round(now_s * 1000) + self.dice.randrange(300)
        self._connects_s = now_s + connects_in_s

    def power_off(self) -> None:
        self.is_powered = self.is_connected = False

    def disconnect(self, now_s: float, *, again_in_s: float = 0.0) -> None:
        self.is_connected = False
        self._connects_s = now_s + again_in_s

    def will(self) -> None:
        """The broker says that it is gone."""
        if not self.is_connected:
            self._network.publish(self.name, topics.STATUS, b"offline")

    # ------------------------------------------------------------ a second of its life

    def tick(self, now_s: float) -> None:
        self.off_ms += self.drift
        if not self.is_powered:
            return
        if self.hangs:
            self._next_ms = self._begin_ms + round(now_s * 1000) + self.dice.randrange(200)
            return
        now_ms = self._begin_ms + round(now_s * 1000)
        while self._next_ms <= now_ms and self.measures:
            self._measure(self._next_ms)
            self._next_ms += self.period_ms
        self._keep_connected(now_s)
        if self.is_connected:
            self._send(now_s)
        if not self.measures and not self.pending:
            self.power_off()  # it has nothing more to say, and greets no broker that comes back

    def _measure(self, true_ms: int) -> None:
        dice = self.dice.random()
        epoch = self._epochs[-1]
        epoch.last += 1
        values = {
            "temperature": round(41.0 + dice, 2),
            "rpm": round(1200.0 + 20.0 * dice),
            "current": round(1.0 + 0.4 * math.sin(true_ms / 77_000.0) + 0.05 * dice, 3),
            "vibration": round(0.7 + 0.1 * dice, 3),
        }
        reading: dict[str, Any] = {"epoch": epoch.name, "seq": epoch.last, "values": values}
        if self.has_clock:
            reading["time_ms"] = true_ms + round(self.off_ms)
        if self.announces and self.period_ms != 200:
            reading["period_ms"] = self.period_ms
        rpm, is_good = values["rpm"], True
        current: float | None = values["current"]
        if self.spoil is not None:
            is_good = self.spoil(reading)
            current = current if 0.0 <= values.get("current", -99.0) <= 20.0 else None
        self.taken.append(Taken(true_ms, epoch.name, epoch.last, current, rpm, is_good))
        epoch.held.append(reading)
        if len(epoch.held) > self._most_held:
            self._evict(epoch)

    def _evict(self, epoch: Epoch) -> None:
        gone = epoch.held.popleft()
        self.evicted.add((epoch.name, gone["seq"]))
        if epoch.sent:
            epoch.sent -= 1
        else:
            self._floor_due = True

    # ------------------------------------------------------------ delivery

    def _keep_connected(self, now_s: float) -> None:
        if not self._network.is_up or self.is_cut:
            self.is_connected = False
            self._connects_s = max(self._connects_s, now_s + 1.0)
        elif not self.is_connected and now_s >= self._connects_s:
            self._connect(now_s)

    def _connect(self, now_s: float) -> None:
        self.is_connected = True
        self._network.publish(self.name, topics.STATUS, b"online")
        if self.announces:
            birth: dict[str, Any] = {"asset": "fan", "epoch": self._epochs[-1].name}
            birth["rate_hz"] = 1000.0 / self.period_ms
            self._network.publish(self.name, topics.BIRTH, _encode(birth))
        self._patience_s = PATIENCE_S
        self._rewind(now_s)

    def _rewind(self, now_s: float) -> None:
        for epoch in self._epochs:
            epoch.sent = 0
        self._floor_due = True
        self._progress_s = now_s

    def _current(self) -> Epoch:
        while len(self._epochs) > 1 and not self._epochs[0].held:
            del self._epochs[0]
            self._floor_due = True
        return self._epochs[0]

    def _send(self, now_s: float) -> None:
        epoch = self._current()
        if epoch.sent and now_s - self._progress_s >= self._patience_s:
            self._rewind(now_s)
            longer = min(2 * self._patience_s, MOST_PATIENCE_S)
            self._patience_s = longer * (0.75 + 0.25 * self.dice.random())
        if self._floor_due:
            self._floor_due = False
            oldest = epoch.held[epoch.sent]["seq"] if len(epoch.held) > epoch.sent else None
            floor = {"epoch": epoch.name, "oldest": oldest or epoch.last + 1}
            self._network.publish(self.name, topics.TELEMETRY, _encode(floor))
        while epoch.sent < min(WINDOW, len(epoch.held)):
            until = min(epoch.sent + A_MESSAGE, WINDOW, len(epoch.held))
            if not epoch.sent:
                self._progress_s = now_s
            items = [epoch.held[at] for at in range(epoch.sent, until)]
            self._network.publish(self.name, topics.TELEMETRY, _encode(items))
            epoch.sent = until

    def acknowledged(self, name: str, seq: int, now_s: float) -> None:
        """The gateway's watermark has come."""
        epoch = next((each for each in self._epochs if each.name == name), None)
        if epoch is None or not self.is_connected:
            return
        if now_s - self._heard_s >= SILENCE_S and epoch.sent:
            self._patience_s = PATIENCE_S
            self._rewind(now_s)
        self._heard_s = now_s
        while epoch.held and epoch.held[0]["seq"] <= seq:
            epoch.held.popleft()
            epoch.sent = max(0, epoch.sent - 1)
            self._progress_s, self._patience_s = now_s, PATIENCE_S

    @property
    def pending(self) -> int:
        return sum(len(epoch.held) for epoch in self._epochs)
