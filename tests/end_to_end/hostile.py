"""Boards that behave as badly as they can, each under a name and on a connection of its own."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.end_to_end.rubbish import VALUES, corpus
from tests.mosquitto import HOST

_BURST = 250  # messages, then a breath
_BREATH_S = 0.1
_QUEUE = 2_000  # messages that wait for the broker; more are not sent


def _reading(**key: Any) -> dict[str, Any]:
    return {"time_ms": time.time_ns() // 1_000_000, "values": VALUES} | key


def _encoded(*readings: dict[str, Any]) -> bytes:
    return json.dumps(list(readings)).encode()


def flood() -> Iterator[bytes]:
    """Some fifty thousand readings a second."""
    for first in itertools.count(1, 20):
        yield _encoded(*(_reading(epoch="f100d000-1", seq=seq) for seq in range(first, first + 20)))


def holes() -> Iterator[bytes]:
    """Every second number."""
    for first in itertools.count(1, 40):
        yield _encoded(
            *(_reading(epoch="401e5000-1", seq=seq) for seq in range(first, first + 40, 2))
        )


def epochs() -> Iterator[bytes]:
    """Each reading as of another start."""
    for number in itertools.count():
        yield _encoded(_reading(epoch=f"{number:08x}-1", seq=1))


def rubbish() -> Iterator[bytes]:
    """What no honest board sends, over and over."""
    yield from itertools.cycle([case.payload for case in corpus() if case.kind == "telemetry"])


HOSTILITIES: dict[str, Callable[[], Iterator[bytes]]] = {
    each.__name__: each for each in (flood, holes, epochs, rubbish)
}


class HostileBoard:
    """Sends for as long as the ``with`` lasts, whatever becomes of the broker."""

    def __init__(self, kind: str, *, site: str, port: int) -> None:
        self._payloads = HOSTILITIES[kind]()
        name = f"bad-{kind}"
        self._topic = f"edgetwin/v1/{site}/{name}/telemetry"
        self._client = paho.Client(CallbackAPIVersion.VERSION2, name, protocol=paho.MQTTv5)
        self._client.max_queued_messages_set(_QUEUE)
        self._client.max_inflight_messages_set(_QUEUE)
        self._client.connect_async(HOST, port)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def _send(self) -> None:
        while not self._stopping.wait(_BREATH_S):
            for payload in itertools.islice(self._payloads, _BURST):
                self._client.publish(self._topic, payload, 1)
