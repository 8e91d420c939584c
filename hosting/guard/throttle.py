"""Failures by address in, and whether that address is to wait: bounded, whatever comes."""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

MOST_FAILURES: Final = 10
WITHIN_S: Final = 60.0
MOST_ADDRESSES: Final = 4_096


class Throttle:
    """Remembers the last failures of each address, for a minute."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def failed(self, address: str) -> int:
        """Note one failure; returns how many seconds the address should wait, 0 for none yet."""
        now_s = self._monotonic()
        times = self._failures.setdefault(address, deque(maxlen=MOST_FAILURES))
        self._failures.move_to_end(address)
        if len(self._failures) > MOST_ADDRESSES:
            self._failures.popitem(last=False)
        full = len(times) == MOST_FAILURES
        wait_s = times[0] + WITHIN_S - now_s if full else 0.0
        times.append(now_s)
        return max(0, math.ceil(wait_s))
