"""One machine's readings and events, whole and in order, in; the figures of that time out.

For what nothing is lost of, as a simulated machine tells it: every interval was measured, and no
number lacks. Each stretch of time is added up at the parameters that count in it.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from contract.language.answers import Answers
from contract.language.parts import Part, answers_of
from contract.language.program import Program, Row

_NEVER_MS: Final = 2**62


class Terms(NamedTuple):
    """From when on these parameters count."""

    from_ms: int
    params: Mapping[str, float]


class Folding:
    """The sums of one machine from ``start_ms`` on."""

    def __init__(self, program: Program, *, terms: Sequence[Terms], start_ms: int) -> None:
        """``terms`` are in order; the first counts from ``start_ms`` on."""
        self._program = program
        self._later = list(terms[1:])
        self._memory = program.start
        self._parts: list[Part] = []
        self._begin(terms[0].params, start_ms)

    def _begin(self, params: Mapping[str, float], start_ms: int) -> None:
        self._params, self._since_ms = params, start_ms
        self._functions = self._program.functions(params)
        self._sums = self._program.zero()
        self._turn_ms = self._later[0].from_ms if self._later else _NEVER_MS

    def add(self, time_ms: int, values: Mapping[str, float | str]) -> Row:
        """Add a reading; what the program makes of it."""
        self._follow(time_ms)
        row = self._program.row(values)
        self._memory = self._functions.add(self._sums, self._memory, time_ms, row, True)
        return row

    def add_event(self, time_ms: int, name: str, values: Mapping[str, float | str]) -> None:
        """Add an event."""
        self._follow(time_ms)
        self._program.add_event(self._sums, self._functions, name, values)

    def is_stopped(self, row: Row) -> bool:
        """Whether a machine of the type stands still, by that row."""
        return self._functions.stopped(row)

    def answers(self, end_ms: int) -> Answers:
        """The figures of all the time until ``end_ms``."""
        return answers_of(self._program, [*self._parts, self._part(end_ms)])

    def _follow(self, time_ms: int) -> None:
        while time_ms >= self._turn_ms:
            turn_ms, params = self._later.pop(0)
            self._parts.append(self._part(turn_ms))
            self._begin(params, turn_ms)

    def _part(self, end_ms: int) -> Part:
        return Part(self._sums, self._params, end_ms - self._since_ms)
