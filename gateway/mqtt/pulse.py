"""Whether a peer is heard, by looks at what came of it. Pure.

Each look counts as long as looks are meant to be apart, however late it is: a process that was held
up has not listened meanwhile, and blames nobody for that.
"""


class Pulse:
    """A peer is still when nothing came for ``still_after_s``; it is sure to be asked meanwhile."""

    def __init__(self, *, look_s: float, still_after_s: float) -> None:
        self.unheard_s = 0.0
        self.since_ms = 0  # since when it is still, or is no more; 0 where it never was
        self._look_s = look_s
        self._still_after_s = still_after_s
        self._heard_ms = 0

    @property
    def is_still(self) -> bool:
        return self.unheard_s >= self._still_after_s

    def look(self, *, heard: bool, now_ms: int) -> bool:
        """Whether ``is_still`` has changed by what was ``heard`` since the last look."""
        was_still = self.is_still
        if heard:
            self.unheard_s, self._heard_ms = 0.0, now_ms
        else:
            self.unheard_s += self._look_s
        if self.is_still == was_still:
            return False
        self.since_ms = self._heard_ms or now_ms
        return True
