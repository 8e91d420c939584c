"""What is published of machines, for who listens without a broker: states, diagnoses, alarms.

Nobody waits for a listener. One that reads slowly gets the newest state and diagnosis of each
machine, and every alarm as long as there is room; what there is none for is counted and told.
"""

import asyncio
import contextlib
from collections.abc import Collection
from typing import Final, NamedTuple

from contract import topics
from contract.errors import Unavailable

KINDS: Final = (topics.STATE, topics.DIAGNOSIS, topics.ALARM)
MOST_LISTENERS: Final = 20
MOST_ALARMS: Final = 1_000  # that wait for one listener


class Told(NamedTuple):
    """Something that was published; ``payload`` is JSON as on the topic."""

    kind: str
    payload: bytes


class Listener:
    """One that listens; ``devices``: to these alone, None: to all."""

    def __init__(self, *, kinds: Collection[str], devices: Collection[str] | None) -> None:
        self._kinds = frozenset(kinds)
        self._devices = None if devices is None else frozenset(devices)
        self._newest: dict[tuple[str, str], bytes] = {}
        self._alarms: list[bytes] = []
        self._something = asyncio.Event()
        self.missed = 0  # alarms, so far
        self.is_over = False

    def wants(self, kind: str, device: str) -> bool:
        return kind in self._kinds and (self._devices is None or device in self._devices)

    def take(self, kind: str, device: str, payload: bytes) -> None:
        """Keep it until it is asked for."""
        if kind != topics.ALARM:
            self._newest[kind, device] = payload
        elif len(self._alarms) < MOST_ALARMS:
            self._alarms.append(payload)
        else:
            self.missed += 1
        self._something.set()

    def end(self) -> None:
        """Nothing will come any more."""
        self.is_over = True
        self._something.set()

    async def next(self, within_s: float) -> list[Told]:
        """What has come since; nothing where nothing does within that time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._something.wait(), within_s)
        self._something.clear()
        alarms, self._alarms = self._alarms, []
        newest, self._newest = self._newest, {}
        told = [Told(topics.ALARM, payload) for payload in alarms]
        return told + [Told(kind, payload) for (kind, _), payload in newest.items()]


class LiveFeed:
    """Passes on what is published; costs a look at an empty set where nobody listens."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def listen(
        self, *, kinds: Collection[str] = KINDS, devices: Collection[str] | None = None
    ) -> Listener:
        """Raises Unavailable: too many listen already."""
        if len(self._listeners) >= MOST_LISTENERS:
            raise Unavailable(
                f"{MOST_LISTENERS} clients listen already: subscribe at the broker, which has room."
            )
        listener = Listener(kinds=kinds, devices=devices)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def tell(self, kind: str, device: str, payload: bytes) -> None:
        """Something is published."""
        for listener in self._listeners:
            if listener.wants(kind, device):
                listener.take(kind, device, payload)

    def close(self) -> None:
        """Let everybody go: nothing will come any more."""
        for listener in self._listeners:
            listener.end()
