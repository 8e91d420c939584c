"""A list of sums in; what each reducer of a formula is worth out, and between which bounds.

What was not measured widens a bound by what may have been: an integral by the time times the band
of what was seen and of what is normal, a time by that time, a count by the numbers that never came.
An increase is known across a gap: in the time behind the last row a counter may have grown as fast
as it can, and as many items as usual may lack; of one that is far longer than what was measured
nobody knows how many.
"""

import math
from collections.abc import Mapping
from typing import Final

from contract.language import layout as keys
from contract.language.algebra import value
from contract.language.code import spread
from contract.language.intervals import ANYTHING, Interval, Intervals, combined, exactly
from contract.language.layout import Series
from contract.language.means import RULED
from contract.language.program import Program
from contract.language.ratios import MEAN_ITEM
from contract.language.sums import Known
from contract.language.tree import Leaf, Node, Parameter, Reduced, Signal

_MS_IN_S: Final = 0.001
FARTHEST: Final = 10.0  # times what was measured: no one can say what was usual in a longer silence
_DUE: Final = 2.0  # usual intervals: the next row may be on its way for as long
_TOLD: Final = (keys.FULL_MS, keys.REST_MS, keys.GAP_MS)
_YES_OR_NO: Final = frozenset({0.0, 1.0})


def averaged(layout: keys.Layout, node: Node) -> Reduced | None:
    """What is kept of which the mean over a stretch can be told; None: nothing is.

    By time where it is integrated, as a reading stands for the time up to the next one; of a
    channel that nothing integrates by readings.
    """
    integral = Reduced("integral", (node,))
    if integral.key in layout.known:
        return integral
    return Reduced("mean", (node,)) if str(node) in layout.series_of else None


def beyond_ms(layout: keys.Layout, sums: Known, elapsed_ms: float) -> float:
    """How much of a time lies before the first or behind the last row."""
    full_ms, rest_ms, gap_ms = (_or_0(sums[layout.at[key]]) for key in _TOLD)
    return elapsed_ms - (full_ms + rest_ms + gap_ms)


def _or_0(found: float | None) -> float:
    return 0.0 if found is None or found != found else found  # noqa: PLR0124  NaN


class Totals:
    """Sums of a stretch of time; ``beyond_ms`` of it lie before the first or behind the last row.

    It is negative where the first row ends a gap that began before. A parameter may have been
    anything within bounds. A sum that was not kept yet is None, and so is whatever is made of it.
    """

    def __init__(
        self,
        program: Program,
        sums: Known,
        params: Mapping[str, float | Interval],
        beyond_ms: float = 0,
    ) -> None:
        self._layout = program.layout
        self._channels = program.words.asset.by_name
        self._counters = program.words.counters
        self._sums = sums
        self._params = params
        self._series = self._layout.series_of
        self.beyond_ms = beyond_ms
        self._gap_ms = max(0.0, beyond_ms + self._or_0(keys.GAP_MS))
        self._measured_ms = self._or_0(keys.FULL_MS) + self._or_0(keys.REST_MS)
        self._items = self._or_0(keys.ROWS) + self._or_0(keys.EVENTS)
        not_come = self._usual_items(beyond_ms)
        self._missing = self._or_0(keys.MISSING) + max(0.0, not_come // 1)
        is_told = not not_come or beyond_ms <= FARTHEST * self._measured_ms
        self._may_lack = self._missing if is_told else math.inf
        self._silent_s = beyond_ms * _MS_IN_S if not_come else 0.0

    def _usual_items(self, time_ms: float) -> float:
        """How many come in such a time; 0 where the next one is hardly due."""
        if not self._items or not self._measured_ms:
            return time_ms and math.copysign(math.inf, time_ms)
        found = time_ms * self._items / self._measured_ms
        return found if abs(found) >= _DUE else 0.0

    @classmethod
    def over(
        cls, program: Program, sums: Known, params: Mapping[str, float], elapsed_ms: float
    ) -> "Totals":
        """Sums of a stretch of time that is so long: what of it was not measured is unknown."""
        return cls(program, sums, params, beyond_ms(program.layout, sums, elapsed_ms))

    def is_kept(self, node: Reduced) -> bool:
        """Whether its sums were kept at all: not by a program that knew nothing of it."""
        if node.function in ("duration", "elapsed"):
            return True
        if node.function == "latest":
            of = averaged(self._layout, node.args[0])
            return of is not None and self.is_kept(of)
        if node.function in keys.STATISTICS:
            series = self._series[str(node.args[0])]
            return None not in map(self._get, (*series.keys, *self._squares_of(node, series)))
        return self._get(node.key) is not None

    def _squares_of(self, node: Reduced, series: Series) -> tuple[str, ...]:
        return (series.squares,) if node.function == "std" else ()

    def _get(self, key: str) -> float | None:
        found = self._sums[self._layout.at[key]]
        return None if found != found else found  # noqa: PLR0124  NaN

    def _or_0(self, key: str) -> float:
        return _or_0(self._sums[self._layout.at[key]])

    @property
    def _elapsed_s(self) -> float:
        """From the first row to the last, as far as that lies within the stretch."""
        told_ms = self._measured_ms + self._or_0(keys.GAP_MS)
        return (told_ms + min(0.0, self.beyond_ms)) * _MS_IN_S

    def _known_ms(self, node: Reduced) -> float:
        """How long all that it is computed from was known."""
        part, lost = self._layout.known[node.key]
        known = self._or_0(keys.FULL_MS) + self._or_0(part)
        return known if lost is None else known - self._or_0(lost)

    def _unknown_s(self, node: Reduced) -> float:
        return (self._measured_ms + self._gap_ms - self._known_ms(node)) * _MS_IN_S

    def _rows_of(self, series: Series) -> float:
        return self._or_0(keys.ROWS) - self._or_0(series.keys[0])

    # ------------------------------------------------------------ values

    def value(self, node: Reduced) -> float | None:
        """None where nothing was measured that could tell."""
        match node.function:
            case "duration":
                return self._measured_ms * _MS_IN_S
            case "elapsed":
                return self._elapsed_s
            case "integral" | "time" | "entries":
                return self._in_s(node) if self._known_ms(node) else None
            case "increase":
                return self._get(node.key) if self._is_told(node) else None
            case "count" | "sum":
                return self._get(node.key) if self._items else None
            case _:
                return self._mean(node)

    def _mean(self, node: Reduced) -> float | None:
        """Of a rule's figure, or what readings say of a channel."""
        if node.function == RULED:
            return self._layout.means[node.key].told(self._get)[0]
        return self._statistic(node.function, self._series[str(node.args[0])])

    def least_told(self, node: Reduced) -> float | None:
        """Of a rule's figure, where that is kept and any was told."""
        mean = self._layout.means[node.key]
        is_told = mean.least and mean.told(self._get)[1]
        return self._get(mean.least) if is_told else None

    def average(self, node: Node) -> float | None:
        """What ``latest`` is worth of a stretch: the mean over the time in which it was known."""
        of = averaged(self._layout, node)
        found = None if of is None else self.value(of)
        if of is None or found is None or of.function == "mean":
            return found
        return found / (self._known_ms(of) * _MS_IN_S)

    def _in_s(self, node: Reduced) -> float | None:
        found = self._get(node.key)
        return found if found is None or node.function != "time" else found * _MS_IN_S

    def _is_told(self, node: Reduced) -> bool:
        whole = self._or_0(keys.ROWS) - self._or_0(keys.PARTS)
        return whole + self._or_0(keys.told_key(node)) > 0

    def _statistic(self, function: str, series: Series) -> float | None:
        count = self._rows_of(series)
        _, least, total, greatest = map(self._get, series.keys)
        if count <= 0 or least is None or total is None or greatest is None:
            return None
        if function == "std":
            return self._spread(series, count, total)
        return {"mean": total / count, "least": least, "greatest": greatest}[function]

    def _spread(self, series: Series, count: float, total: float) -> float | None:
        squares = self._get(series.squares)
        if squares is None or series.origin is None:
            return None
        return spread(count, total, squares, series.origin)

    # ------------------------------------------------------------ coverage

    def coverage(self, node: Reduced) -> float:
        """The share of the stretch that was measured, as far as it matters to ``node``."""
        match node.function:
            case "increase" if not self._is_told(node):
                return 0.0
            case "increase" | "elapsed":
                return _share(self._elapsed_s, max(0.0, self._silent_s))
            case "count" | "sum":
                return _share(self._items, self._missing)
            case "integral" | "time" | "entries":
                return _share(self._known_ms(node) * _MS_IN_S, self._unknown_s(node))
            case "duration":
                return _share(self._measured_ms, self._gap_ms)
            case _:
                return self._mean_coverage(node)

    def _mean_coverage(self, node: Reduced) -> float:
        if node.function != RULED:
            return 1.0 - self._unknown_share(self._series[str(node.args[0])])
        _, told_ms = self._layout.means[node.key].told(self._get)
        return _share(told_ms, max(0.0, self._measured_ms + self._gap_ms - told_ms))

    def _unknown_share(self, series: Series) -> float:
        measured = _share(self._measured_ms, self._gap_ms) if self._gap_ms else 1.0
        return 1.0 - measured * _share(self._rows_of(series), self._or_0(series.keys[0]))

    def average_coverage(self, node: Node) -> float:
        of = averaged(self._layout, node)
        return 0.0 if of is None else self.coverage(of)

    # ------------------------------------------------------------ bounds

    def average_bounds(self, node: Node) -> Interval:
        """Of the whole stretch, whatever it was while nobody knew it."""
        of = averaged(self._layout, node)
        whole_s = (self._measured_ms + self._gap_ms) * _MS_IN_S
        if of is None or not whole_s:
            return ANYTHING
        found = self.bounds(of)
        return found if of.function == "mean" else Interval(*(end / whole_s for end in found))

    def may_have_grown(self, node: Reduced) -> bool:
        """Whether a counter may have grown by more, or less, than its increase tells."""
        return bool(self._silent_s) or self._get(node.key) is None

    def bounds(self, node: Reduced) -> Interval:
        """Between which two numbers it is, whatever was not measured."""
        if node.function == "duration":
            return exactly((self._measured_ms + self._gap_ms) * _MS_IN_S)
        if node.function == "elapsed":
            return Interval(self._elapsed_s, self._elapsed_s + max(0.0, self._silent_s))
        if node.function == "increase":
            return self._increase_bounds(node)
        if node.function in keys.STATISTICS | {MEAN_ITEM, RULED}:
            return self._mean_bounds(node)
        found = self._in_s(node)
        if found is None:
            return ANYTHING
        more = self._more(node)
        return Interval(found + min(0.0, more.low), found + max(0.0, more.high))

    def _increase_bounds(self, node: Reduced) -> Interval:
        found, rate = self._get(node.key), self._counters[str(node.args[0])].max_rate
        if found is None:
            return ANYTHING
        if not self._is_told(node) and (rate is None or not self._silent_s):
            return Interval(found, math.inf)
        return self._with_silence(found, math.inf if rate is None else rate)

    def _with_silence(self, found: float, rate: float) -> Interval:
        """What grows so fast at most: behind the last row, or in a gap that began before."""
        grown = rate * self._silent_s if self._silent_s else 0.0
        return Interval(max(0.0, found + min(0.0, grown)), found + max(0.0, grown))

    def _more(self, node: Reduced) -> Interval:
        """What may be lacking of a sum."""
        match node.function:
            case "integral":
                band, unknown_s = self.band(node.args[0]), self._unknown_s(node)
                return Interval(*(end * unknown_s if unknown_s else 0.0 for end in band))
            case "time":
                return Interval(0.0, self._unknown_s(node))
            case "count" | "entries":
                return Interval(0.0, self._may_lack)
            case _:  # a sum
                least, greatest = (self._get(key) for key in keys.extremes(node))
                if not self._may_lack:
                    return exactly(0.0)
                if least is None or greatest is None or least > greatest:  # none was seen
                    return ANYTHING
                return Interval(*(_times(end, self._may_lack) for end in (least, greatest)))

    def _mean_bounds(self, node: Reduced) -> Interval:
        if node.function == RULED:
            whole_ms = self._measured_ms + self._gap_ms
            return self._layout.means[node.key].bounds(self._get, whole_ms)
        is_of_items = node.function == MEAN_ITEM
        return self._mean_item_bounds(node) if is_of_items else self._statistic_bounds(node)

    def _mean_item_bounds(self, node: Reduced) -> Interval:
        """Of yes or no a share; what else the items are may lie beyond what was seen of them."""
        whole, many = Reduced("sum", node.args), Reduced("count", node.args[:1])
        found, count = self._get(whole.key), self._get(many.key)
        is_share = set(map(self._get, keys.extremes(whole))) <= _YES_OR_NO
        if found is None or not count or not is_share:
            return combined("/", self.bounds(whole), self.bounds(many))
        return Interval(found / (count + self._may_lack), 1.0 - self._share_of_no(found, count))

    def _share_of_no(self, found: float, count: float) -> float:
        """The least it can be."""
        return (count - found) / (count + self._may_lack)

    def _statistic_bounds(self, node: Reduced) -> Interval:
        series = self._series[str(node.args[0])]
        found, unknown = self._statistic(node.function, series), self._unknown_share(series)
        if found is None:
            return ANYTHING
        if unknown <= 0.0:
            return exactly(found)
        band = self.band(series.node)
        match node.function:
            case "least":
                return Interval(min(found, band.low), found)
            case "greatest":
                return Interval(found, max(found, band.high))
            case "mean":
                return Interval(*((1.0 - unknown) * found + unknown * end for end in band))
            case _:
                return self._spread_bounds(series, found, unknown, band)

    def _spread_bounds(
        self, series: Series, found: float, unknown: float, band: Interval
    ) -> Interval:
        """Least if all that is unknown was at the mean, greatest if as far from it as the band."""
        mean = self._statistic("mean", series) or 0.0
        furthest = max(abs(band.low - mean), abs(band.high - mean))
        seen = (1.0 - unknown) * found**2
        return Interval(math.sqrt(seen), math.sqrt(seen + unknown * furthest**2))

    def band(self, node: Node) -> Interval:
        """Where the value of an expression over a reading may have been."""
        return value(node, Intervals(self._band_of))

    def _band_of(self, leaf: Leaf) -> Interval:
        if isinstance(leaf, Parameter):
            param = self._params[leaf.name]
            return param if isinstance(param, Interval) else exactly(param)
        channel = self._channels.get(leaf.name) if isinstance(leaf, Signal) else None
        if channel is None:
            return ANYTHING
        _, least, _, greatest = self._series[channel.name].keys
        low, high = self._get(least), self._get(greatest)
        normal = Interval(*channel.normal)
        return normal if low is None or high is None else normal.hull(Interval(low, high))


def _share(part: float, rest: float) -> float:
    """``part / (part + rest)``, within 0..1; 0 where there is nothing."""
    return min(1.0, part / (part + rest)) if part > 0 else 0.0


def _times(one: float, count: float) -> float:
    """0 times anything is 0."""
    return one * count if one else 0.0
