"""What one board may send, in readings, bytes and new epochs. Pure: time is given, none is read.

Each budget is a bucket that fills with time and is emptied by messages. Those of readings and bytes
are deep, so that a board which was cut off for a day passes at full speed. What full speed is, a
shallow one says: a board has at most 200 readings in flight and gets five acks a second, so an
honest one sends no more than 1,000 a second, and what is sent faster would only keep others waiting
in the broker's one queue. A message is let in while something is left, whatever its size: so the
check comes before any decoding, and debt is at most one message's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

# Seconds of readings, and days of bytes, that may come at once. With the default of 200 readings
# a second a full bucket holds 900,000: a day at 10 Hz is 864,000.
BURST_S: Final = 4_500.0
BURST_DAYS: Final = 0.125
FULL_SPEED_PER_S: Final = 2_000.0
FULL_SPEED_BURST: Final = 10_000.0
# Twenty usual readings. What is larger costs its size to read, whatever it says: one more a KiB.
LARGE_BYTES: Final = 4_096
_KIB: Final = 1_024.0
# A board that starts anew every 5 s is broken and heard; each start is an epoch.
EPOCHS_BURST: Final = 60.0
EPOCHS_PER_S: Final = 0.2
# Of what is turned away these few are kept in quarantine to be looked at; all are counted.
SAMPLES_BURST: Final = 5.0
SAMPLES_PER_S: Final = 5.0 / 60.0
# Of what is refused so many bytes are kept as they came, and of the rest the beginning: quarantine
# keeps 64 MiB anyhow, and all others wait for the disk that it is written to.
RAW_BURST: Final = 4.0 * 1024 * 1024
RAW_PER_S: Final = 16.0 * 1024
_DAY_S: Final = 86_400.0
# Without logins a name costs nothing: the oldest budgets go then, as nobody can tell who it is.
MOST_NAMES: Final = 50_000
_FILL_S: Final = 1.0  # how often what is not used up is filled


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What each board is allowed, day in, day out."""

    readings_per_s: float = 200.0
    bytes_a_day: float = 2e9

    @cached_property
    def readings_burst(self) -> float:
        return self.readings_per_s * BURST_S

    @cached_property
    def speed_per_s(self) -> float:
        return max(FULL_SPEED_PER_S, 2 * self.readings_per_s)

    @cached_property
    def bytes_burst(self) -> float:
        return self.bytes_a_day * BURST_DAYS

    @cached_property
    def bytes_per_s(self) -> float:
        return self.bytes_a_day / _DAY_S


class Budget:
    """What one board has left. What is rarely asked for is filled when it is."""

    __slots__ = (
        "_allowance",
        "_filled_s",
        "_seldom_s",
        "bytes",
        "epochs",
        "raw",
        "readings",
        "samples",
        "speed",
    )

    def __init__(self, allowance: Allowance, *, now_s: float) -> None:
        self._allowance = allowance
        self._filled_s = self._seldom_s = now_s
        self.readings = allowance.readings_burst
        self.speed = FULL_SPEED_BURST
        self.bytes = allowance.bytes_burst
        self.epochs = EPOCHS_BURST
        self.samples = SAMPLES_BURST
        self.raw = RAW_BURST

    def admits(self, size: int, *, now_s: float) -> bool:
        """Whether a message of ``size`` bytes is let in; it is charged as one reading."""
        if now_s - self._filled_s >= _FILL_S:
            self._fill(now_s)
        # As _is_used_up says, without a call: every message comes by.
        if self.speed <= 0.0 or self.readings <= 0.0 or self.bytes <= 0.0:
            self._fill(now_s)
            if self._is_used_up:
                return False
        self.readings -= 1.0
        self.speed -= 1.0 if size <= LARGE_BYTES else 1.0 + size / _KIB
        self.bytes -= size
        return True

    def charge(self, *, readings: int, size: int) -> None:
        """Charge what a message turned out to hold, beyond itself; or give back, if negative."""
        self.readings -= readings
        self.speed -= readings if abs(size) <= LARGE_BYTES else readings + size / _KIB
        self.bytes -= size

    @property
    def _is_used_up(self) -> bool:
        return self.speed <= 0.0 or self.readings <= 0.0 or self.bytes <= 0.0

    @property
    def is_only_fast(self) -> bool:
        """Whether it has been refused for its speed alone."""
        return self.readings > 0.0 and self.bytes > 0.0

    def takes_epoch(self) -> bool:
        """Whether one more epoch may begin; it then has."""
        self._fill_seldom()
        if self.epochs < 1.0:
            return False
        self.epochs -= 1.0
        return True

    def takes_sample(self) -> bool:
        """Whether what is turned away may be kept to look at; it then is."""
        self._fill_seldom()
        if self.samples < 1.0:
            return False
        self.samples -= 1.0
        return True

    def takes_raw(self, size: int) -> bool:
        """Whether what is refused may be kept as it came; it then is."""
        self._fill_seldom()
        if self.raw < size:
            return False
        self.raw -= size
        return True

    def sentence(self) -> str:
        """What is used up, for a person; after ``admits`` said no."""
        allowed = self._allowance
        if self.is_only_fast:
            return (
                f"it sends faster than {FULL_SPEED_PER_S:g} readings a second: at most 200 may be"
                " in flight beyond the ack"
            )
        if self.readings <= 0.0:
            return (
                f"it sends more than {allowed.readings_per_s:g} readings a second"
                " (EDGETWIN_BOARD_READINGS_PER_S)"
            )
        return (
            f"it sends more than {allowed.bytes_a_day / 1e6:g} MB a day (EDGETWIN_BOARD_MB_A_DAY)"
        )

    def _fill(self, now_s: float) -> None:
        """Let in what has come with time; a new budget, last filled never, is full."""
        allowed, passed_s = self._allowance, now_s - self._filled_s
        readings = self.readings + allowed.readings_per_s * passed_s
        speed = self.speed + allowed.speed_per_s * passed_s
        bytes_ = self.bytes + allowed.bytes_per_s * passed_s
        # min() costs three times as much, and nearly every message comes by.
        self.readings = readings if readings < allowed.readings_burst else allowed.readings_burst  # noqa: FURB136
        self.speed = speed if speed < FULL_SPEED_BURST else FULL_SPEED_BURST  # noqa: FURB136
        self.bytes = bytes_ if bytes_ < allowed.bytes_burst else allowed.bytes_burst  # noqa: FURB136
        self._filled_s = now_s

    def _fill_seldom(self) -> None:
        if self._filled_s > self._seldom_s:
            passed_s, self._seldom_s = self._filled_s - self._seldom_s, self._filled_s
            self.epochs = min(EPOCHS_BURST, self.epochs + EPOCHS_PER_S * passed_s)
            self.samples = min(SAMPLES_BURST, self.samples + SAMPLES_PER_S * passed_s)
            self.raw = min(RAW_BURST, self.raw + RAW_PER_S * passed_s)


class Budgets:
    """The boards' budgets by name, filled by a clock that nobody can set."""

    def __init__(self, allowance: Allowance, *, monotonic: Callable[[], float]) -> None:
        self._allowance = allowance
        self._by_name: dict[str, Budget] = {}
        self.known = self._by_name.get
        self.now_s = monotonic

    def of(self, name: str) -> Budget:
        """The budget of the board called ``name``."""
        budget = self._by_name.get(name)
        return budget if budget is not None else self._new(name)

    def _new(self, name: str) -> Budget:
        if len(self._by_name) >= MOST_NAMES:
            del self._by_name[next(iter(self._by_name))]
        budget = self._by_name[name] = Budget(self._allowance, now_s=-math.inf)
        return budget
