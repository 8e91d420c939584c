"""Feeds the hardware's watchdog only when every part of the program has completed a pass."""


class Watchdog:
    """``feed`` is the hardware's; ``parts`` are the names ``passed`` will be called with."""

    def __init__(self, *, feed, parts: tuple[str, ...]) -> None:
        self._feed = feed
        self._parts = parts
        self._missing = set(parts)

    def passed(self, part: str) -> None:
        self._missing.discard(part)
        if not self._missing:
            self._missing = set(self._parts)
            self._feed()
