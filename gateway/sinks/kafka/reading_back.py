"""What stands in a topic at the end: what a session that died had sent before it could say so."""

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final

from contract.errors import Unavailable
from gateway.sinks.kafka.access import Access
from gateway.sinks.kafka.refusals import as_ours

if TYPE_CHECKING:
    from confluent_kafka import Consumer

MOST: Final = 20_000  # messages; a session leaves 5,000 of a topic behind at most
_AT_ONCE: Final = 1_000
_POLL_S: Final = 0.2
_READER: Final = {
    "group.id": "edgetwin-gateway",  # has to have a name; none is joined, no offset committed
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 50,  # the end is what is waited for
}

_log = logging.getLogger(__name__)


def since(
    access: Access,
    topic: str,
    *,
    partitions: Sequence[int],
    offsets: Mapping[int, int],
    timeout_s: float,
) -> set[bytes]:
    """The messages at and behind ``offsets`` (of each partition; where it has none, all).

    Nothing where they are more than a session can have left: they are somebody else's, or of a
    journal that is gone.

    Raises:
        Misconfigured: it may not be read. Unavailable: it does not answer.
    """
    from confluent_kafka import Consumer, KafkaException  # noqa: PLC0415  (see server.py)

    name = access.prefix + topic
    try:
        with closing(Consumer({**access.configuration(), **_READER})) as reader:
            spans = _spans(reader, name, partitions, offsets, timeout_s)
            count = sum(end - start for start, end in spans.values())
            if count > MOST:
                _log.info("the newest %d messages of %s are not looked at", count, name)
                return set()
            starts = {part: start for part, (start, _) in spans.items()}
            return _read(reader, name, starts, access.servers, timeout_s)
    except KafkaException as error:
        raise as_ours(error.args[0], access.servers) from error


def _spans(
    reader: "Consumer",
    name: str,
    partitions: Sequence[int],
    offsets: Mapping[int, int],
    timeout_s: float,
) -> dict[int, tuple[int, int]]:
    """Partition to its first offset to be read and the one behind the last, where any is."""
    from confluent_kafka import TopicPartition  # noqa: PLC0415  (see server.py)

    spans = {}
    for part in partitions:
        low, high = reader.get_watermark_offsets(TopicPartition(name, part), timeout=timeout_s)
        spans[part] = max(low, offsets.get(part, 0)), high
    return {part: (start, end) for part, (start, end) in spans.items() if start < end}


def _read(
    reader: "Consumer", name: str, starts: Mapping[int, int], servers: str, timeout_s: float
) -> set[bytes]:
    from confluent_kafka import KafkaError, TopicPartition  # noqa: PLC0415  (see server.py)

    reader.assign([TopicPartition(name, part, start) for part, start in starts.items()])
    found: set[bytes] = set()
    ended: set[int | None] = set()
    deadline_s = time.monotonic() + timeout_s
    while len(ended) < len(starts):
        if time.monotonic() > deadline_s:
            raise Unavailable(f"Kafka at {servers} does not hand out what {name} ends with.")
        for message in reader.consume(_AT_ONCE, timeout=_POLL_S):
            error = message.error()
            if error is None:
                found.add(message.value() or b"")
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                ended.add(message.partition())
            else:
                raise as_ours(error, servers)
    return found
