"""What an alarm says, and when it says something else than before. Pure."""

import math
from typing import Final, NamedTuple

SAME: Final = 0.1  # of an amount: a count that goes up and down by one is no news
_MINUTE_S: Final = 60


class Sentence(NamedTuple):
    """One alarm's text.

    Attributes:
        text: what is wrong and what to do.
        sense: what it says beside its amounts; the text itself where that is all.
        amounts: what may waver by a tenth, and by ``slack`` at most, without being told again.
    """

    text: str
    sense: str = ""
    amounts: tuple[float, ...] = ()
    slack: float = math.inf

    def says_the_same(self, told: "Sentence") -> bool:
        """Whether who knows ``told`` learns nothing by this one."""
        if (self.sense or self.text) != (told.sense or told.text):
            return False
        if len(self.amounts) != len(told.amounts):
            return False
        pairs = zip(self.amounts, told.amounts, strict=True)
        return all(
            abs(now - then) <= min(self.slack, SAME * max(abs(now), abs(then)))
            for now, then in pairs
        )


def plainly(seconds: float) -> str:
    """A span in its two largest units."""
    if seconds < _MINUTE_S:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    for name, size, part, part_size in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", _MINUTE_S)):
        if whole >= size:
            return f"{whole // size} {name} {whole % size // part_size} {part}"
    return f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"
