"""What the topics hold beside what the journal holds."""

import contextlib
from pathlib import Path
from typing import Any

import msgspec

from gateway.journal.reader import open_read_only
from gateway.sinks.follower import Follower
from gateway.sinks.kafka.sink import Kafka as KafkaSink
from tests.gateway.sinks.keeper import Keeper, end, now_ms, wait_until
from tests.kafka import Kafka

DEVICES = 9
ROWS = 30_000

Message = dict[str, Any]


def deliver(keeper: Keeper, sink: KafkaSink) -> Follower:
    """Run a follower until it has delivered everything; returns it, stopped."""
    follower = keeper.following(sink)
    follower.start()
    try:
        wait_until(follower, "ok", behind=0)
    finally:
        end(follower)
    return follower


def told(server: Kafka, sink: KafkaSink, topic: str) -> list[tuple[str, Message]]:
    """Key and message of everything in a topic."""
    found = server.told(sink.access.prefix + topic)
    return [(key, msgspec.json.decode(value)) for key, value in found]


def fill(keeper: Keeper, *, rows: int = ROWS, first: int = 1) -> None:
    each = rows // DEVICES
    for device in range(DEVICES):
        keeper.add(device=f"fan-{device}", times_ms=[now_ms()] * each, first_seq=first)


def assert_equal(server: Kafka, sink: KafkaSink, journal: Path) -> None:
    """Every row is one message, there is no other, and each device's are in order."""
    items = (
        "SELECT d.name, e.name, r.seq FROM reading r JOIN device d ON d.id = r.device"
        " JOIN epoch e ON e.id = r.epoch ORDER BY r.id"
    )
    with contextlib.closing(open_read_only(journal)) as opened:
        wanted = opened.execute(items).fetchall()
        anomalies = opened.execute("SELECT id, revision FROM anomaly ORDER BY id").fetchall()
        changes = [id_ for (id_,) in opened.execute("SELECT id FROM transition ORDER BY id")]
    found = [
        (said["device"], said["epoch"], said["seq"])
        for _, said in told(server, sink, "sensor-data")
    ]
    assert sorted(found) == sorted(wanted)
    for name in {device for device, _, _ in wanted}:
        assert [key for key in found if key[0] == name] == [key for key in wanted if key[0] == name]
    assert sorted(said["id"] for _, said in told(server, sink, "alerts")) == changes
    newest: dict[int, int] = {}
    for _, said in told(server, sink, "anomalies"):
        newest[said["id"]] = max(said["revision"], newest.get(said["id"], 0))
    assert sorted(newest.items()) == anomalies
