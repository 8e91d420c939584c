"""What a topic holds, and when an anomaly is heard of from Kafka."""

import json
import threading
from contextlib import closing

from confluent_kafka import Consumer, TopicPartition

from bench.programs import HOST
from bench.tools import now_s

_POLL_S = 0.2
_TIMEOUT_S = 30.0


class Listener:
    """Hears of anomalies on a thread of its own.

    ``heard_s``: (device, start of an anomaly) to when it was first heard of, by ``now_s``.
    """

    def __init__(self, port: int) -> None:
        self.heard_s: dict[tuple[str, int], float] = {}
        self._consumer = _consumer(port)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        self._consumer.subscribe(["anomalies"])
        while not self._stopping.is_set():
            message = self._consumer.poll(_POLL_S)
            at_s = now_s()
            if message is not None and message.error() is None:
                said = json.loads(message.value() or b"")
                self.heard_s.setdefault((said["device"], said["start_ms"]), at_s)
        self._consumer.close()


def held(port: int) -> int:
    """How many messages the topic of readings holds."""
    topic = "sensor-data"
    with closing(_consumer(port)) as consumer:
        found = consumer.list_topics(topic, timeout=_TIMEOUT_S).topics[topic]
        ends = [
            consumer.get_watermark_offsets(TopicPartition(topic, part), timeout=_TIMEOUT_S)
            for part in found.partitions
        ]
    return sum(high - low for low, high in ends)


def _consumer(port: int) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": f"{HOST}:{port}",
            "group.id": "bench",
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
