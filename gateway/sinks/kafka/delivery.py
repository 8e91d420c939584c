"""Rows of the journal into topics of Kafka over one session: in order, and none that is there."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from gateway.journal.streams import Row, Stream
from gateway.journal.trouble import illegible
from gateway.sinks.kafka.messages import TOPICS, Topic
from gateway.sinks.kafka.server import KeyAndValue, Server
from gateway.sinks.sink import Difference, Refused

# Building messages holds the interpreter's lock; ingest, on another thread, may have it this often.
_ROWS_A_TURN: Final = 200

Since = Callable[[str, Mapping[int, int]], set[bytes]]  # topic, offsets: what stands behind them


class KafkaDelivery:
    """One session of an idempotent producer, within which retries double nothing.

    What a session that died had sent beyond the cursor stands in the topics behind the offsets that
    the cursor keeps (``marks``): it is read back, and rows that are there are not sent again.
    """

    def __init__(
        self,
        *,
        server: Server,
        since: Since,
        site: str,
        cursor: Mapping[str, int],
        path: Path,
    ) -> None:
        self._path = path
        self._server = server
        self._since = since
        self._site = site
        self.target = server.target
        self._before = cursor if cursor.get("target") == self.target else {}
        self.marks: Mapping[str, int] = {}
        self._there: dict[str, set[bytes]] = {}

    @property
    def detail(self) -> str:
        return f"Kafka at {self._server.address}"

    @property
    def trouble(self) -> str:
        """Nothing of it fails alone."""
        return ""

    def tend(self) -> bool:
        """Notice that the servers are gone while there is nothing to send. Raises Unavailable."""
        self._server.check()
        return False

    def deliver(self, stream: Stream, rows: Sequence[Row]) -> list[Refused]:
        """Send rows; returns when every one is acknowledged by all replicas in sync."""
        topic = TOPICS[stream.name]
        if topic.name not in self._there:
            self._there[topic.name] = self._since(topic.name, self._offsets(topic.name))
        offsets = self._server.send(topic.name, self._new(topic, rows))
        self.marks = {f"{topic.name}/{part}": offset for part, offset in offsets.items()}
        return []

    def _offsets(self, topic: str) -> dict[int, int]:
        """Partition to the offset behind what sessions before have delivered there."""
        head = f"{topic}/"
        return {
            int(mark.removeprefix(head)): offset
            for mark, offset in self._before.items()
            if mark.startswith(head)
        }

    def _new(self, topic: Topic, rows: Sequence[Row]) -> list[KeyAndValue]:
        """Keys and values, without those that a session before had sent already."""
        there, messages = self._there[topic.name], []
        for number, row in enumerate(rows):
            if number % _ROWS_A_TURN == 0:
                time.sleep(0)
            value = self._encoded(topic, row)
            if value in there:
                there.remove(value)
            else:
                messages.append((row[1], value))
        return messages

    def _encoded(self, topic: Topic, row: Row) -> bytes:
        try:
            return topic.encode(row, self._site)
        except msgspec.MsgspecError as error:
            raise illegible(error, self._path) from error

    def compare(
        self,
        *,
        up_to: Mapping[str, int],  # noqa: ARG002
        from_ms: int,  # noqa: ARG002
        to_ms: int,  # noqa: ARG002
    ) -> list[Difference]:
        """What all replicas in sync have acknowledged is theirs to keep."""
        return []
