"""Whatever is sent is stored as far as it is good, and disturbs no honest device.

What is no good at all ends in quarantine under its reason; one bad channel costs that channel.
"""

import contextlib
import itertools
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import apsw
import pytest

from tests.end_to_end.oddities import Oddity, oddities
from tests.end_to_end.rubbish import BIRTH, Rubbish, corpus
from tests.end_to_end.workshop import SITE, Workshop
from tests.mosquitto import HOST, LIMITS, Mosquitto, eventually

pytestmark = pytest.mark.broker

MAX_PACKET_BYTES = next(int(line.split()[1]) for line in LIMITS if "packet_size" in line)
MAX_RAW_BYTES = 16_384
CASES = [
    case if case.device else replace(case, device=f"rubbish-{number:03d}")
    for number, case in enumerate(corpus())
]
ODD = [oddity.name for oddity in oddities()]  # their readings are of the moment they are made
NOW_WITHIN_MS = 600_000
HEALTHY = 2
LAST = "last-of-all"
FLOODED_S, PATIENCE_S = 5, 60


@dataclass(frozen=True)
class Row:
    """What quarantine says of one message."""

    reason: str
    detail: str
    raw: bytes


@dataclass
class Aftermath:
    """The workshop after all the rubbish, still running."""

    workshop: Workshop
    rows: dict[str, list[Row]]  # by device as the topic names it
    oddities: dict[str, Oddity]  # by device
    sent_ms: int
    pid: int


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    directory = tmp_path_factory.mktemp("rubbish")
    broker = Mosquitto(directory / "broker", LIMITS)
    with Workshop(directory, broker=broker, devices=HEALTHY, dispensers=1) as workshop:
        broker.start()
        workshop.start_gateway()
        assert workshop._gateway is not None
        pid = workshop._gateway.pid
        assert pid is not None
        workshop.start_devices()
        workshop.await_progress(10)
        send(workshop)
        odd = {device_of(oddity.name): oddity for oddity in oddities()}
        sent_ms = time.time_ns() // 1_000_000
        send_oddities(workshop, odd)
        eventually(lambda: count(workshop.journal) >= len(CASES), "all of it is in quarantine")
        eventually(lambda: is_known(workshop, LAST), "all of it is taken")
        workshop.await_progress(20)
        yield Aftermath(workshop, read(workshop.journal), odd, sent_ms, pid)


def device_of(oddity: str) -> str:
    return f"odd-{ODD.index(oddity):03d}"


def is_known(workshop: Workshop, device: str) -> bool:
    return any(each["device"] == device for each in workshop.get("/devices"))


def send(workshop: Workshop) -> None:
    client = workshop.client()
    waiting = []
    for case in CASES:
        topic = f"edgetwin/v1/{SITE}/{case.device}"
        if case.introduced:
            client.publish(f"{topic}/birth", json.dumps(BIRTH), 1)
        for payload in case.before:
            client.publish(f"{topic}/telemetry", payload, 1)
        waiting.append(client.publish(f"{topic}/{case.kind}", case.payload, 1, case.retain))
    for each in waiting:
        each.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


def send_oddities(workshop: Workshop, odd: dict[str, Oddity]) -> None:
    client = workshop.client()
    for device, oddity in odd.items():
        topic = f"edgetwin/v1/{SITE}/{device}"
        if oddity.introduced:
            client.publish(f"{topic}/birth", json.dumps(BIRTH | {"asset": oddity.asset}), 1)
        client.publish(f"{topic}/telemetry", oddity.payload, 1).wait_for_publish(60)
    birth = client.publish(f"edgetwin/v1/{SITE}/{LAST}/birth", json.dumps(BIRTH), 1)
    birth.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


def count(journal: Path) -> int:
    return sum(len(rows) for rows in read(journal).values())


def read(journal: Path) -> dict[str, list[Row]]:
    connection = apsw.Connection(str(journal), flags=apsw.SQLITE_OPEN_READONLY)
    found: dict[str, list[Row]] = {}
    for topic, reason, detail, raw in connection.execute(
        "SELECT topic, reason, detail, raw FROM quarantine ORDER BY id"
    ):
        found.setdefault(topic.split("/")[3], []).append(Row(reason, detail, raw))
    connection.close()
    return found


def test_there_are_more_than_two_hundred_cases() -> None:
    assert len(CASES) >= 200


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_kept_under_its_reason(case: Rubbish, aftermath: Aftermath) -> None:
    rows = aftermath.rows.get(case.device, [])
    assert [row.reason for row in rows] == [case.reason]
    [row] = rows
    assert row.detail
    if case.reason != "conflict":  # of which the decoded reading is kept
        assert row.raw == case.payload[:MAX_RAW_BYTES]


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_costs_only_itself(name: str, aftermath: Aftermath) -> None:
    device = device_of(name)
    row = stored(aftermath.workshop.journal, device)
    check(aftermath.oddities[device], row, sent_ms=aftermath.sent_ms)
    assert device not in aftermath.rows


def check(oddity: Oddity, row: tuple[int, int, str, str | None], *, sent_ms: int) -> None:
    seq, time_ms, body, aside = row
    assert seq == oddity.seq
    assert abs(time_ms - sent_ms) < NOW_WITHIN_MS
    assert json.loads(body) == oddity.values
    found = json.loads(aside or "{}")
    assert {channel: why["reason"] for channel, why in found.items()} == oddity.aside
    assert all(why["detail"] for why in found.values())


def stored(journal: Path, device: str) -> tuple[int, int, str, str | None]:
    connection = apsw.Connection(str(journal), flags=apsw.SQLITE_OPEN_READONLY)
    sql = (
        "SELECT r.seq, r.time_ms, r.body, r.aside FROM reading r JOIN device d ON d.id = r.device"
        " WHERE d.name = ?"
    )
    [(seq, time_ms, body, aside)] = connection.execute(sql, (device,))
    connection.close()
    return seq, time_ms, body, aside


def test_the_process_lives(aftermath: Aftermath) -> None:
    workshop = aftermath.workshop
    assert workshop._gateway is not None
    assert workshop._gateway.is_alive()
    assert workshop._gateway.pid == aftermath.pid
    assert "Traceback" not in workshop.log("gateway")


def test_what_the_broker_does_not_let_through_changes_nothing(aftermath: Aftermath) -> None:
    workshop = aftermath.workshop
    before = count(workshop.journal)
    name = b"edgetwin/v1/workshop/fan-01/telemetry"
    for packet in (
        publish(name, b"x" * (MAX_PACKET_BYTES + 1)),
        publish(b"edgetwin/v1/workshop/a\0b/telemetry", b"{}"),
        publish(b"edgetwin/v1/workshop/\xff/telemetry", b"{}"),
        publish(b"edgetwin/v1/workshop/+/telemetry", b"{}"),
        b"\xff" * 100,
    ):
        refused_by_the_broker(workshop.broker.port, packet)
    workshop.await_progress(5)
    assert count(workshop.journal) == before


def publish(topic: bytes, payload: bytes) -> bytes:
    """A PUBLISH of QoS 0, whatever the topic is."""
    body = len(topic).to_bytes(2, "big") + topic + payload
    length, rest = b"", len(body)
    while True:
        rest, digit = divmod(rest, 128)
        length += bytes((digit | (0x80 if rest else 0),))
        if not rest:
            return b"\x30" + length + body


def refused_by_the_broker(port: int, packet: bytes) -> None:
    """Connect, send, and see the connection closed."""
    with socket.create_connection((HOST, port), timeout=60) as connection:
        connection.sendall(b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x0a\x00\x02zz")
        assert connection.recv(4) == b"\x20\x02\x00\x00"
        with contextlib.suppress(ConnectionError):
            connection.sendall(packet)
            assert connection.recv(1) == b""


def test_an_honest_device_is_not_harmed(aftermath: Aftermath) -> None:
    workshop = aftermath.workshop
    workshop.quiesce()
    assert workshop.violations() == []
    assert workshop.accepted() > 40


def test_a_flood_from_one_device_starves_nobody(tmp_path: Path) -> None:
    """A thousand bad messages a second, five seconds or more; others are acknowledged meanwhile."""
    with Workshop(tmp_path, devices=HEALTHY) as workshop:
        workshop.broker.start()
        workshop.start_gateway()
        workshop.start_devices()
        workshop.await_progress(10)
        client = workshop.client()
        before = workshop.acknowledged()
        began_s = time.monotonic()
        for second in itertools.count(1):
            for _ in range(1_000):
                client.publish(f"edgetwin/v1/{SITE}/mad/telemetry", b"{" * 500, 0)
            time.sleep(max(0.0, began_s + second - time.monotonic()))
            if second >= FLOODED_S and workshop.acknowledged() >= before + 20:
                break
            assert second < PATIENCE_S, "the honest ones starve"
        client.disconnect()
        client.loop_stop()
        workshop.quiesce()
        assert workshop.violations() == []
        minutes = (time.monotonic() - began_s) / 60
        warnings = [line for line in workshop.log("gateway").splitlines() if "refused" in line]
        assert 1 <= len(warnings) <= 3 * (1 + minutes), "the log is flooded too"
