"""Whether a commit is waited for on the spot or in a thread: by how long the last ones took. Pure.

Where the disk takes a third of a millisecond, handing the commit to a thread and back takes three
times as long (measured on busy cores), and every reading waits for that. Where it takes ten, all
else had better go on meanwhile.
"""

from typing import Final

PROMPT_S: Final = 0.005
LARGE: Final = 200  # rows: while so many are written, the next batch is better received
SHARE: Final = 50  # a slow disk is tried again for a fiftieth of the time
_LEAST_S: Final = 1.0


class DiskPace:
    """Knows until when the disk is taken for a slow one."""

    def __init__(self) -> None:
        self._slow_until_s = 0.0

    def is_prompt(self, *, rows: int, now_s: float) -> bool:
        """Whether a commit of so many rows had better be waited for on the spot."""
        return rows < LARGE and now_s >= self._slow_until_s

    def note(self, *, took_s: float, now_s: float) -> None:
        """So long did one take that was waited for on the spot."""
        if took_s > PROMPT_S:
            self._slow_until_s = now_s + max(_LEAST_S, SHARE * took_s)
