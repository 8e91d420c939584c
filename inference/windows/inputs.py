"""What the classifier is shown of one type, by kinds: the columns of its windows.

A window's rows have, in this order, the channels that every reading has, the derived ones that the
type wants judged, states as the codes of their values, and counters. A caller sends all but the
derived ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np

from contract.assets.words import Asset, Channel, Counter, Derived, State
from contract.language.algebra import value
from contract.language.program import program_of
from contract.language.vocabulary import Vocabulary
from contract.window import recent_ms, spacing_ms
from inference.windows.arrays import Arrays
from inference.windows.features import FloatArray, MaskArray

_NO_HOLD: Final = 3
_LARGEST_COUNT: Final = 2.0**53


@dataclass(frozen=True)
class Inputs:
    """The columns of one type."""

    asset: Asset

    @cached_property
    def measured(self) -> tuple[Channel, ...]:
        return self.asset.required

    @cached_property
    def derived(self) -> tuple[Derived, ...]:
        return tuple(each for each in self.asset.derived if each.judged)

    @cached_property
    def channels(self) -> tuple[Channel | Derived, ...]:
        """What has a course of values."""
        return (*self.measured, *self.derived)

    @property
    def states(self) -> tuple[State, ...]:
        return self.asset.states

    @property
    def counters(self) -> tuple[Counter, ...]:
        return self.asset.counters

    @cached_property
    def channel_names(self) -> tuple[str, ...]:
        return tuple(channel.name for channel in self.channels)

    @cached_property
    def codes(self) -> dict[str, dict[str, float]]:
        """How a row has the values of each state."""
        return Vocabulary(self.asset).codes

    @cached_property
    def repeating(self) -> MaskArray:
        """(C,) the channels that may repeat a value because their sensor is stuck.

        Not what steps, as it stands still by its nature, nor what is derived of another.
        """
        steps = [channel.hold == "step" for channel in self.measured]
        return np.logical_not([*steps, *(True for _ in self.derived)])

    @cached_property
    def bounds(self) -> tuple[list[float], list[float]]:
        """The least and the most that can be sent of each."""
        states = [len(state.elements) - 1.0 for state in self.states]
        most = [counter.wraps_at or _LARGEST_COUNT for counter in self.counters]
        low = [*(channel.low for channel in self.measured), *(0.0 for _ in (*states, *most))]
        return low, [*(channel.high for channel in self.measured), *states, *most]

    def whole(self, sent: FloatArray) -> FloatArray:
        """The same with states as codes there are."""
        at = len(self.measured)
        sent[:, at : at + len(self.states)] = np.rint(sent[:, at : at + len(self.states)])
        return sent

    @cached_property
    def titles(self) -> dict[str, str]:
        """Of states, their values and counters."""
        found = {state.name: state.title for state in self.states}
        found |= {counter.name: counter.title for counter in self.counters}
        for state in self.states:
            found |= {v.name: v.title or v.name for v in state.values if not isinstance(v, str)}
        return found

    def row(self, values: Mapping[str, float | str]) -> list[float]:
        """A reading as it is sent, states as codes.

        Raises:
            KeyError: something is not there, or a state has no such value.
        """
        found = [float(values[channel.name]) for channel in self.measured]
        found += [self.codes[each.name][str(values[each.name])] for each in self.states]
        return found + [float(values[counter.name]) for counter in self.counters]

    @cached_property
    def remembered(self) -> MaskArray:
        """(all,) the columns that a gateway remembers the past of: those that are sent."""
        names = (*self.channel_names, *self.asset.columns[len(self.measured) :])
        return np.isin(names, self.asset.columns)

    @cached_property
    def recent_ms(self) -> int | None:
        return recent_ms(self.asset)

    @cached_property
    def spacing_ms(self) -> int | None:
        return spacing_ms(self.asset)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing but measured channels, and a short look at them."""
        return not (self.derived or self.states or self.counters or self.recent_ms)

    def complete(self, sent: FloatArray) -> FloatArray:
        """(N, all) rows with what is derived, of (N, sent) rows as callers send them."""
        if not self.derived:
            return sent
        at = len(self.measured)
        with np.errstate(all="ignore"):  # what cannot be told is not finite, and refused as such
            found = self._derive(dict(zip(self.asset.columns, sent.T, strict=True)), len(sent))
        return np.concatenate((sent[:, :at], found, sent[:, at:]), axis=1)

    def _derive(self, columns: Mapping[str, FloatArray], count: int) -> FloatArray:
        program = program_of(self.asset)
        algebra = Arrays(columns, params=program.defaults(), codes=self.codes)
        nodes = [program.formulas.derived[each.name] for each in self.derived]
        parts = [np.broadcast_to(value(node, algebra), (count,)) for node in nodes]
        return np.stack(parts, axis=1)

    def complete_holds(self, sent: FloatArray) -> FloatArray:
        """(…, all, 3) what is remembered of each column; nothing is of what is derived."""
        at = len(self.measured)
        nothing = np.zeros((*sent.shape[:-2], len(self.derived), _NO_HOLD))
        return np.concatenate((sent[..., :at, :], nothing, sent[..., at:, :]), axis=-2)


@cache
def inputs_of(asset: Asset) -> Inputs:
    return Inputs(asset)
