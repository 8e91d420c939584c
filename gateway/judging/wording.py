"""The texts of open system alarms, kept true: what they said when they were raised may be over."""

import math
from typing import Final

from gateway.judging.conditions import Condition, Subject
from gateway.judging.sentences import Sentence
from gateway.twin.alarms import AlarmBook

LOOK_AGAIN_S: Final = 10.0  # how often one alarm may be told anew


class Wording:
    """Knows what each alarm said last; after a restart, only what the journal has."""

    def __init__(self) -> None:
        self._said: dict[tuple[int, str], tuple[float, Sentence | None]] = {}

    def begin(self, condition: Condition, it: Subject, book: AlarmBook) -> None:
        """Raise the alarm of a condition that stands."""
        sentence = condition.says(it)
        if sentence is None:  # nobody can tell yet: it is asked again in a second
            return
        self._said[it.device.id, condition.name] = it.now_s, sentence
        book.raise_(
            condition.name, kind="system", severity=condition.severity,
            text=sentence.text, time_ms=it.now_ms,
        )  # fmt: skip

    def follow(self, condition: Condition, it: Subject, book: AlarmBook) -> None:
        """Tell an open alarm anew where it says something else by now."""
        key = it.device.id, condition.name
        looked_s, told = self._said.get(key, (-math.inf, None))
        if it.now_s - looked_s < LOOK_AGAIN_S:
            return
        sentence = condition.says(it)
        if sentence is None or (told is not None and sentence.says_the_same(told)):
            self._said[key] = it.now_s, told
            return
        self._said[key] = it.now_s, sentence
        book.retell(condition.name, text=sentence.text, time_ms=it.now_ms)
