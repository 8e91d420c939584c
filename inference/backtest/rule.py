"""Whether the next model is worse than the present one: the one place that says what that means.

Chance makes two equally good models differ in every count. What they answer differently on the
same readings is held against a fair coin: worse is what a coin would do in fewer than one case in
twenty (one in twenty of all faults together, where each fault is looked at by itself). What people
said of their own machines has less room: as much as the square root of what differs.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from scipy.stats import binomtest

from inference.backtest.findings import OnVerdicts
from inference.backtest.sample import Sample

CHANCE: Final = 0.05
MOST_A_DAY: Final = 1.0  # false alarms of a healthy machine: what edgetwin promises
LATER_SHARE: Final = 0.1  # of the present delay: so much later, or
LATER_S: Final = 1.0  # so many seconds, is no matter
_DAY_H: Final = 24.0
_PRESENT, _NEXT = 0, 1


def worse(
    *, week: Sample | None, recordings: Sample | None, verdicts: OnVerdicts | None
) -> tuple[str, ...]:
    """What is worse of the next model, each with its figures; nothing where it may be taken.

    Args:
        week: both models on virtual machines.
        recordings: the same on recordings of one's own.
        verdicts: what both say where a person has said it.
    """
    found: list[str] = []
    for sample, where in ((week, "in the simulated week"), (recordings, "in the recordings")):
        if sample is not None:
            found += [f"{text} {where}" for text in (*_false(sample), *_missed(sample))]
            found += [f"{text} {where}" for text in _later(sample)]
    return (*found, *(() if verdicts is None else _disagreeing(verdicts)))


def _is_chance(more: int, fewer: int, *, looks: int = 1) -> bool:
    """Whether a coin could well have divided them so."""
    if more <= fewer:
        return True
    return float(binomtest(more, more + fewer, alternative="greater").pvalue) >= CHANCE / looks


def _false(sample: Sample) -> Iterator[str]:
    before, after = (counted.total() for counted in sample.false_alarms)
    a_day = after * _DAY_H / sample.healthy_h if sample.healthy_h else 0.0
    if not _is_chance(after, before) or (after > before and a_day > MOST_A_DAY):
        yield f"it raises {after} false alarms, the present one {before}"


def _missed(sample: Sample) -> Iterator[str]:
    every = _lost(sample, sample.faults)
    if not _is_chance(*every):
        yield f"it misses {every[0]} faults that the present one finds, and finds {every[1]} others"
        return
    for fault in sample.faults:
        lost, won = _lost(sample, [fault])
        if not _is_chance(lost, won, looks=len(sample.faults)):
            yield f"it misses {fault} {lost} times where the present one finds it"


def _lost(sample: Sample, faults: Sequence[str]) -> tuple[int, int]:
    """How many spells only the present model found, and how many only the next one."""
    pairs = [spell.delays_s for spell in sample.spells if spell.fault in faults]
    lost = sum(each[_NEXT] is None and each[_PRESENT] is not None for each in pairs)
    return lost, sum(each[_PRESENT] is None and each[_NEXT] is not None for each in pairs)


def _later(sample: Sample) -> Iterator[str]:
    for fault in sample.faults:
        pairs = [
            (before, after)
            for spell in sample.spells
            if spell.fault == fault
            for before, after in [(spell.delays_s[_PRESENT], spell.delays_s[_NEXT])]
            if before is not None and after is not None
        ]
        if pairs and _are_later(pairs, looks=len(sample.faults)):
            before_s, after_s = (float(np.median(column)) for column in zip(*pairs, strict=True))
            yield (
                f"it alarms half of {fault} within {after_s:.1f} s, the present one within "
                f"{before_s:.1f} s,"
            )


def _are_later(pairs: Sequence[tuple[float, float]], *, looks: int) -> bool:
    by_s = np.array([after - before for before, after in pairs])
    room_s = max(LATER_S, LATER_SHARE * float(np.median([before for before, _ in pairs])))
    if not float(np.median(by_s)) > room_s:
        return False
    return not _is_chance(int((by_s > 0).sum()), int((by_s < 0).sum()), looks=looks)


def _disagreeing(verdicts: OnVerdicts) -> Iterator[str]:
    lost = sum(one.present == one.asked != one.next for one in verdicts.answered)
    won = sum(one.next == one.asked != one.present for one in verdicts.answered)
    if lost - won > math.sqrt(lost + won):
        yield (
            f"it agrees with {verdicts.agreed(next_=True)} of {len(verdicts.answered)} verdicts, "
            f"the present one with {verdicts.agreed(next_=False)}"
        )
