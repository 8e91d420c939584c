"""New readings of one machine in; stretches unlike those just before them out. Pure.

What is usual is taken anew after every tenth of the window, so that many readings within its bounds
cost little more than one.
"""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from math import inf, isnan
from typing import Final

import msgspec

from contract.assets.words import Channel, Rolling
from gateway.twin.rolling import LEAST_BEFORE, usual_of

_RENEWALS: Final = 10  # a window
_BAND_PARTS: Final = 20.0


class Stretch(msgspec.Struct):
    """Readings of one channel beyond what was usual.

    Attributes:
        start_ms, beyond_ms: the first and the last time at which it was beyond.
        worst: the value that was furthest out; score: by so many spreads, below 0 where beneath.
        usual: between what it was just before that, one spread to either side.
        calm: so many readings since were within; calm_ms: when the first of these was.
    """

    channel: str
    start_ms: int
    beyond_ms: int
    worst: float
    score: float
    usual: tuple[float, float]
    calm: int = 0
    calm_ms: int | None = None


class ChannelWatch:
    """One channel of one machine."""

    __slots__ = (
        "_before",
        "_high",
        "_low",
        "_patience",
        "_spread",
        "_usual",
        "_waits",
        "channel",
        "said",
        "stretch",
    )

    def __init__(self, channel: Channel, said: Rolling) -> None:
        self.channel = channel
        self.said = said
        self._patience = max(LEAST_BEFORE, said.window // 2)
        self.stretch: Stretch | None = None
        self.forget()

    def forget(self) -> None:
        """Nothing is known of what is usual, nor of what stood."""
        self.stretch = None
        self._before: deque[float] = deque(maxlen=self.said.window)
        self._usual, self._spread = 0.0, 0.0
        self._low, self._high = -inf, inf
        self._waits = self._patience

    def step(self, times_ms: Sequence[float], values: Sequence[float]) -> list[Stretch]:
        """Take readings, in order of time; returns the stretches that are over with them."""
        if isnan(sum(values)):
            measured = [at for at, value in enumerate(values) if not isnan(value)]
            times_ms = [times_ms[at] for at in measured]
            values = [values[at] for at in measured]
        over, at = [], 0
        while at < len(values):  # as far as the usual is not taken anew
            behind = at + self._waits
            found = self._part(times_ms[at:behind], values[at:behind])
            over += [] if found is None else [found]
            at = behind
        return over

    def _part(self, times_ms: Sequence[float], values: Sequence[float]) -> Stretch | None:
        over = None
        is_within = self._low <= min(values) and max(values) <= self._high
        if self.stretch is not None or not is_within:
            for time_ms, value in zip(times_ms, values, strict=True):
                if self._low <= value <= self._high:
                    over = self._rest(round(time_ms)) or over
                else:
                    self._note(round(time_ms), value)
        self._take(values)
        return over

    def _take(self, values: Sequence[float]) -> None:
        self._before.extend(values)
        self._waits -= len(values)
        if self._waits > 0:
            return
        said = self.said
        self._waits = max(1, said.window // _RENEWALS)
        self._usual, spread = usual_of(self._before, robust=said.robust)
        self._spread = max(spread, least_spread(self.channel, said))
        reach = said.threshold * self._spread
        self._low, self._high = self._usual - reach, self._usual + reach

    def _note(self, time_ms: int, value: float) -> None:
        score = (value - self._usual) / self._spread
        usual = (self._usual - self._spread, self._usual + self._spread)
        known = self.stretch
        if known is None:
            self.stretch = Stretch(self.channel.name, time_ms, time_ms, value, score, usual)
            return
        known.beyond_ms, known.calm, known.calm_ms = time_ms, 0, None
        if abs(score) > abs(known.score):
            known.score, known.worst, known.usual = score, value, usual

    def _rest(self, time_ms: int) -> Stretch | None:
        """What comes again within half a window is the same."""
        known = self.stretch
        if known is None:
            return None
        known.calm += 1
        known.calm_ms = time_ms if known.calm_ms is None else known.calm_ms
        if known.calm < self._patience:
            return None
        self.stretch = None
        return known


def least_spread(channel: Channel, said: Rolling) -> float:
    """No spread is taken for less: what was said, else a twentieth of the normal band.

    And in no case less than its sensor resolves.
    """
    low, high = channel.normal
    band = (high - low) / _BAND_PARTS if high - low < inf else 0.0
    return max(said.least or band, channel.accuracy / 2.0, 0.5 * 10.0**-channel.decimals)


class RollingWatch:
    """All channels of one machine of which somebody says so."""

    def __init__(self, watched: Sequence[tuple[Channel, Rolling]]) -> None:
        self._watches = {channel.name: ChannelWatch(channel, said) for channel, said in watched}
        self.names = tuple(self._watches)
        self.newest_ms = -inf  # of the readings that were taken

    @property
    def standing(self) -> list[Stretch]:
        every = self._watches.values()
        return [watch.stretch for watch in every if watch.stretch is not None]

    def words_of(self, channel: str) -> tuple[Channel, Rolling]:
        watch = self._watches[channel]
        return watch.channel, watch.said

    def step(
        self, times_ms: Sequence[float], columns: Sequence[Sequence[float]], *, gap_ms: float
    ) -> list[Stretch]:
        """Take new readings; returns stretches that are over.

        Args:
            times_ms: when, oldest first; later than all before.
            columns: of each of ``names`` its values; NaN where nothing was measured.
            gap_ms: what lies further apart is no course of values: the usual is learned anew.
        """
        if not times_ms:
            return []
        over: list[Stretch] = []
        steps = pairwise((self.newest_ms, *times_ms))
        begins = [at for at, (before, after) in enumerate(steps) if after - before > gap_ms]
        for first, last in pairwise([0, *begins, len(times_ms)]):
            if first in begins:
                over += self.rest()
            if first < last:
                over += self._course(times_ms[first:last], [each[first:last] for each in columns])
        self.newest_ms = times_ms[-1]
        return over

    def _course(
        self, times_ms: Sequence[float], columns: Sequence[Sequence[float]]
    ) -> list[Stretch]:
        each = zip(self._watches.values(), columns, strict=True)
        return [over for watch, values in each for over in watch.step(times_ms, values)]

    def rest(self) -> list[Stretch]:
        """It stands still, or was not seen for long; returns what stood until then."""
        over = self.standing
        for watch in self._watches.values():
            watch.forget()
        return over

    def drop(self) -> None:
        """What stands is known already; what is usual stays known."""
        for watch in self._watches.values():
            watch.stretch = None
