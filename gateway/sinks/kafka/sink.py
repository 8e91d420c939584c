"""Kafka as a sink of the journal: which servers they are, and how to connect to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import apsw

from contract.errors import Reason
from gateway.journal.reader import follower_cursor
from gateway.journal.streams import Stream
from gateway.sinks.kafka import reading_back
from gateway.sinks.kafka.access import Access
from gateway.sinks.kafka.delivery import KafkaDelivery
from gateway.sinks.kafka.messages import TOPICS
from gateway.sinks.kafka.server import Server
from gateway.sinks.sink import Delivery

NAME: Final = "kafka"
_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class Kafka:
    """A Kafka, where ``access`` names one; ``site`` is told in every message."""

    access: Access
    site: str
    timeout_s: float = _TIMEOUT_S

    name: ClassVar[str] = NAME
    absent: ClassVar[str] = "no Kafka: EDGETWIN_KAFKA_BOOTSTRAP_SERVERS is empty"
    refused: ClassVar[Reason] = "internal_error"  # it refuses nothing
    streams: ClassVar[Sequence[Stream]] = tuple(topic.stream for topic in TOPICS.values())

    def beginning(self, journal: apsw.Connection) -> dict[str, int]:  # noqa: ARG002
        """From the first row on: another cluster gets everything once more."""
        return {}

    def behind(self, journal: apsw.Connection, cursor: Mapping[str, int]) -> int:
        """Rows still to deliver, of every topic."""
        return sum(
            stream.behind(journal, key=cursor.get(stream.name, 0)) for stream in self.streams
        )

    def find(self) -> Callable[[apsw.Connection], AbstractContextManager[Delivery]] | None:
        """How to connect; None where no server is named."""
        return self._connected if self.access.servers else None

    @contextmanager
    def _connected(self, journal: apsw.Connection) -> Iterator[Delivery]:
        names = [topic.name for topic in TOPICS.values()]
        with Server(self.access, topics=names, timeout_s=self.timeout_s) as server:

            def since(topic: str, offsets: Mapping[int, int]) -> set[bytes]:
                return reading_back.since(
                    self.access,
                    topic,
                    partitions=server.partitions[topic],
                    offsets=offsets,
                    timeout_s=self.timeout_s,
                )

            yield KafkaDelivery(
                server=server,
                since=since,
                site=self.site,
                cursor=follower_cursor(journal, self.name),
                path=Path(journal.filename),
            )
