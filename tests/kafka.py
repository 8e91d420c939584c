"""A private Kafka for tests: the real server on free ports, killed at will."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.cimpl import NewTopic

from scripts.kafka_for_tests import cached_jars, missing
from scripts.kafka_server import KafkaServer
from tests.mosquitto import eventually, free_port

Told = tuple[str, bytes]  # key, value
_TRIES = 30


class Kafka:
    """One node; it can be killed and started again over the same data."""

    def __init__(
        self,
        directory: Path,
        *,
        more: Sequence[str] = (),
        listeners: Sequence[str] = (),
        users: Sequence[str] = (),
    ) -> None:
        """As ``KafkaServer``; ``users`` as its storage's formatting takes them."""
        self._log = directory / "log"
        self._server = KafkaServer(
            directory=directory,
            port=free_port(),
            controller_port=free_port(),
            more=more,
            listeners=listeners,
        )
        self._server.write()
        subprocess.run(self._server.formatting(*users), check=True, capture_output=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def servers(self) -> str:
        return self._server.address

    def start(self) -> None:
        """Start it and wait until it serves."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._server.serving(), stdout=log, stderr=log)
        eventually(self._serves, "Kafka serves")

    def _serves(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-2000:]
        try:
            self._admin().list_topics(timeout=1.0)
        except KafkaException:
            return False
        return True

    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.servers, "log_level": 0})

    def kill(self) -> None:
        """As a crash would: SIGKILL, wherever it is."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def partitions(self, topic: str) -> int:
        """How many a topic has; 0: there is no such topic."""
        found = self._admin().list_topics(timeout=30.0).topics.get(topic)
        return len(found.partitions) if found else 0

    def drop(self, topic: str) -> None:
        admin = self._admin()
        for outcome in admin.delete_topics([topic]).values():
            outcome.result()
        eventually(lambda: not self.partitions(topic), "the topic is gone")

    def make(self, topic: str, config: dict[str, str]) -> None:
        """A topic with settings of its own."""
        admin = self._admin()
        for outcome in admin.create_topics([NewTopic(topic, config=config)]).values():
            outcome.result()

    def limit(self, topic: str, size: int) -> None:
        """What a batch may have at most, in bytes."""
        entry = ConfigEntry(
            "max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET
        )
        resource = ConfigResource("topic", topic, incremental_configs=[entry])
        admin = self._admin()
        for outcome in admin.incremental_alter_configs([resource]).values():
            outcome.result()

    def told(self, topic: str) -> list[Told]:
        """All that a topic holds; what is of one partition is in order."""
        for _ in range(_TRIES):
            try:
                return self._told(topic)
            except KafkaException as error:
                if not error.args[0].retriable():
                    raise
                time.sleep(1.0)  # a slow machine's server was taken for dead for a moment
        return self._told(topic)

    def _told(self, topic: str) -> list[Told]:
        reader = Consumer(
            {"bootstrap.servers": self.servers, "group.id": "test", "fetch.wait.max.ms": 50}
        )
        with contextlib.closing(reader):
            parts = [TopicPartition(topic, part) for part in range(self.partitions(topic))]
            ends = [reader.get_watermark_offsets(part, timeout=30.0) for part in parts]
            reader.assign([TopicPartition(topic, part.partition, 0) for part in parts])
            return _read(reader, sum(high - low for low, high in ends))


def _read(reader: Consumer, count: int) -> list[Told]:
    found: list[Told] = []
    while len(found) < count:
        messages = [each for each in reader.consume(5_000, timeout=0.2) if not each.error()]
        found += [((each.key() or b"").decode(), each.value() or b"") for each in messages]
    return found


@contextlib.contextmanager
def running(
    directory: Path,
    *,
    more: Sequence[str] = (),
    listeners: Sequence[str] = (),
    users: Sequence[str] = (),
) -> Iterator[Kafka]:
    """A Kafka, gone afterwards; a skip where none can be had, which in CI is a failure."""
    if missing() or not cached_jars().is_dir():
        text = "no Kafka in the cache: run `python -m scripts.kafka_for_tests`"
        if os.environ.get("CI"):
            pytest.fail(text)
        pytest.skip(text)
    server = Kafka(directory, more=more, listeners=listeners, users=users)
    server.start()
    try:
        yield server
    finally:
        server.kill()
