"""Digital inputs in, one state out: contacts, relays, the lamps of a signal tower.

A contact bounces for milliseconds when it closes and opens. A state counts once the inputs have
shown it for ``debounce_ms``; until then the one before stands. After a start it is read anew.
"""

_UNSETTLED_MS = 2000  # longer than any contact bounces: then it chatters, and shows no state


class Digital:
    """``inputs`` are pairs of a MicroPython ``machine.Pin`` and the state it stands for.

    Of several that are active the first counts; ``off`` is the state while none is. ``ticks_ms``
    counts milliseconds and only grows. The board calls ``tend`` some fifty times a second.
    """

    def __init__(self, *, inputs, off: str, active_low: bool, debounce_ms: int, ticks_ms) -> None:
        if not inputs or debounce_ms < 0:
            raise ValueError("a state has 1 input or more, and debounce_ms is 0 or more")
        self._inputs = inputs
        self._off = off
        self._active = 0 if active_low else 1
        self._debounce_ms = debounce_ms
        self._ticks_ms = ticks_ms
        self._shown = self._look()
        self._since_ms = self._settled_ms = ticks_ms()
        self._state: str | None = None

    def tend(self) -> None:
        now_ms, shown = self._ticks_ms(), self._look()
        if shown != self._shown:
            self._shown, self._since_ms = shown, now_ms
        if now_ms - self._since_ms >= self._debounce_ms:
            self._state, self._settled_ms = shown, now_ms

    def read(self) -> str:
        self.tend()
        if self._ticks_ms() - self._settled_ms > _UNSETTLED_MS + self._debounce_ms:
            raise OSError("digital input: it chatters; is the contact worn, or debounce_ms short?")
        if self._state is None:
            raise OSError("digital input: it has not stood still since the start")
        return self._state

    def _look(self) -> str:
        state: str = self._off
        for pin, name in self._inputs:
            if pin.value() == self._active:
                state = name
                break
        return state
