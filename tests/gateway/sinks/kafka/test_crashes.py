"""Kills at any moment: afterwards the topics hold what the journal holds, every row once."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.sinks.kafka import reading_back
from gateway.sinks.kafka.sink import NAME
from gateway.sinks.kafka.sink import Kafka as KafkaSink
from tests.end_to_end.workshop import Workshop
from tests.gateway.sinks.kafka.delivered import ROWS, assert_equal, deliver, fill
from tests.gateway.sinks.keeper import Keeper, end, now_ms, wait_until
from tests.kafka import Kafka
from tests.mosquitto import eventually

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[4]
KILLS = 4


def test_kafka_killed_in_the_middle_of_batches(
    server: Kafka, sink: KafkaSink, keeper: Keeper
) -> None:
    follower = keeper.following(sink)
    follower.start()
    try:
        for lap in range(2):
            sent = follower.rows_sent
            fill(keeper, rows=ROWS // 2, first=lap * ROWS + 1)
            eventually(lambda: follower.rows_sent > sent, "some have gone")  # noqa: B023
            server.kill()
            fill(keeper, rows=90, first=lap * ROWS + ROWS // 2 + 1)
            server.start()
            wait_until(follower, "ok", behind=0)
    finally:
        end(follower)
    assert_equal(server, sink, keeper.path)


def test_the_follower_killed_in_the_middle_of_batches(
    server: Kafka, sink: KafkaSink, keeper: Keeper
) -> None:
    rng = random.Random(2)
    deliver(keeper, sink)  # the topics are there
    fill(keeper)
    keeper.close()
    arguments = [str(keeper.data_dir), server.servers, sink.access.prefix]
    line = [sys.executable, "-m", "tests.gateway.sinks.kafka.follow", *arguments]
    for _ in range(KILLS):
        with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"following\n"
            time.sleep(rng.uniform(0.2, 0.6))
            process.send_signal(signal.SIGKILL)
    again = Keeper(keeper.data_dir)
    try:
        assert again.cursor(NAME).get("reading", 0) > 0, "the kills hit before anything"
        deliver(again, sink)
        assert_equal(server, sink, again.path)
    finally:
        again.close()


def test_a_session_that_tells_an_alarm_first_knows_where_the_readings_stood(
    server: Kafka, sink: KafkaSink, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_back, "MOST", 200)
    keeper.add(times_ms=[now_ms()] * 300)
    deliver(keeper, sink)
    before = keeper.cursor(NAME)
    keeper.put_alarm(raised_ms=now_ms())
    keeper.add(times_ms=[now_ms()] * 90, first_seq=301)
    deliver(keeper, sink)
    keeper.set_cursor(NAME, before)  # as who is killed before it can be noted
    deliver(keeper, sink)
    assert_equal(server, sink, keeper.path)


def test_down_is_said_and_costs_nothing(server: Kafka, sink: KafkaSink, keeper: Keeper) -> None:
    follower = keeper.following(sink)
    follower.start()
    try:
        wait_until(follower, "ok", behind=0)
        server.kill()
        try:
            wait_until(follower, "down", behind=0)  # although there is nothing to send
            keeper.add(times_ms=[now_ms()] * 500)
            keeper.put_alarm(raised_ms=now_ms())
            wait_until(follower, "down", behind=502)  # with the anomaly that an alarm is
            assert follower.status().detail == f"Kafka does not answer at {server.servers}."
        finally:
            server.start()
        wait_until(follower, "ok", behind=0)
    finally:
        end(follower)
    assert_equal(server, sink, keeper.path)


@pytest.mark.broker
def test_a_real_gateway_and_kafka_killed_in_turn(
    server: Kafka, sink: KafkaSink, tmp_path: Path
) -> None:
    """From the boards to the topics: every item that the journal holds, once."""
    settings: dict[str, Any] = {
        "EDGETWIN_KAFKA_BOOTSTRAP_SERVERS": server.servers,
        "EDGETWIN_KAFKA_TOPIC_PREFIX": sink.access.prefix,
    }
    with Workshop(tmp_path, devices=3, dispensers=1, rate_hz=20.0) as workshop:
        workshop.broker.start()
        workshop.start_gateway(**settings)
        workshop.start_devices("--faults", "overcurrent@0")
        workshop.await_progress(200)
        workshop.kill_gateway()
        workshop.start_gateway(**settings)
        workshop.await_progress(200)
        server.kill()
        workshop.await_progress(200)
        workshop.kill_gateway()
        server.start()
        workshop.start_gateway(**settings)
        workshop.quiesce()
        eventually(lambda: _said(workshop) == ("ok", 0), "all is delivered")
        name = 'edgetwin_follower_behind_rows{peer="kafka"}'
        assert workshop.metric(name) == 0
        workshop.kill_gateway()
        assert_equal(server, sink, workshop.journal)


def _said(workshop: Workshop) -> tuple[str, int]:
    health = workshop.health()
    assert health is not None
    kafka = health["dependencies"]["kafka"]
    return kafka["status"], kafka["behind"]
