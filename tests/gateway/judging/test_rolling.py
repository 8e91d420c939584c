"""What is unlike the readings just before it is kept as it happens, and nothing else is."""

import asyncio
from typing import Any

from contract.assets import get
from gateway.judging.rolling import RollingLooks, watched_by
from tests.gateway.rig import NOW_MS, VALUES, Rig, reading, telemetry

KEPT = "SELECT name, channel, severity, end_ms IS NULL FROM anomaly WHERE method = 'rolling'"
STEP_MS = 1_000


class Bench:
    """A gateway, a fan that sends a reading a second, and who looks at it after some of them."""

    def __init__(self, rig: Rig, *, threshold: float = 0.0) -> None:
        self.rig, self.seq, self.threshold = rig, 0, threshold
        self.looks = self.begun()

    def begun(self) -> RollingLooks:
        return RollingLooks(
            fleet=self.rig.fleet,
            pipeline=self.rig.pipeline,
            open_=list(self.rig.reader.open_anomalies("rolling")),
            threshold_of=lambda _: self.threshold,
        )

    def send(self, count: int, *, at_once: int = 10, **values: float) -> None:
        """So many readings, a look after each few."""
        items = [self.item(values) for _ in range(count)]
        for at in range(0, count, at_once):
            self.rig.take(telemetry("fan-01", items[at : at + at_once]))
            self.look()

    def item(self, values: dict[str, float]) -> dict[str, Any]:
        self.seq += 1
        time_ms = NOW_MS - 3_600_000 + self.seq * STEP_MS
        wave = 0.01 * (self.seq * 7 % 5)
        near = {name: value + wave for name, value in VALUES.items()}
        return reading(self.seq, time_ms=time_ms, values=near | values)

    def look(self) -> None:
        asyncio.run(self.looks.look())

    def kept(self) -> list[tuple[Any, ...]]:
        return self.rig.rows(KEPT)


def test_a_jump_is_kept_with_evidence_and_ends_by_itself(rig: Rig) -> None:
    bench = Bench(rig)
    bench.send(60)
    bench.send(15, vibration=4.0)
    assert bench.kept() == [("rolling_vibration", "vibration", "Low", 1)]
    bench.send(60)
    assert bench.kept() == [("rolling_vibration", "vibration", "Low", 0)]
    [(text, evidence, lasted_ms)] = rig.rows(
        "SELECT text, evidence ->> '$[0].text', end_ms - start_ms FROM anomaly"
    )
    assert text.startswith("Vibration is 4.00 mm/s, ")
    assert text.endswith(" times its usual spread above the 60 readings before.")
    assert evidence.startswith("Vibration is 4.00 mm/s; in the 60 readings before 0.7")
    assert lasted_ms == 15 * STEP_MS


def test_a_machine_that_is_switched_off_tells_nothing_nor_does_one_that_stands(rig: Rig) -> None:
    bench = Bench(rig)
    bench.send(60)
    bench.send(4, at_once=2, current=0.0, rpm=300.0, vibration=0.0, temperature=60.0)
    bench.send(20, current=0.0, rpm=0.0, vibration=0.0)
    bench.send(5, current=0.0, rpm=0.0, vibration=4.0)
    bench.send(60)
    assert bench.kept() == []


def test_late_readings_and_a_backlog_tell_nothing_false(rig: Rig) -> None:
    bench = Bench(rig)
    bench.send(60)
    late = [bench.item({"vibration": 3.0}) for _ in range(20)]
    bench.send(60)
    rig.take(telemetry("fan-01", late))
    bench.look()
    assert bench.kept() == [], "they came behind newer ones"
    bench.seq += 600  # it was cut off; what it comes back with is otherwise
    bench.send(300, at_once=150, vibration=2.0)
    assert bench.kept() == []


def test_what_lasts_is_over_when_the_gateway_begins_anew_and_is_not_told_again(rig: Rig) -> None:
    bench = Bench(rig)
    bench.send(60)
    bench.send(15, vibration=4.0)
    bench.looks = bench.begun()
    bench.look()
    assert bench.kept() == [("rolling_vibration", "vibration", "Low", 0)]
    bench.send(60)
    assert len(bench.kept()) == 1


def test_who_is_in_use_no_more_or_gone_tells_no_more(rig: Rig) -> None:
    bench = Bench(rig)
    bench.send(60)
    bench.send(15, vibration=4.0)
    rig.device("fan-01").enter("retired")
    bench.look()
    assert bench.kept() == [("rolling_vibration", "vibration", "Low", 0)]


def test_a_threshold_that_somebody_sets_counts_and_ends_what_lasts(rig: Rig) -> None:
    bench = Bench(rig, threshold=1_000.0)
    bench.send(60)
    bench.send(15, vibration=4.0)
    assert bench.kept() == []
    bench.threshold = 0.0
    bench.send(60)
    bench.send(15, vibration=4.0)
    assert len(bench.kept()) == 1
    bench.threshold = 1_000.0
    bench.look()
    assert bench.kept() == [("rolling_vibration", "vibration", "Low", 0)]


def test_it_is_evidence_of_an_alarm_that_shows_in_the_same_channel(rig: Rig) -> None:
    bench = Bench(rig)
    bench.send(60)
    bench.send(15, vibration=9.0)
    [alarm] = rig.device("fan-01").alarms.values()
    assert alarm.name == "vibration_high"
    assert rig.rows("SELECT alarm FROM anomaly WHERE method = 'rolling'") == [(alarm.id,)]


def test_of_no_type_nothing_is_looked_at_until_somebody_sets_a_threshold() -> None:
    assert [channel.name for channel, _ in watched_by(get("fan"), 9.0)] == [
        "temperature", "current", "vibration", "ambient",
    ]  # fmt: skip
    assert {said.threshold for _, said in watched_by(get("fan"), 9.0)} == {9.0}
