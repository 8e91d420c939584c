"""The ring and the delivery on the board send what the Python spool and delivery send."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device import payload
from firmware.device.delivery import Delivery
from firmware.device.spool import Spool
from tests.firmware.device.spools import workspace
from tests.firmware.uno_r4.toolchain import Talk
from tests.fixtures.payload_vectors import CHANNELS, LAYOUT

EPOCH = "0000abcd-1"
Step = tuple[Any, ...]
DRAIN = ("drain",)


class PythonSide:
    """The program of the ESP32: one reading a segment, so that it evicts one by one as a ring."""

    def __init__(self, directory: Path, capacity: int) -> None:
        self.spool = Spool(
            str(directory),
            layout=LAYOUT,
            restore=payload.restore,
            random_u32=lambda: 0xABCD,
            segment_readings=1,
            max_segments=capacity,
        )
        self.delivery = Delivery(spool=self.spool, dice=lambda: 0.5)
        assert self.spool.epoch == EPOCH

    def append(self, count: int) -> None:
        for _ in range(count):
            values = dict.fromkeys(CHANNELS, float(self.spool.last_seq + 1))
            self.spool.append(LAYOUT.pack(time_ms=1, values=values, truth="normal"))

    def drain(self, now_ms: int) -> tuple[str, str]:
        # The floor of an evicted segment says no more than the one that take() makes due by
        # itself; it is for epochs that are not being sent, and a ring in RAM has none.
        self.spool.gone.clear()
        texts = []
        while taken := self.delivery.take(now_ms):
            texts.append(taken.decode())
        link = self.delivery
        return stream(texts), f"drained {link.in_flight} {link.resends} {link.lost}"


def stream(payloads: list[str]) -> str:
    """The objects in their order; how they are grouped into messages, the contract leaves open."""
    return ",".join(text.removeprefix("[").removesuffix("]") for text in payloads)


class Scenario:
    """Plays steps on both sides at once; the time moves by what ``wait`` says."""

    def __init__(self, program: Talk, directory: Path, capacity: int) -> None:
        self.now_ms = 0
        self.sent: list[str] = []
        self._program = program
        self._python = PythonSide(directory, capacity)
        program.tell(str(capacity))

    def play(self, steps: list[Step]) -> None:
        for name, *arguments in [*steps, DRAIN]:
            getattr(self, name)(*arguments)
        self._program.tell("end")
        assert self._program.line() == "end"
        self._python.spool.close()

    def append(self, count: int) -> None:
        self._python.append(count)
        self._program.tell(f"append {count}")

    def connected(self) -> None:
        self._python.delivery.connected(self.now_ms)
        self._program.tell(f"connected {self.now_ms}")

    def wait(self, duration_ms: int) -> None:
        """The time passes, and both are asked twice a second whether they want to resend."""
        for _ in range(duration_ms // 500):
            self.now_ms += 500
            self._python.delivery.check(self.now_ms)
            self._program.tell(f"check {self.now_ms}")

    def ack(self, seq: int, epoch: str = EPOCH) -> None:
        news = self._python.delivery.acknowledge(epoch, seq, self.now_ms)
        self._program.tell(f"ack {epoch} {seq} {self.now_ms}")
        self._expect("news" if news else "old")

    def drain(self) -> None:
        text, counters = self._python.drain(self.now_ms)
        self._program.tell(f"drain {self.now_ms}")
        self._expect(counters, before=text)
        self.sent.append(text)

    def _expect(self, last: str, before: str = "") -> None:
        self._program.tell("flush")
        lines: list[str] = []
        while not (lines and lines[-1].split()[0] in {"news", "old", "drained"}):
            lines.append(self._program.line())
        assert (stream(lines[:-1]), lines[-1]) == (before, last)


@pytest.fixture(scope="module")
def program(talk: Callable[..., Talk]) -> Talk:
    return talk("delivery")


def seqs(text: str) -> list[str]:
    return [part.split(",")[0] for part in text.replace('"oldest":', '"seq":-').split('"seq":')[1:]]


@pytest.mark.slow
def test_a_live_device_an_outage_and_a_return(program: Talk, tmp_path: Path) -> None:
    scenario = Scenario(program, tmp_path, 288)
    live: list[Step] = [("connected",), ("append", 3), DRAIN, ("ack", 3), ("append", 1), DRAIN]
    outage: list[Step] = [("wait", 3000), DRAIN, ("append", 400), ("wait", 30_000), DRAIN]
    back: list[Step] = [("connected",), DRAIN, ("ack", 250), DRAIN, ("ack", 404), DRAIN]
    scenario.play([*live, *outage, *back])
    assert seqs(scenario.sent[0])[:2] == ["-1}", "1"]
    assert scenario.sent[3].count('"seq"') == 200  # the window, after the floor of what went
    assert f'{{"epoch":"{EPOCH}","oldest":117}}' in scenario.sent[3]


def test_acks_that_cannot_be_free_nothing(program: Talk, tmp_path: Path) -> None:
    scenario = Scenario(program, tmp_path, 40)
    steps: list[Step] = [("append", 5), DRAIN, ("append", 1), ("ack", 6), ("ack", 2**40)]
    steps += [("ack", 5, "ffffffff-1"), ("ack", 0), ("ack", 3), ("ack", 3), ("ack", 2)]
    scenario.play([*steps, ("wait", 2000), DRAIN])
    assert seqs(scenario.sent[1])[:3] == ["-4}", "4", "5"]


STEPS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 60)),
    st.tuples(st.just("ack"), st.integers(0, 400)),
    st.tuples(st.just("wait"), st.sampled_from([500, 2000, 4000, 11_000, 70_000])),
    st.just(DRAIN),
    st.just(("connected",)),
)


@settings(max_examples=60)
@given(steps=st.lists(STEPS, max_size=30), capacity=st.sampled_from([8, 40, 288]))
def test_any_script_of_losses_acks_and_evictions(
    program: Talk, steps: list[Step], capacity: int
) -> None:
    with workspace() as directory:
        Scenario(program, directory, capacity).play(steps)
