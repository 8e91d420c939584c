"""Kafka behind confluent-kafka: messages in, offsets out, each refusal as an error of our own.

That library (librdkafka, in C) is loaded where there is a Kafka: nobody else waits for it.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from contract.errors import GatewayError, Misconfigured, Unavailable
from gateway.sinks.kafka.access import Access
from gateway.sinks.kafka.refusals import as_ours, of_topic, told

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message
    from confluent_kafka.admin._metadata import ClusterMetadata

KeyAndValue = tuple[str, bytes]

_TARGET_BYTES: Final = 6
# Each partition has a beginning of what was sent to it, in order: a message never gives up by
# itself, which would let later ones pass it; the whole session does.
_PRODUCER: Final = {
    "acks": "all",
    "enable.idempotence": True,
    "enable.gapless.guarantee": True,
    "message.timeout.ms": 0,
    "linger.ms": 5,
    "compression.type": "lz4",
    "partitioner": "murmur2_random",  # as the Java client's: the same key, the same partition
}

_log = logging.getLogger(__name__)


class Server:
    """One session with a Kafka, for one thread.

    Every method may raise one of these, after which the session is to end:

    * Misconfigured: login, certificate, rights or a topic's limits are wrong; the text says which
    * Unavailable: it does not answer, or cannot take anything now

    Attributes:
        target: the cluster, and what our topics in it are called, as a number.
        partitions: of each topic, as far as it was there before.
    """

    def __init__(self, access: Access, *, topics: Sequence[str], timeout_s: float) -> None:
        from confluent_kafka import KafkaException, Producer  # noqa: PLC0415  (see above)

        self._access = access
        self._timeout_s = timeout_s
        self._trouble: GatewayError | None = None
        configuration = access.configuration() | _PRODUCER
        try:
            self._producer = Producer({**configuration, "error_cb": self._note})
        except KafkaException as error:
            raise Misconfigured(
                f"Kafka's client cannot be set up ({error.args[0].str()}): check"
                " EDGETWIN_KAFKA_CA_FILE and its neighbours."
            ) from error
        metadata = self._metadata()
        self.target = _number(f"{metadata.cluster_id}/{access.prefix}")
        self.partitions = {topic: self._partitions(metadata, topic) for topic in topics}
        self._make([topic for topic, found in self.partitions.items() if not found])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._producer.purge()
        self._producer.flush(0)

    @property
    def address(self) -> str:
        return self._access.servers

    def _partitions(self, metadata: "ClusterMetadata", topic: str) -> list[int]:
        found = metadata.topics.get(self._access.prefix + topic)
        if found is None:
            return []
        if found.error is not None:
            raise as_ours(found.error, self.address)
        return list(found.partitions)

    def _make(self, topics: Sequence[str]) -> None:
        """Make topics that are missing; on how many servers each is kept is for these to say."""
        if not topics:
            return
        from confluent_kafka import KafkaException  # noqa: PLC0415  (see above)
        from confluent_kafka.admin import AdminClient  # noqa: PLC0415
        from confluent_kafka.cimpl import NewTopic  # noqa: PLC0415

        names, count = [self._access.prefix + topic for topic in topics], self._access.partitions
        admin = AdminClient(self._access.configuration())  # lives until the outcomes are there
        made = admin.create_topics(
            [NewTopic(name, num_partitions=count) for name in names],
            request_timeout=self._timeout_s,
        )
        for name, outcome in made.items():
            try:
                outcome.result()
            except KafkaException as error:
                raise of_topic(error.args[0], name, self.address) from error
            _log.info("topic %s is made, of %d partitions", name, count)

    def check(self) -> None:
        """Raise what keeps it from serving, as far as was noticed by the way."""
        self._producer.poll(0)
        if self._trouble is not None:
            self._metadata()
            self._trouble = None

    def send(self, topic: str, messages: Iterable[KeyAndValue]) -> dict[int, int]:
        """Returns once all replicas in sync have them: partition to the offset behind its last.

        After an error it is not known which of them have arrived.
        """
        offsets: dict[int, int] = {}
        failed: list[KafkaError] = []

        def note(error: "KafkaError | None", message: "Message") -> None:
            part, offset = message.partition(), message.offset()
            if error is None and part is not None and offset is not None:
                offsets[part] = offset + 1
            elif error is not None:
                failed.append(error)

        with self._translated():
            for key, value in messages:
                self._producer.produce(self._access.prefix + topic, value, key, on_delivery=note)
            left = self._producer.flush(self._timeout_s)
        if failed:
            raise told(failed, self.address)
        if left:
            raise self._trouble or Unavailable(f"Kafka does not answer at {self.address}.")
        self._trouble = None
        return offsets

    def _metadata(self) -> "ClusterMetadata":
        with self._translated():
            found: ClusterMetadata = self._producer.list_topics(timeout=self._timeout_s)
        return found

    @contextmanager
    def _translated(self) -> Iterator[None]:
        from confluent_kafka import KafkaException  # noqa: PLC0415  (see above)

        try:
            yield
        except KafkaException as error:
            raise self._explained(error.args[0]) from error
        except SystemError as error:
            # A fatal error is raised amid calls of `note`, which then fail as such.
            if not isinstance(error.__cause__, KafkaException):
                raise
            raise self._explained(error.__cause__.args[0]) from error

    def _explained(self, error: "KafkaError") -> GatewayError:
        if not error.fatal():
            self._producer.poll(0)  # what is said by the way tells more than "no answer"
        return self._trouble or as_ours(error, self.address)

    def _note(self, error: "KafkaError") -> None:
        """What the library says by the way, from within `poll` and `flush`."""
        found = as_ours(error, self.address)
        if isinstance(found, Misconfigured) or error.fatal() or error.name() == "_ALL_BROKERS_DOWN":
            self._trouble = found


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:_TARGET_BYTES])
