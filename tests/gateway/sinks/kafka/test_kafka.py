"""The follower against a real Kafka: what the journal holds is what the topics hold, once."""

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.messages import Reason
from gateway.journal.anomalies import Anomaly
from gateway.sinks.kafka.sink import NAME
from gateway.sinks.kafka.sink import Kafka as KafkaSink
from tests.gateway.sinks.kafka.delivered import assert_equal, deliver, fill, told
from tests.gateway.sinks.kafka.guarded import Guarded
from tests.gateway.sinks.keeper import EPOCH, VALUES, Keeper, end, now_ms, wait_until
from tests.kafka import Kafka
from tests.mosquitto import eventually

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "docs" / "examples" / "kafka_consumer.py"


def test_a_reading_and_an_event_arrive_with_everything_they_had(
    server: Kafka, sink: KafkaSink, keeper: Keeper
) -> None:
    time_ms = now_ms() - 5_000
    keeper.add(times_ms=[time_ms], first_seq=1041, truth="overcurrent")
    keeper.add_event(time_ms=time_ms, seq=1042, event="dispense", values={"volume": 250.0})
    deliver(keeper, sink)
    head = {"site": "works", "device": "fan-01", "asset": "fan", "epoch": EPOCH, "time_ms": time_ms}
    assert told(server, sink, "sensor-data") == [
        ("fan-01", head | {"seq": 1041, "values": VALUES, "truth": "overcurrent"}),
        ("fan-01", head | {"seq": 1042, "values": {"volume": 250.0}, "event": "dispense"}),
    ]


def test_what_happens_to_an_alarm_is_told_in_order(
    server: Kafka, sink: KafkaSink, keeper: Keeper
) -> None:
    time_ms = now_ms()
    keeper.put_alarm(raised_ms=time_ms)
    keeper.put_alarm(raised_ms=time_ms, by="Ann")
    keeper.put_alarm(raised_ms=time_ms, by="Ann", cleared_ms=time_ms + 9)
    deliver(keeper, sink)
    found = [said for _, said in told(server, sink, "alerts")]
    assert [(said["change"], said["time_ms"] - time_ms, said.get("by")) for said in found] == [
        ("raised", 0, None), ("acknowledged", 1, "Ann"), ("cleared", 9, None),
    ]  # fmt: skip
    assert found[0] == {
        "site": "works", "id": found[0]["id"], "alarm": found[2]["alarm"], "device": "fan-01",
        "asset": "fan", "change": "raised", "time_ms": time_ms, "name": "temperature_high",
        "kind": "limit", "severity": "High", "text": "It is hot.\nVery.", "raised_ms": time_ms,
    }  # fmt: skip
    assert len({said["id"] for said in found}) == 3


def test_an_anomaly_is_told_whenever_it_has_changed(
    server: Kafka, sink: KafkaSink, keeper: Keeper
) -> None:
    time_ms = now_ms()
    found = Anomaly(
        method="rolling", name="rolling_current", channel="current", severity="Medium", score=4.2,
        text="current is 2.9 A", threshold=3.5, start_ms=time_ms,
        evidence=[Reason("current", 0.6, "current is 2.9 A")],
    )  # fmt: skip
    keeper.put_anomaly(found)
    deliver(keeper, sink)
    keeper.put_anomaly(msgspec.structs.replace(found, end_ms=time_ms + 7, score=5.0))
    keeper.put_alarm(raised_ms=time_ms)
    deliver(keeper, sink)
    first, then, of_alarm = (said for _, said in told(server, sink, "anomalies"))
    assert first == {
        "site": "works", "id": 1, "revision": first["revision"], "device": "fan-01",
        "asset": "fan", "method": "rolling", "name": "rolling_current", "channel": "current",
        "severity": "Medium", "text": "current is 2.9 A", "score": 4.2, "threshold": 3.5,
        "start_ms": time_ms, "end_ms": None, "alarm": None,
        "evidence": [{"channel": "current", "weight": 0.6, "text": "current is 2.9 A"}],
    }  # fmt: skip
    assert (then["id"], then["end_ms"], then["score"]) == (1, time_ms + 7, 5.0)
    assert first["revision"] < then["revision"] < of_alarm["revision"]
    assert (of_alarm["method"], of_alarm["name"]) == ("limits", "temperature_high")
    assert of_alarm["alarm"] == told(server, sink, "alerts")[0][1]["alarm"]


def test_topics_are_made_once_and_a_restart_sends_nothing_again(
    server: Kafka, sink: KafkaSink, keeper: Keeper
) -> None:
    keeper.add(times_ms=[now_ms()] * 10)
    assert deliver(keeper, sink).rows_sent == 10
    assert server.partitions(f"{sink.access.prefix}sensor-data") == 6
    assert deliver(keeper, sink).rows_sent == 0
    assert len(told(server, sink, "sensor-data")) == 10


def test_what_was_sent_before_the_cursor_moved_is_not_sent_again(
    server: Kafka, sink: KafkaSink, keeper: Keeper
) -> None:
    """As a death between Kafka's acknowledgement and the commit of the cursor leaves it."""
    keeper.add(times_ms=[now_ms()] * 50)
    deliver(keeper, sink)
    before = keeper.cursor(NAME)
    fill(keeper, rows=900, first=100)
    keeper.put_alarm(raised_ms=now_ms())
    deliver(keeper, sink)
    keeper.set_cursor(NAME, before)
    fill(keeper, rows=90, first=500)
    deliver(keeper, sink)
    assert_equal(server, sink, keeper.path)
    assert len(told(server, sink, "alerts")) == 1


def test_another_cluster_or_a_topic_made_anew_loses_nothing(
    server: Kafka, sink: KafkaSink, keeper: Keeper
) -> None:
    keeper.add(times_ms=[now_ms()] * 20)
    deliver(keeper, sink)
    server.drop(f"{sink.access.prefix}sensor-data")
    keeper.add(times_ms=[now_ms()] * 5, first_seq=21)
    deliver(keeper, sink)
    assert [said["seq"] for _, said in told(server, sink, "sensor-data")] == list(range(21, 26))
    elsewhere = dataclasses.replace(sink.access, prefix=f"{sink.access.prefix}new.")
    other = dataclasses.replace(sink, access=elsewhere)
    deliver(keeper, other)
    assert len(told(server, other, "sensor-data")) == 25


def test_a_topic_that_takes_too_little_is_explained_and_loses_nothing(
    server: Kafka, sink: KafkaSink, keeper: Keeper
) -> None:
    server.make(f"{sink.access.prefix}sensor-data", {"max.message.bytes": "500"})
    fill(keeper, rows=900)
    follower = keeper.following(sink)
    follower.start()
    try:
        wait_until(follower, "down")
        assert "max.message.bytes" in follower.status().detail
        server.limit(f"{sink.access.prefix}sensor-data", 1_000_000)
        wait_until(follower, "ok", behind=0)
    finally:
        end(follower)
    assert_equal(server, sink, keeper.path)


def test_without_a_server_it_is_off_and_says_so(keeper: Keeper, sink: KafkaSink) -> None:
    access = dataclasses.replace(sink.access, servers="")
    follower = keeper.following(dataclasses.replace(sink, access=access))
    follower.start()
    try:
        wait_until(follower, "off")
        assert "EDGETWIN_KAFKA_BOOTSTRAP_SERVERS" in follower.status().detail
    finally:
        end(follower)


@pytest.fixture
def three(server: Kafka, sink: KafkaSink, keeper: Keeper) -> Iterator[list[Path]]:
    """What each of three examples of one group prints."""
    deliver(keeper, sink)
    outputs = [keeper.data_dir / f"consumer-{number}" for number in range(3)]
    arguments = [server.servers, "group", f"{sink.access.prefix}sensor-data"]
    processes = []
    for output in outputs:
        with output.open("wb") as printed:
            line = [sys.executable, str(EXAMPLE), *arguments]
            processes.append(subprocess.Popen(line, stdout=printed))
    yield outputs
    for process in processes:
        process.kill()
        process.wait()


def test_three_examples_of_one_group_share_the_machines(
    server: Kafka, three: list[Path], keeper: Keeper, sink: KafkaSink
) -> None:
    eventually(
        lambda: all("2 partitions" in path.read_text() for path in three), "each has its own"
    )
    for device in range(60):
        keeper.add(device=f"tool-{device}", times_ms=[now_ms()] * 5)
    deliver(keeper, sink)

    def read() -> list[list[str]]:
        printed = [path.read_text().splitlines() for path in three]
        return [[line for line in lines if line.startswith("tool")] for lines in printed]

    eventually(lambda: sum(map(len, read())) >= 300, "all are read")
    machines = [{line.split()[0] for line in lines} for lines in read()]
    assert all(machines)
    assert sum(map(len, machines)) == len(set.union(*machines)) == 60
    assert sum(map(len, read())) == 300


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_a_login_over_tls_lets_it_in(
    server: Kafka, guarded: Guarded, sink: KafkaSink, keeper: Keeper, mechanism: str
) -> None:
    access = guarded.access(prefix=sink.access.prefix, mechanism=mechanism)
    keeper.add(times_ms=[now_ms()] * 3)
    deliver(keeper, dataclasses.replace(sink, access=access))
    assert_equal(server, sink, keeper.path)


def test_a_wrong_login_or_certificate_is_held_and_explained(
    server: Kafka, guarded: Guarded, sink: KafkaSink, keeper: Keeper, untrusted: Path
) -> None:
    access = guarded.access(prefix=sink.access.prefix)
    keeper.add(times_ms=[now_ms()] * 3)
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"password": "Barley"}, "EDGETWIN_KAFKA_USERNAME"),
        ({"ca_file": str(untrusted)}, "EDGETWIN_KAFKA_CA_FILE"),
        ({"ca_file": "/nowhere.pem"}, "EDGETWIN_KAFKA_CA_FILE"),
    ]
    for wrong, said in wrongs:
        mistaken = dataclasses.replace(access, **wrong)
        impatient = dataclasses.replace(sink, access=mistaken, timeout_s=2.0)
        follower = keeper.following(impatient)
        follower.start()
        try:
            wait_until(follower, "down", behind=3)
            assert said in follower.status().detail
            assert guarded.PASSWORD not in follower.status().detail
        finally:
            end(follower)
    assert keeper.cursor(NAME) == {}
