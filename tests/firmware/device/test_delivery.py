"""Every accepted reading arrives, once in the gateway's books, over a link that loses anything."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device.delivery import WINDOW, Delivery
from firmware.device.spool import Spool
from tests.firmware.device.spools import open_spool, record, workspace


class Gateway:
    """The books of the far side: readings by key, and watermarks that floors may lift."""

    def __init__(self) -> None:
        self.readings: dict[tuple[str, int], dict[str, Any]] = {}
        self.watermark: dict[str, int] = {}
        self.gaps: set[tuple[str, int]] = set()

    def receive(self, payload: bytes) -> str:
        message = json.loads(payload)
        items = message if isinstance(message, list) else [message]
        assert 1 <= len(items) <= 20
        assert len(payload) <= 16 * 1024
        for item in items:
            self._one(item)
        epoch: str = items[-1]["epoch"]
        self._advance(epoch)
        return epoch

    def _one(self, item: dict[str, Any]) -> None:
        epoch = item["epoch"]
        if "oldest" in item:
            for seq in range(self.watermark.get(epoch, 0) + 1, item["oldest"]):
                if (epoch, seq) not in self.readings:
                    self.gaps.add((epoch, seq))
            self.watermark[epoch] = max(self.watermark.get(epoch, 0), item["oldest"] - 1)
        else:
            key = (epoch, item["seq"])
            assert self.readings.setdefault(key, item) == item, "same key, other content"

    def _advance(self, epoch: str) -> None:
        seq = self.watermark.get(epoch, 0)
        while (epoch, seq + 1) in self.readings:
            seq += 1
        self.watermark[epoch] = seq


def rig(directory: Path, **options: int) -> tuple[Spool, Delivery]:
    spool = open_spool(directory, segment_readings=8, **options)
    delivery = Delivery(spool=spool, dice=lambda: 0.5)
    delivery.connected(0)
    return spool, delivery


def drain(delivery: Delivery, gateway: Gateway, now_ms: int = 0) -> list[bytes]:
    """Send and acknowledge until nothing is left."""
    sent = []
    while payload := delivery.take(now_ms):
        sent.append(payload)
        epoch = gateway.receive(payload)
        delivery.acknowledge(epoch, gateway.watermark[epoch], now_ms)
    return sent


def test_live_readings_go_alone_after_one_floor(tmp_path: Path) -> None:
    spool, delivery = rig(tmp_path)
    gateway = Gateway()
    sent = []
    for value in range(5):
        spool.append(record(value))
        sent += drain(delivery, gateway)
    assert json.loads(sent[0]) == {"epoch": spool.epoch, "oldest": 1}
    assert [json.loads(payload)["seq"] for payload in sent[1:]] == [1, 2, 3, 4, 5]


def test_a_backlog_goes_in_lists_and_no_more_than_the_window(tmp_path: Path) -> None:
    spool, delivery = rig(tmp_path)
    for value in range(500):
        spool.append(record(value))
    taken = []
    while payload := delivery.take(0):
        taken.append(json.loads(payload))
    seqs = [item["seq"] for message in taken[1:] for item in message]
    assert seqs == list(range(1, WINDOW + 1))
    assert delivery.in_flight == WINDOW
    assert not delivery.window_open
    delivery.acknowledge(spool.epoch, 50, 0)
    assert delivery.window_open
    assert json.loads(delivery.take(0))[0]["seq"] == WINDOW + 1


def test_without_progress_it_goes_back_ever_later(tmp_path: Path) -> None:
    spool, delivery = rig(tmp_path)
    spool.append(record(1))
    waits, last_ms = [], 0
    for now_ms in range(0, 300_000, 100):
        delivery.check(now_ms)
        while payload := delivery.take(now_ms):
            if b"seq" in payload:
                waits.append(now_ms - last_ms)
                last_ms = now_ms
    assert waits[1] == 2000
    assert waits[1:] == sorted(waits[1:])
    assert 45_000 <= waits[-1] <= 60_000


def test_progress_resets_the_patience(tmp_path: Path) -> None:
    spool, delivery = rig(tmp_path)
    for value in range(3):
        spool.append(record(value))
    for now_ms in (0, 2000, 6000):
        delivery.check(now_ms)
        while delivery.take(now_ms):
            pass
    delivery.acknowledge(spool.epoch, 1, 6100)
    delivery.check(8000)
    assert delivery.resends == 2
    delivery.check(8100)
    assert delivery.resends == 3
    assert json.loads(delivery.take(8100)) == {"epoch": spool.epoch, "oldest": 2}


def test_a_gateway_that_comes_back_is_not_kept_waiting(tmp_path: Path) -> None:
    spool, delivery = rig(tmp_path)
    gateway = Gateway()
    for value in range(3):
        spool.append(record(value))
    while delivery.take(0):
        pass  # nobody listens
    now_ms = 0
    for now_ms in range(0, 200_000, 100):
        delivery.check(now_ms)
        while delivery.take(now_ms):
            pass
    assert delivery.take(now_ms) == b""
    assert not delivery.acknowledge(spool.epoch, 0, now_ms)
    drain(delivery, gateway, now_ms)
    assert gateway.watermark == {spool.epoch: 3}


def test_a_new_session_says_the_floor_and_resends_from_the_watermark(tmp_path: Path) -> None:
    spool, delivery = rig(tmp_path)
    for value in range(3):
        spool.append(record(value))
    while delivery.take(0):
        pass
    delivery.acknowledge(spool.epoch, 2, 0)
    delivery.connected(10)
    assert json.loads(delivery.take(10)) == {"epoch": spool.epoch, "oldest": 3}
    assert json.loads(delivery.take(10))["seq"] == 3
    assert delivery.take(10) == b""


@pytest.mark.parametrize(
    ("epoch", "seq"), [("own", 4), ("own", 1000), ("own", 0), ("stranger-1", 1), ("", 1)]
)
def test_an_ack_of_what_was_never_sent_frees_nothing(tmp_path: Path, epoch: str, seq: int) -> None:
    spool, delivery = rig(tmp_path)
    for value in range(3):
        spool.append(record(value))
    while delivery.take(0):
        pass
    spool.append(record(3))
    name = spool.epoch if epoch == "own" else epoch
    assert not delivery.acknowledge(name, seq, 0)
    assert spool.oldest(spool.epoch) == 1


def test_after_a_restart_the_old_tail_goes_first_and_its_ack_frees_it(tmp_path: Path) -> None:
    first, _ = rig(tmp_path)
    for value in range(30):
        first.append(record(value))
    second, delivery = rig(tmp_path)
    second.append(record(99))
    gateway = Gateway()
    drain(delivery, gateway)
    assert gateway.watermark == {first.epoch: 30, second.epoch: 1}
    assert gateway.gaps == set()
    assert second.earlier() == []


def test_what_an_earlier_life_may_have_sent_can_be_settled_before_it_goes_out_again(
    tmp_path: Path,
) -> None:
    first, _ = rig(tmp_path)
    for value in range(5):
        first.append(record(value))
    second, delivery = rig(tmp_path)
    second.append(record(99))
    assert not delivery.acknowledge(first.epoch, 6, 0), "it never had so many"
    assert delivery.acknowledge(first.epoch, 5, 0)
    assert not delivery.acknowledge(second.epoch, 1, 0), "of this life all is known: none went out"
    assert second.earlier() == []
    sent = drain(delivery, Gateway())
    assert json.loads(sent[0]) == {"epoch": second.epoch, "oldest": 1}


def test_a_gateway_that_lost_its_books_goes_on_from_the_floor(tmp_path: Path) -> None:
    spool, delivery = rig(tmp_path)
    for value in range(20):
        spool.append(record(value))
    drain(delivery, Gateway())
    empty = Gateway()
    spool.append(record(20))
    delivery.connected(0)
    drain(delivery, empty)
    assert empty.watermark == {spool.epoch: 21}
    assert len(empty.gaps) == 20


def test_what_a_full_spool_evicts_is_said_and_the_rest_arrives(tmp_path: Path) -> None:
    spool, delivery = rig(tmp_path, max_segments=3)
    gateway = Gateway()
    for value in range(100):
        spool.append(record(value))
    drain(delivery, gateway)
    assert gateway.watermark == {spool.epoch: 100}
    assert len(gateway.gaps) == spool.evicted == 80


def test_an_old_epoch_evicted_whole_is_said_too(tmp_path: Path) -> None:
    first, _ = rig(tmp_path)
    for value in range(10):
        first.append(record(value))
    second, delivery = rig(tmp_path, max_segments=3)
    for value in range(40):
        second.append(record(value))
    gateway = Gateway()
    drain(delivery, gateway)
    assert gateway.watermark == {first.epoch: 10, second.epoch: 40}


def test_a_damaged_record_is_passed_over_once_all_before_it_is_settled(tmp_path: Path) -> None:
    first, _ = rig(tmp_path)
    for value in range(5):
        first.append(record(value))
    (path,) = tmp_path.glob("*.seg2")
    data = bytearray(path.read_bytes())
    data[-3 * (9 + len(record(0))) + 11] ^= 1  # the third of five
    path.write_bytes(data)
    _, delivery = rig(tmp_path)
    gateway = Gateway()
    drain(delivery, gateway)
    assert gateway.watermark[first.epoch] == 5
    assert gateway.gaps == {(first.epoch, 3)}
    assert delivery.lost == 1


@pytest.mark.slow
@settings(deadline=None, max_examples=80)
@given(seed=st.integers(0, 2**32), loss=st.floats(0.0, 0.6), steps=st.integers(1, 400))
def test_everything_arrives_over_a_link_that_loses_repeats_and_delays(
    seed: int, loss: float, steps: int
) -> None:
    dice = random.Random(seed)
    gateway = Gateway()
    accepted: dict[tuple[str, int], float] = {}
    with workspace() as root:
        spool, delivery = rig(root)
        on_the_way: list[bytes] = []
        acks: list[tuple[str, int]] = []
        now_ms = 0
        for value in range(steps):
            now_ms += dice.choice((20, 200, 3000))
            accepted[(spool.epoch, spool.append(record(value)))] = float(value)
            if dice.random() < 0.02:
                spool, delivery = rig(root)
                on_the_way.clear()
            if dice.random() < 0.05:
                delivery.connected(now_ms)
            delivery.check(now_ms)
            on_the_way += [delivery.take(now_ms) for _ in range(dice.randrange(4))]
            dice.shuffle(on_the_way)
            while on_the_way and dice.random() < 0.8:
                payload = on_the_way.pop()
                if payload and dice.random() >= loss:
                    epoch = gateway.receive(payload)
                    acks.append((epoch, gateway.watermark[epoch]))
            if acks and dice.random() >= loss:
                delivery.acknowledge(*dice.choice(acks), now_ms)
            assert delivery.in_flight <= WINDOW
        for _ in range(3):  # the link is good again; a lost tail needs another round
            delivery.connected(now_ms)
            drain(delivery, gateway, now_ms)
    assert gateway.gaps == set()
    stored = {key: item["values"]["x"] for key, item in gateway.readings.items()}
    assert stored == accepted
